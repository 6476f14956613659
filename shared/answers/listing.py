"""What an answer lists, read as candidates: each by its position in the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from typing import Any

from shared.answers import confidence, drafts, label, outline, place, refusal, salvage
from shared.answers.confidence import Confidence
from shared.answers.items import Item, items
from shared.answers.problems import HARMLESS, Log, Unreadable
from shared.answers.values import Mended, Salvaged, Unfinished
from shared.errors import BadAnswer

_MOST_ITEMS = 1000  # an answer stuck in a loop has more; and it bounds the search for copies

Named = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that could be read, in the model's own units, and what it took to read it."""

    label: str
    numbers: list[float]  # four for a box, two for a point
    confidence: Confidence | None
    notes: list[str]  # codes of problems
    mended: bool  # in its JSON already
    mask: Any = None  # as the model wrote it


@dataclass(slots=True)
class Listing:
    """What an answer lists; `lost`: why an item cannot be read, as the code of a problem."""

    items: dict[int, Item] = field(default_factory=dict)
    candidates: dict[int, Candidate] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    complete: bool = True
    values: list[Any] = field(default_factory=list)  # the whole of what was read


@dataclass(slots=True)
class _List:
    """One of the values of an answer."""

    value: Salvaged
    listed: list[Item]
    seen: dict[int, Candidate] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)


def read(text: str, log: Log, named: Named = label.find) -> Listing:
    """The things that the answer lists, by the names that `named` finds among their members.

    Raises BadAnswer if there is no list in it; Refused if there are words in its place that
    decline.
    """
    answer = _salvaged(text)
    log.cannot(answer.cannot)
    codes = [code for code in answer.repairs if code not in HARMLESS]
    lists = [_listed(each, named) for each in (*answer.before, answer)]
    if answer.before:
        counted = _counted(lists)
        if len(counted) == len(lists):
            codes = ["parts_joined" if code == "several_values" else code for code in codes]
        lists = counted
    for code in codes:
        log.add(code)
    return _joined(lists, log)


def _salvaged(text: str) -> Salvaged:
    try:
        answer = salvage.read(text)
    except BadAnswer:
        refusal.check(text)
        raise
    if not isinstance(answer.value, list | dict):
        raise BadAnswer("The answer is JSON, but neither a list nor an object.")
    return answer


def _listed(value: Salvaged, named: Named) -> _List:
    found = _List(value, list(islice(items(value.value), _MOST_ITEMS + 1)))
    for position, item in enumerate(found.listed[:_MOST_ITEMS]):
        try:
            found.seen[position] = _candidate(item, named)
        except Unreadable as error:
            found.lost[position] = error.code
    return found


def _counted(lists: list[_List]) -> list[_List]:
    read = [
        drafts.Part(each.value, [(one.label, one.numbers) for one in each.seen.values()])
        for each in lists
    ]
    counted = {id(part.value) for part in drafts.that_count(read)}
    return [each for each in lists if id(each.value) in counted]


def _joined(lists: list[_List], log: Log) -> Listing:
    """All lists as one."""
    seen = Listing(
        complete=all(each.value.complete for each in lists),
        values=[each.value.value for each in lists],
    )
    start = 0
    for each in lists:
        for position, item in enumerate(each.listed[: _MOST_ITEMS - start]):
            seen.items[start + position] = item
            if position in each.seen:
                seen.candidates[start + position] = each.seen[position]
            else:
                seen.lost[start + position] = each.lost[position]
        start += len(each.listed)
    if start > _MOST_ITEMS:
        log.add("too_many_items", count=_MOST_ITEMS)
    return seen


def _candidate(item: Item, name_of: Named) -> Candidate:
    """The candidate that the item describes; Unreadable if it does not."""
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
    name = name_of(item.members)
    if name is None and item.label:
        name = item.label
        if item.from_key:
            notes.append("label_from_key")
    named = label.read(name, notes)
    sure = confidence.read(item.members, fifth)
    mask = place.mask(item.members)
    return Candidate(named, numbers, sure, notes, isinstance(item.value, Mended), mask)


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
    left, top, right, bottom = bounds  # there is no box to compare with, so x comes first
    return [top, left, bottom, right]
