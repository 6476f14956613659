"""Say which classes a photo belongs to, given ones or the model's own."""

from collections.abc import Sequence

from shared.answers import classes
from shared.model import Findings, Request, Schema, Size
from shared.tasks import Task


def _prompt(request: Request) -> str:
    given = ", ".join(request["labels"])
    lines = [
        "Classify this image.",
        f"Give each class that applies, the surest first, at most {_most(request)}."
        if request["several"]
        else "Give the one class that fits best.",
        f"Use only these labels: {given}. If none of them fits, answer []."
        if given
        else "Each class has a label of one to three words.",
        "Answer with a JSON list of objects, nothing else. Each has label, and score, a number "
        "from 0 to 1 that says how sure you are.",
    ]
    if request["prompt"]:
        lines.append(request["prompt"])
    return "\n".join(lines)


def _schema(request: Request) -> Schema:
    name = {"type": "string"} | ({"enum": request["labels"]} if request["labels"] else {})
    item = {
        "type": "object",
        "properties": {"label": name, "score": {"type": "number", "minimum": 0, "maximum": 1}},
        "required": ["label", "score"],
    }
    return {"type": "array", "items": item, "maxItems": _most(request)}


def _most(request: Request) -> int:
    """How many classes are wanted."""
    if not request["several"]:
        return 1
    return len(request["labels"]) or int(request["max_labels"])


def _read(text: str, _: Sequence[Size], request: Request) -> Findings:
    return classes.read(text, request["labels"], _most(request))


TASK = Task(
    worker="describe",
    version="classify/1",
    defaults={"prompt": "", "labels": [], "several": True, "max_labels": 10},
    prompt=_prompt,
    schema=_schema,
    read=_read,
    part="words",
    draws=False,
)
