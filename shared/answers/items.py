"""The things that an answer lists, however they are wrapped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.answers import confidence, label, place, silhouette
from shared.answers.members import plain
from shared.answers.values import Unfinished

_WRAPPERS = frozenset(
    {
        *("boxes", "bboxes", "boundingboxes", "masks", "segments", "points", "items", "list"),
        *("objects", "detections", "instances", "annotations", "predictions", "results"),
        *("answer", "data", "output", "response"),
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """An object, or what else stands in its place; `label` is that of the list it is in, or ""."""

    value: Any
    members: Mapping[str, Any]  # of an object, by their plain names
    label: str


def items(value: Any, inherited: str = "") -> Iterator[Item]:
    """Every item in a list or an object, in order."""
    if isinstance(value, dict):
        yield from _in_object(value, inherited)
        return
    for each in value:
        if isinstance(each, dict) or _holds(each, dict, list):
            yield from items(each, inherited)
        else:
            yield Item(each, {}, inherited)


def _in_object(value: dict[str, Any], inherited: str) -> Iterator[Item]:
    members = plain(value)
    lists = [held for name, held in members.items() if _lists_items(name, held)]
    inside = lists or [held for held in members.values() if isinstance(held, dict) and held]
    holds_objects = any(_holds(each, dict) for each in lists)
    if place.is_in(members) and ("box2d" in members or not holds_objects):
        yield from _per_box(Item(value, members, inherited))
    elif inside:
        for each in inside:
            yield from items(each, label.of_list(members) or inherited)
    else:
        yield Item(value, members, inherited)


def _lists_items(name: str, held: Any) -> bool:
    if name in silhouette.KEYS and silhouette.has_corners(held):
        return False
    wraps = name in _WRAPPERS and (held == [] or _holds(held, list))
    return wraps or _holds(held, dict)


def _holds(value: Any, *kinds: type) -> bool:
    """Whether it is a list with something of these kinds directly in it."""
    return isinstance(value, list) and any(isinstance(each, kinds) for each in value)


def _per_box(item: Item) -> Iterator[Item]:
    """An item with several boxes as one item per box."""
    boxes = item.members.get("box2d", [])
    if isinstance(item.value, Unfinished) or not _is_several(boxes):
        yield item
        return
    kept = (*label.KEYS, *confidence.KEYS)  # no more: it is copied for every box
    rest = {name: item.members[name] for name in kept if name in item.members}
    for box in boxes:
        yield Item(item.value, {**rest, "box2d": [box]}, item.label)


def _is_several(boxes: Any) -> bool:
    if not isinstance(boxes, list) or len(boxes) < 2:
        return False
    return all(isinstance(box, list) and len(box) >= 4 for box in boxes)
