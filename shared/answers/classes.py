"""The classes that the model gives a photo, and how sure it is of each.

Asked for is `[{"label": "...", "score": 0.9}]`. Names alone, an object of scores by name and a list
under a name are read as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from shared.answers import confidence, label, salvage
from shared.answers.members import first, plain
from shared.answers.numbers import in_text, to_float
from shared.answers.problems import Log
from shared.answers.repairs import HARMLESS
from shared.errors import BadAnswer
from shared.model import Findings, Label, Problem

_MOST_ITEMS = 1000
_SENTENCES = {
    "duplicate_label": "The label was given before; the better score counts.",
    "score_clamped": "The score lay just outside 0 to 1 and was moved to the nearer end.",
    "unknown_label": "The label is none of those asked for and was left out.",
}


@dataclass(frozen=True, slots=True)
class _Item:
    name: Any
    score: Any = None


def read(text: str, given: Sequence[str], most: int) -> Findings:
    """The labels the answer lists, the surest first, at most `most`.

    If labels are `given`, only they count, in their own spelling. Raises BadAnswer if there is no
    list, or if it lists something and no label can be read: only an empty list means none.
    """
    answer = salvage.read(text)
    log = Log()
    for code in answer.repairs:
        if code not in HARMLESS:
            log.say(code)
    listed = list(islice(_listed(answer.value), _MOST_ITEMS + 1))
    if len(listed) > _MOST_ITEMS:
        log.say("too_many_items", count=_MOST_ITEMS)
    labels = _labels(listed[:_MOST_ITEMS], log)
    if not labels and (listed or not answer.complete):
        raise BadAnswer("The answer names no class that can be read.")
    known = _distinct(_asked_for(labels, given, log), log)
    if len(known) > most:
        log.say("beyond_limit", count=len(known) - most)
    return Findings(labels=tuple(known[:most]), problems=log.listed(), complete=answer.complete)


def _listed(value: Any) -> Iterator[_Item]:
    """Every name in a value with its score, however they are wrapped."""
    if isinstance(value, list):
        for each in value:
            yield from _listed(each)
    elif isinstance(value, dict):
        yield from _in_object(value)
    else:
        yield _Item(value)


def _in_object(value: dict[str, Any]) -> Iterator[_Item]:
    members = plain(value)
    name = first(members, label.KEYS)
    inside = [held for held in members.values() if isinstance(held, list | dict)]
    if isinstance(name, str | int | float):
        yield _Item(name, first(members, confidence.KEYS))
    elif inside:
        for each in inside:
            yield from _listed(each)
    elif not value:
        raise BadAnswer("The answer is an empty object.")
    elif first(members, confidence.KEYS) is not None:
        yield _Item(None)  # a score of nothing
    else:
        yield from (_by_score(name, score) for name, score in value.items())


def _by_score(name: str, score: Any) -> _Item:
    """A member of an object of scores; anything else says nothing of a class."""
    usable = _number(score)[0] == _number(score)[0]
    return _Item(name, score) if usable else _Item(None)


def _labels(listed: list[_Item], log: Log) -> dict[int, Label]:
    """The labels that can be read, by their position in the answer."""
    found = {}
    for position, item in enumerate(listed):
        notes: list[str] = []
        name = label.read({"label": item.name}, "", notes)
        if "no_label" in notes:
            log.say("no_label", position)
            continue
        for code in notes:
            log.say(code, position)
        found[position] = Label(name, _score(item.score, position, log))
    return found


def _score(said: Any, position: int, log: Log) -> float | None:
    if said is None:
        return None
    number, percent = _number(said)
    if percent or 2 <= number <= 100:
        log.say("confidence_percent", position)
        number /= 100
    if not -1 <= number < 2:  # nan too
        log.say("confidence_unusable", position)
        return None
    if not 0 <= number <= 1:
        _say(log, "score_clamped", position)
    return min(max(number, 0.0), 1.0)


def _number(said: Any) -> tuple[float, bool]:
    """A number, or nan, and whether it is a percentage."""
    return in_text(said) if isinstance(said, str) else (to_float(said), False)


def _asked_for(labels: dict[int, Label], given: Sequence[str], log: Log) -> dict[int, Label]:
    if not given:
        return labels
    spelled = {_plain(name): name for name in reversed(given)}
    known = {}
    for position, each in labels.items():
        name = spelled.get(_plain(each.name))
        if name is None:
            _say(log, "unknown_label", position)
        else:
            known[position] = Label(name, each.score)
    return known


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _distinct(labels: dict[int, Label], log: Log) -> list[Label]:
    """Each label once, the surest first; those without a score last, in the model's order."""
    best: dict[str, Label] = {}
    for position, each in labels.items():
        known = best.get(_plain(each.name))
        if known:
            _say(log, "duplicate_label", position)
        if known is None or _sure(each) > _sure(known):
            best[_plain(each.name)] = each
    return sorted(best.values(), key=_sure, reverse=True)


def _sure(each: Label) -> float:
    return -1.0 if each.score is None else each.score


def _say(log: Log, code: str, item: int) -> None:
    log.problems.append(Problem(code, _SENTENCES[code], item))
