"""The findings of one task, where several were asked in one call."""

from collections.abc import Iterator
from dataclasses import replace

from shared.jobs.record import Found, Object
from shared.model import Request, Shape


def of(found: Found, task: str, request: Request) -> Found:
    """What belongs to that task, alone or as a part of a combination.

    Of redact it is what is hidden: what is looked for to be cut out is not.
    """
    part = next((each for each in found.parts or () if each.task == task), None)
    own = Found(complete=part.complete if part else found.complete)
    match task:
        case "answer" | "compare":
            return replace(own, answer=found.answer)
        case "moderate":
            return replace(own, moderation=found.moderation)
        case "caption":
            return replace(own, text=part.text if part else found.text)
        case "redact":
            crops = request.get("crops", ())
            return replace(
                own, objects=tuple(each for each in found.objects if each.label not in crops)
            )
        case "classify":
            return replace(own, labels=found.labels)
        case "extract":
            return replace(own, fields=found.fields or {})
        case "read_text":
            text = part.text if part else found.text
            return replace(own, objects=_objects(found), text=text)
    return replace(own, objects=_objects(found))


def _objects(found: Found) -> tuple[Object, ...]:
    """The objects without those that are the places of a form's fields."""
    places = {*_places(found)}
    return tuple(each for each in found.objects if (each.label, each.shape) not in places)


def _places(found: Found) -> Iterator[tuple[str, Shape]]:
    """The objects of a form, by their labels: shared/answers/filled.py makes them."""
    for name, field in (found.fields or {}).items():
        if field.shape:
            yield name, field.shape
        for row, shape in enumerate(field.shapes, 1):
            if shape:
                yield f"{name} {row}", shape
