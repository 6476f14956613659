"""Several values in one answer: drafts of the last one, or each a part of it.

A list per class in a code fence of its own is a part. A value with the same things in the same
places as a later one is a draft of it, and so is one that the words in between call a draft.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.answers.geometry import overlap
from shared.answers.label import folded
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

Thing = tuple[str, Sequence[float]]  # a label; four numbers of a box or two of a point


@dataclass(frozen=True, slots=True)
class Part:
    """One of the values, with what it lists."""

    value: Salvaged
    things: Sequence[Thing]


def that_count(parts: Sequence[Part]) -> list[Part]:
    """The parts that are no drafts of a later one, in the order of the answer."""
    counted: list[Part] = []
    for part in reversed(parts):
        drafts = any(_is_draft(part, later) for later in counted)
        if not counted or (
            part.things and not drafts and not called_draft(part.value, counted[0].value)
        ):
            counted.insert(0, part)
    return counted


def called_draft(value: Salvaged, following: Salvaged) -> bool:
    """Whether the words before one of them say that the first does not count."""
    lead = value.lead
    return bool(_EXAMPLE.search(lead) or _DRAFT.search(lead) or _REVISED.search(following.lead))


def _is_draft(part: Part, later: Part) -> bool:
    """Whether most of the smaller one's things are in the other."""
    few, many = sorted((part.things[:_MOST], later.things[:_MOST]), key=len)
    again = sum(any(_same(one, other) for other in many) for one in few)
    return bool(few) and 2 * again >= len(few)


def _same(one: Thing, other: Thing) -> bool:
    (label, numbers), (other_label, other_numbers) = one, other
    if len(numbers) != 4 or len(other_numbers) != 4:
        return [*numbers] == [*other_numbers]
    named = folded(label) == folded(other_label)
    return overlap(numbers, other_numbers) > (_SAME if named else _SAME_PLACE)
