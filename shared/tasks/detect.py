"""Find the things in a photo, and where they are."""

from collections.abc import Sequence

from shared import answers
from shared.model import Findings, Request, Schema, Size
from shared.tasks import Task


def _prompt(request: Request) -> str:
    wanted = ", ".join(request["labels"])
    lines = [
        f"Find every {wanted} in this image."
        if wanted
        else "Find the prominent things in this image.",
        f"Answer with a JSON list of at most {request['max_objects']} objects, nothing else. "
        "Each has box_2d, its tight bounding box as [ymin, xmin, ymax, xmax] in whole numbers from "
        f"0 to 1000 relative to the image's height and width, and label, {_named(wanted)}.",
        "List every one of them once, with a box of its own, and nothing else. "
        "If there is none, answer []."
        if wanted
        else "Tell several things of one kind apart by colour, size or place. "
        "Name each thing once. If there is nothing, answer [].",
    ]
    if request["prompt"]:
        lines.append(request["prompt"])
    return "\n".join(lines)


def _named(wanted: str) -> str:
    return f"which is one of these, spelled so: {wanted}" if wanted else "a few words that name it"


def _schema(request: Request) -> Schema:
    corner = {"type": "integer", "minimum": 0, "maximum": 1000}
    box = {"type": "array", "items": corner, "minItems": 4, "maxItems": 4}
    label = {"type": "string"} | ({"enum": request["labels"]} if request["labels"] else {})
    item = {
        "type": "object",
        "properties": {"box_2d": box, "label": label},
        "required": ["box_2d", "label"],
    }
    return {"type": "array", "items": item, "maxItems": request["max_objects"]}


def _read(text: str, sizes: Sequence[Size], request: Request) -> Findings:
    return answers.objects(text, sizes[0], request["max_objects"], request["labels"])


TASK = Task(
    worker="detect",
    version="detect/2",
    defaults={"prompt": "", "labels": [], "max_objects": 25},
    given={"crops": []},
    prompt=_prompt,
    schema=_schema,
    read=_read,
    part="places",
)
