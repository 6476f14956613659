"""What an answer lists, read: each thing by its position in the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from shared.answers import drafts, label, refusal, salvage, sighting
from shared.answers.items import Item, items
from shared.answers.problems import HARMLESS, Log, Unreadable
from shared.answers.sighting import Sighting
from shared.answers.values import Salvaged
from shared.errors import BadAnswer

_MOST_ITEMS = 1000  # an answer stuck in a loop has more; and it bounds the search for copies


Named = Callable[[Mapping[str, Any]], Any]


@dataclass(slots=True)
class Seen:
    """What an answer lists; of what cannot be read, why, as the code of a problem."""

    items: dict[int, Item] = field(default_factory=dict)
    sightings: dict[int, Sighting] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    complete: bool = True
    values: list[Any] = field(default_factory=list)  # the whole of what was read


@dataclass(slots=True)
class _List:
    """One of the values of an answer."""

    value: Salvaged
    listed: list[Item]
    seen: dict[int, Sighting] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)


def read(text: str, log: Log, named: Named = label.said) -> Seen:
    """The things that the answer lists, by the names that `named` finds among their members.

    Raises BadAnswer if there is no list in it; Refused if there are words in its place that
    decline.
    """
    answer = _salvaged(text)
    if refusal.is_offline(answer.value):
        log.say("offline_cannot")
        return Seen()
    codes = [code for code in answer.repairs if code not in HARMLESS]
    lists = [_listed(each, named) for each in (*answer.before, answer)]
    if answer.before:
        counted = _counted(lists)
        if len(counted) == len(lists):
            codes = ["parts_joined" if code == "several_values" else code for code in codes]
        lists = counted
    for code in codes:
        log.say(code)
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
            found.seen[position] = sighting.read(item, named)
        except Unreadable as error:
            found.lost[position] = error.code
    return found


def _counted(lists: list[_List]) -> list[_List]:
    read = [drafts.Part(each.value, list(each.seen.values())) for each in lists]
    counted = {id(part.value) for part in drafts.that_count(read)}
    return [each for each in lists if id(each.value) in counted]


def _joined(lists: list[_List], log: Log) -> Seen:
    """All lists as one."""
    seen = Seen(
        complete=all(each.value.complete for each in lists),
        values=[each.value.value for each in lists],
    )
    start = 0
    for each in lists:
        for position, item in enumerate(each.listed[: _MOST_ITEMS - start]):
            seen.items[start + position] = item
            if position in each.seen:
                seen.sightings[start + position] = each.seen[position]
            else:
                seen.lost[start + position] = each.lost[position]
        start += len(each.listed)
    if start > _MOST_ITEMS:
        log.say("too_many_items", count=_MOST_ITEMS)
    return seen
