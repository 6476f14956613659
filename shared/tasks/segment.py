"""Find the things in a photo, and which pixels are theirs."""

from collections.abc import Sequence

from shared import answers
from shared.model import Findings, Request, Schema, Size
from shared.tasks import Task


def _prompt(request: Request) -> str:
    wanted = ", ".join(request["labels"])
    lines = [
        f"Segment every {wanted} in this image."
        if wanted
        else "Segment the prominent things in this image.",
        f"Answer with JSON that lists at most {request['max_objects']} objects, nothing else. "
        "Each has box_2d, its tight bounding box as [ymin, xmin, ymax, xmax] in whole numbers from "
        "0 to 1000 relative to the image's height and width; mask, its segmentation mask; and "
        f"label, {_named(wanted)}.",
        "List every one of them once, with a box of its own, and nothing else. "
        "If there is none, the list is empty."
        if wanted
        else "Tell several things of one kind apart by colour, size or place. "
        "Name each thing once. If there is nothing, the list is empty.",
    ]
    if request["prompt"]:
        lines.append(request["prompt"])
    return "\n".join(lines)


def _named(wanted: str) -> str:
    return f"which is one of these, spelled so: {wanted}" if wanted else "a few words that name it"


def _schema(request: Request) -> Schema:
    """Outlines: a model that heeds a schema writes no pictures, only words in their place."""
    numbers = {"type": "array", "items": {"type": "integer"}}
    corner = {**numbers, "minItems": 2, "maxItems": 2}
    outline = {
        "type": "array",
        "items": corner,
        "description": "Outline: corners [x, y], 0 to 1000 across and down the whole image",
    }
    label = {"type": "string"} | ({"enum": request["labels"]} if request["labels"] else {})
    item = {
        "type": "object",
        "properties": {
            "box_2d": {**numbers, "minItems": 4, "maxItems": 4},
            "label": label,
            "mask": outline,
        },
        "required": ["box_2d", "label", "mask"],
    }
    boxes = {"type": "array", "items": item, "maxItems": request["max_objects"]}
    return {"type": "object", "properties": {"boxes": boxes}, "required": ["boxes"]}


def _read(text: str, sizes: Sequence[Size], request: Request) -> Findings:
    return answers.masked_objects(
        text, sizes[0], request["max_objects"], request["threshold"], request["labels"]
    )


TASK = Task(
    worker="segment",
    version="segment/2",
    defaults={
        "prompt": "",
        "labels": [],
        "max_objects": 25,
        "threshold": 127,  # of 0 to 255, above which a pixel belongs
        "max_output_tokens": 16384,  # masks are long
    },
    given={"crops": []},
    prompt=_prompt,
    schema=_schema,
    read=_read,
    part="places",
)
