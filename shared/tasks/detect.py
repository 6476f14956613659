"""Find the things in a photo, and where they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared import answers
from shared.model import Findings, Size
from shared.task import Task


def _prompt(request: Mapping[str, Any]) -> str:
    wanted = ", ".join(request["labels"])
    lines = [
        f"Find every {wanted} in this image."
        if wanted
        else "Find the prominent things in this image.",
        f"Answer with a JSON list of at most {request['max_objects']} objects, nothing else. "
        "Each has box_2d, its tight bounding box as [ymin, xmin, ymax, xmax] in whole numbers from "
        "0 to 1000 relative to the image's height and width, and label, a few words that name it.",
        "Tell several things of one kind apart by colour, size or place. "
        "Name each thing once. If there is nothing, answer [].",
    ]
    if wanted:
        lines.append(f"Use only these labels: {wanted}.")
    if request["prompt"]:
        lines.append(request["prompt"])
    return "\n".join(lines)


def _schema(request: Mapping[str, Any]) -> Mapping[str, Any]:
    corner = {"type": "integer", "minimum": 0, "maximum": 1000}
    box = {"type": "array", "items": corner, "minItems": 4, "maxItems": 4}
    item = {
        "type": "object",
        "properties": {"box_2d": box, "label": {"type": "string"}},
        "required": ["box_2d", "label"],
    }
    return {"type": "array", "items": item, "maxItems": request["max_objects"]}


def _read(text: str, sizes: Sequence[Size], request: Mapping[str, Any]) -> Findings:
    return answers.objects(text, sizes[0], request["max_objects"])


TASK = Task(
    worker="detect",
    version="detect/1",
    defaults={"prompt": "", "labels": [], "max_objects": 25},
    prompt=_prompt,
    schema=_schema,
    read=_read,
)
