"""Several values in one answer: drafts of the last one, or each a part of it.

A list per class in a fence of its own is a part. What names the same things in the same places as a
later value is its draft, and so is whatever the words in between call one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.answers.label import folded
from shared.answers.sighting import Sighting
from shared.answers.values import Salvaged

_SAME = 0.5  # intersection over union from which two boxes with one label are one
_SAME_PLACE = 0.8  # the same without regard to labels
_MOST = 200  # things of a value that are compared with those of another
_EXAMPLE = re.compile(
    r"\b(?:e\.g|example|for instance|format|template|such as|like this|schema)\b", re.IGNORECASE
)
_REVISED = re.compile(
    r"\b(?:final|correct(?:ed|ion)?|revis|refine|instead|actually|sorry|wait|improved|updated|"
    r"better|now yours|here it is again|double.?check|after (?:checking|review|looking))",
    re.IGNORECASE,
)
_DRAFT = re.compile(
    r"\b(?:draft|first (?:pass|attempt|try|look)|initial|rough|preliminary)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the values, with what can be seen in it."""

    value: Salvaged
    seen: Sequence[Sighting]


def that_count(parts: Sequence[Part]) -> list[Part]:
    """Those that are no drafts of a later one, in the order of the answer."""
    counted: list[Part] = []
    for part in reversed(parts):
        drafts = any(_is_draft(part, later) for later in counted)
        if not counted or (
            part.seen and not drafts and not called_draft(part.value, counted[0].value)
        ):
            counted.insert(0, part)
    return counted


def called_draft(value: Salvaged, following: Salvaged) -> bool:
    """Whether the words before one of them say that the first does not count."""
    lead = value.lead
    return bool(_EXAMPLE.search(lead) or _DRAFT.search(lead) or _REVISED.search(following.lead))


def _is_draft(part: Part, later: Part) -> bool:
    """Whether most of the smaller one's things are in the other."""
    few, many = sorted((part.seen[:_MOST], later.seen[:_MOST]), key=len)
    again = sum(any(_same(one, other) for other in many) for one in few)
    return bool(few) and 2 * again >= len(few)


def _same(one: Sighting, other: Sighting) -> bool:
    named = folded(one.label) == folded(other.label)
    return overlap(one.numbers, other.numbers) > (_SAME if named else _SAME_PLACE)


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes in one unit; of points, whether they are the same."""
    if len(one) != 4 or len(other) != 4:
        return float(list(one) == list(other))
    high = min(one[2], other[2]) - max(one[0], other[0])
    wide = min(one[3], other[3]) - max(one[1], other[1])
    if high <= 0 or wide <= 0:
        return 0.0
    common = high * wide
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return common / (sum(areas) - common)
