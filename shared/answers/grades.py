"""Names with scores, in whatever form an answer lists them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from shared.answers import columns, confidence, label
from shared.answers.confidence import Told
from shared.answers.members import first, plain
from shared.answers.values import decoded
from shared.errors import BadAnswer

# What lists more classes beside the first; what else an object holds says nothing of classes.
_MORE = re.compile(
    r"(?:other|alternative|alternate|candidate|runner|secondary|top|class|label|prediction|"
    r"probabilit|probs|scores|distribution|confidences|categor|also)"
)


@dataclass(frozen=True, slots=True)
class Grade:
    """A class as it was named, and how sure the model said it is."""

    name: Any
    score: Told | None = None


def read(value: Any) -> Iterator[Grade]:
    """Every name in a value with its score, however they are wrapped."""
    value = decoded(value)
    if isinstance(value, list):
        pairs = _pairs(value)
        yield from pairs
        for each in () if pairs else value:
            yield from read(each)
    elif isinstance(value, dict):
        yield from _in_object(value)
    else:
        yield Grade(value)


def _pairs(value: list[Any]) -> list[Grade]:
    """The grades of `["cat", 0.9, "dog", 0.1]`; none if it is no such list."""
    names, scores = value[::2], value[1::2]
    words = all(isinstance(each, str) and not isinstance(decoded(each), dict) for each in names)
    numbers = all(_is_score(each) for each in scores)
    if not value or len(value) % 2 or not words or not numbers:
        return []
    return [Grade(*each) for each in zip(names, map(confidence.told, scores), strict=True)]


def _is_score(value: Any) -> bool:
    told = confidence.told(value)
    return told is not None and isfinite(told.number)


def _in_object(value: dict[str, Any]) -> Iterator[Grade]:
    members = plain(value)
    name = decoded(first(members, label.KEYS))
    rows = columns.rows(members)
    yield from (Grade(row.get("label"), confidence.read(row)) for row in rows)
    if not rows and isinstance(name, str | int | float):
        yield Grade(name, _score(members))
        more = (held for key, held in value.items() if _MORE.search(key.lower()))
        for held in more:
            yield from read(held) if isinstance(decoded(held), list | dict) else ()
    elif not rows:
        yield from _nested(value)


def _nested(value: dict[str, Any]) -> Iterator[Grade]:
    """The classes in an object that is none itself."""
    if any(isinstance(decoded(held), list | dict) for held in value.values()):
        for key, held in value.items():
            yield from _inside(key, decoded(held))
    elif not value:
        raise BadAnswer("The answer is an empty object.")
    elif first(plain(value), confidence.KEYS) is not None:
        yield Grade(None)  # a score of nothing
    else:
        yield from _by_name(value)


def _score(members: Mapping[str, Any]) -> Told | None:
    scores = {key: held for key, held in members.items() if not isinstance(held, dict)}
    return confidence.read(scores)


def _inside(key: str, held: Any) -> Iterator[Grade]:
    """What stands under a key of an object that is no class itself."""
    if isinstance(held, dict):
        members = plain(held)
        score = first(members, confidence.KEYS)
        if score is not None and first(members, label.KEYS) is None and _is_score(score):
            yield Grade(key, confidence.told(score))
            return
    if isinstance(held, list | dict) and held:
        yield from read(held)


def _by_name(value: Mapping[str, Any]) -> Iterator[Grade]:
    """The members of an object of scores; of one of yes and no those that are so."""
    for name, held in value.items():
        if isinstance(held, bool):
            if held:
                yield Grade(name)
        elif _is_score(held):
            yield Grade(name, confidence.told(held))
        else:
            yield Grade(None)  # anything else says nothing of a class
