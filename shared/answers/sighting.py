"""An item of the answer, read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from shared.answers import confidence, label, outline, place
from shared.answers.confidence import Told
from shared.answers.items import Item
from shared.answers.problems import Unreadable
from shared.answers.values import Mended, Unfinished


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something seen, in the model's own units, and what it took to read it."""

    label: str
    numbers: list[float]  # four for a box, two for a point
    confidence: Told | None
    notes: list[str]  # codes of problems
    mended: bool  # in its JSON already
    mask: Any = None  # as the model wrote it


def read(item: Item, name_of: Callable[[Mapping[str, Any]], Any] = label.said) -> Sighting:
    """The sighting that the item describes; Unreadable if it does not."""
    if isinstance(item.value, Unfinished):
        raise Unreadable("unfinished")
    notes: list[str] = []
    numbers = _numbers(item, notes)
    fifth = None
    if len(numbers) == 5:
        notes.append("fifth_number")
        fifth = numbers.pop()
    if not all(map(isfinite, numbers)):
        raise Unreadable("not_finite")
    said = name_of(item.members)
    if said is None and item.label:
        said = item.label
        if item.from_key:
            notes.append("label_from_key")
    named = label.read(said, notes)
    sure = confidence.read(item.members, fifth)
    mask = place.mask(item.members)
    return Sighting(named, numbers, sure, notes, isinstance(item.value, Mended), mask)


def _numbers(item: Item, notes: list[str]) -> list[float]:
    if isinstance(item.value, list):
        notes.append("bare_list")
        return place.box(item.members.get("box2d", item.value), notes)
    if isinstance(item.value, dict):
        return _place(item, notes)
    raise Unreadable("not_an_object")


def _place(item: Item, notes: list[str]) -> list[float]:
    """The numbers of the item's box or point, or else of the box around its outline."""
    try:
        return place.read(item.members, notes)
    except Unreadable as missing:
        mask = place.mask(item.members)
        if missing.code != "no_coordinates" or not isinstance(mask, list):
            raise
        try:
            bounds = outline.read(mask, []).bounds
        except Unreadable:
            raise missing from None
    notes.append("box_from_mask")
    left, top, right, bottom = bounds  # no box tells otherwise, so x comes first
    return [top, left, bottom, right]
