"""The classes that the model gives a photo, and how sure it is of each.

Asked for is `[{"label": "...", "score": 0.9}]`. Names alone, scores by name, pairs, columns and
lists under a name are read as well.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import Any

from shared.answers import columns, confidence, drafts, label, refusal, salvage
from shared.answers.confidence import Confidence
from shared.answers.label import Vocabulary, folded
from shared.answers.problems import HARMLESS, Log
from shared.answers.values import Salvaged, decoded, first, plain
from shared.errors import BadAnswer
from shared.model import Findings, Label

_MOST_ITEMS = 1000
_SCORED = re.compile(r"([^:=(]{1,200}?)\s*+[:=(-]\s*+(\d[\d.,]*+\s*+%?)\s*+\)?")
# Members that list more classes beside the first; other members are ignored.
_MORE = re.compile(
    r"(?:other|alternative|alternate|candidate|runner|secondary|top|class|label|prediction|"
    r"probabilit|probs|scores|distribution|confidences|categor|also)"
)


@dataclass(frozen=True, slots=True)
class Grade:
    """A class as it was named, and its score as written."""

    name: Any
    score: Confidence | None = None


def read(text: str, given: Sequence[str], most: int) -> Findings:
    """The labels the answer lists, the surest first, at most `most`.

    If labels are `given`, only they count, in their own spelling. Raises BadAnswer if there is no
    list, or if it lists something and no label can be read: only an empty list means none. Raises
    Refused if the model declines in words.
    """
    log = Log()
    vocabulary = Vocabulary(given)
    answer = _salvaged(text, vocabulary)
    log.cannot(answer.cannot)
    listed = _listed(answer, vocabulary, log)
    labels = _labels(listed, log)
    if not labels and (listed or not answer.complete):
        raise BadAnswer("The answer names no class that can be read.")
    known = _distinct(_asked_for(labels, vocabulary, log) if given else labels, log)
    if len(known) > most:
        log.add("beyond_limit", count=len(known) - most)
    return Findings(labels=tuple(known[:most]), problems=log.listed(), complete=answer.complete)


def _salvaged(text: str, vocabulary: Vocabulary) -> Salvaged:
    try:
        return salvage.read(text)
    except BadAnswer:
        refusal.check(text)
        names = [part.strip("`*- \t.") for part in text.replace("\n", ",").split(",")]
        if all(map(vocabulary.spelled, names)):
            return Salvaged(names, repairs=("plain_text",))
        raise


def _listed(answer: Salvaged, vocabulary: Vocabulary, log: Log) -> list[Grade]:
    """What the answer lists in all its parts, but for those that are drafts of a later one."""
    codes = [code for code in answer.repairs if code not in HARMLESS]
    lists = [[*islice(_scored(each.value), _MOST_ITEMS + 1)] for each in answer.before]
    last = [*islice(_scored(answer.value), _MOST_ITEMS + 1)]
    names = {folded(str(each.name)) for each in last}
    apart = [
        each
        for each, part in zip(lists, answer.before, strict=True)
        if names.isdisjoint(folded(str(grade.name)) for grade in each)
        and not drafts.called_draft(part, answer)
    ]
    if apart and len(apart) == len(lists):
        codes = ["parts_joined" if code == "several_values" else code for code in codes]
    for code in codes:
        log.add(code)
    listed = [_parted(grade, vocabulary) for each in (*apart, last) for grade in each]
    if len(listed) > _MOST_ITEMS:
        log.add("too_many_items", count=_MOST_ITEMS)
    return listed[:_MOST_ITEMS]


def _parted(grade: Grade, vocabulary: Vocabulary) -> Grade:
    """The grade, a score taken off its name where what is left of it was asked for."""
    match = _SCORED.fullmatch(grade.name) if isinstance(grade.name, str) else None
    if not match or grade.score or vocabulary.spelled(match[1]) is None:
        return grade
    return Grade(match[1], confidence.parse(match[2]))


def _labels(listed: Sequence[Grade], log: Log) -> dict[int, Label]:
    """The labels that can be read, by their position in the answer."""
    certain = confidence.scale(each.score for each in listed)
    found = {}
    for position, each in enumerate(listed):
        notes: list[str] = []
        name = label.read(each.name, notes)
        if "no_label" in notes:
            log.add("no_label", position)
            continue
        score = confidence.share(each.score, certain, notes)
        for code in notes:
            log.add(code, position)
        found[position] = Label(name, score)
    return found


def _asked_for(labels: Mapping[int, Label], vocabulary: Vocabulary, log: Log) -> dict[int, Label]:
    known = {}
    for position, each in labels.items():
        name = vocabulary.spelled(each.name)
        if name is None:
            log.add("unknown_label", position)
        else:
            known[position] = Label(name, each.score)
    return known


def _distinct(labels: Mapping[int, Label], log: Log) -> list[Label]:
    """Each label once, the surest first; those without a score last, in the model's order."""
    best: dict[str, Label] = {}
    for position, each in labels.items():
        known = best.get(folded(each.name))
        if known:
            log.add("duplicate_label", position)
        if known is None or _sure(each) > _sure(known):
            best[folded(each.name)] = each
    return sorted(best.values(), key=_sure, reverse=True)


def _sure(each: Label) -> float:
    return -1.0 if each.score is None else each.score


def _scored(value: Any) -> Iterator[Grade]:
    """Every name in a value with its score, however they are wrapped."""
    value = decoded(value)
    if isinstance(value, list):
        pairs = _pairs(value)
        yield from pairs
        for each in () if pairs else value:
            yield from _scored(each)
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
    return [Grade(*each) for each in zip(names, map(confidence.parse, scores), strict=True)]


def _is_score(value: Any) -> bool:
    score = confidence.parse(value)
    return score is not None and isfinite(score.number)


def _in_object(value: dict[str, Any]) -> Iterator[Grade]:
    members = plain(value)
    name = decoded(first(members, label.KEYS))
    rows = columns.rows(members)
    yield from (Grade(row.get("label"), confidence.read(row)) for row in rows)
    if not rows and isinstance(name, str | int | float):
        yield Grade(name, _score(members))
        more = (held for key, held in value.items() if _MORE.search(key.lower()))
        for held in more:
            yield from _scored(held) if isinstance(decoded(held), list | dict) else ()
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


def _score(members: Mapping[str, Any]) -> Confidence | None:
    scores = {key: held for key, held in members.items() if not isinstance(held, dict)}
    return confidence.read(scores)


def _inside(key: str, held: Any) -> Iterator[Grade]:
    """The classes under a key of an object that is no class itself."""
    if isinstance(held, dict):
        members = plain(held)
        score = first(members, confidence.KEYS)
        if score is not None and first(members, label.KEYS) is None and _is_score(score):
            yield Grade(key, confidence.parse(score))
            return
    if isinstance(held, list | dict) and held:
        yield from _scored(held)


def _by_name(value: Mapping[str, Any]) -> Iterator[Grade]:
    """The classes of an object of scores, or of booleans: those that are true."""
    for name, held in value.items():
        if isinstance(held, bool):
            if held:
                yield Grade(name)
        elif _is_score(held):
            yield Grade(name, confidence.parse(held))
        else:
            yield Grade(None)  # any other value names no class
