"""Answer a question about a photo."""

from collections.abc import Sequence

from shared.answers import prose
from shared.model import Findings, Request, Schema, Size
from shared.tasks import Task


def _prompt(request: Request) -> str:
    lines = [
        "Answer a question about this image. Go by what can be seen in it; if that is not enough "
        "to tell, say so. Be brief.",
        "Answer with a JSON object, nothing else, that has the text as answer.",
    ]
    if request["prompt"]:
        lines.append(request["prompt"])
    return "\n".join([*lines, f"The question: {request['question']}"])


def _schema(_: Request) -> Schema:
    return {
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
    }


def _read(text: str, _: Sequence[Size], __: Request) -> Findings:
    answer = prose.read(text, "answer")
    return Findings(answer=answer.text, problems=answer.problems, complete=answer.complete)


TASK = Task(
    worker="describe",
    version="answer/1",
    defaults={"prompt": "", "question": ""},
    required=("question",),
    prompt=_prompt,
    schema=_schema,
    read=_read,
    part="words",
    draws=False,
)
