"""Compare photos: what they have in common, where they differ, or what a question asks."""

from collections.abc import Sequence

from shared.answers import prose
from shared.model import Findings, Request, Schema, Size
from shared.tasks import Task


def _prompt(request: Request) -> str:
    lines = [
        "These are several images. In the order in which they come they are called Image 1, "
        "Image 2 and so on; use these names whenever you speak of one.",
        "Compare them, going by what can be seen."
        if request["question"]
        else "Compare them: say briefly what they have in common, and then where they differ.",
        "Answer with a JSON object, nothing else, that has the text as comparison.",
    ]
    if request["prompt"]:
        lines.append(request["prompt"])
    if request["question"]:
        lines.append(f"The comparison is to answer this question: {request['question']}")
    return "\n".join(lines)


def _schema(_: Request) -> Schema:
    return {
        "type": "object",
        "properties": {"comparison": {"type": "string"}},
        "required": ["comparison"],
    }


def _read(text: str, _: Sequence[Size], __: Request) -> Findings:
    answer = prose.read(text, "comparison")
    return Findings(answer=answer.text, problems=answer.problems, complete=answer.complete)


TASK = Task(
    worker="describe",
    version="compare/1",
    defaults={"prompt": "", "question": ""},
    prompt=_prompt,
    schema=_schema,
    read=_read,
    images="several",
)
