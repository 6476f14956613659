"""Say in a sentence or two what a photo shows."""

from collections.abc import Sequence

from shared.answers import prose
from shared.model import Findings, Request, Schema, Size
from shared.tasks import Task


def _prompt(request: Request) -> str:
    lines = [
        "Write a caption for this image: one or two plain sentences that say what it shows, the "
        "main thing first. Say only what can be seen; guess no names of people and no places.",
        "Answer with a JSON object, nothing else, that has the text as caption.",
    ]
    if request["prompt"]:
        lines.append(request["prompt"])
    return "\n".join(lines)


def _schema(_: Request) -> Schema:
    return {
        "type": "object",
        "properties": {"caption": {"type": "string"}},
        "required": ["caption"],
    }


def _read(text: str, _: Sequence[Size], __: Request) -> Findings:
    caption = prose.read(text, "caption")
    return Findings(text=caption.text, problems=caption.problems, complete=caption.complete)


TASK = Task(
    worker="describe",
    version="caption/1",
    defaults={"prompt": ""},
    prompt=_prompt,
    schema=_schema,
    read=_read,
    part="words",
    draws=False,
)
