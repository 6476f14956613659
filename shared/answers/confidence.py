"""The model's confidences: one scale for a whole answer, inferred from all its numbers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from shared.answers.values import first, to_float

KEYS = (
    *("confidence", "score", "probability", "conf", "confidencescore", "prob", "likelihood"),
    *("certainty", "confidencelevel", "percentage", "percent", "scores", "confidences"),
)
_SLACK = 0.1  # of the scale: how far a number may lie outside and still count
_LEAST_PERCENT = 2  # the highest confidence of an answer in percent is at least this
_TEXT = re.compile(
    r"\s*+[~≈]?\s*+([-+]?(?:\d++(?:[.,]\d*+)?|\.\d++)(?:[eE][-+]?\d++)?)\s*+"
    r"(?:(%|％|percent|per cent|pct)|/\s*+(\d{1,4}))?\s*+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Confidence:
    """A confidence as it was written; `of` is its scale, where it is written with one."""

    number: float
    of: float | None = None
    in_text: bool = False


def read(members: Mapping[str, Any], fifth: float | None = None) -> Confidence | None:
    """The confidence among an item's members, or else the fifth number of its box, or None."""
    value = first(members, KEYS)
    return parse(fifth if value is None else value)


def parse(value: Any) -> Confidence | None:
    """A confidence in any spelling; its number is nan if it is none. None for null."""
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return Confidence(to_float(value))
    match = _TEXT.fullmatch(value)
    if not match:
        return Confidence(nan)
    number = float(match[1].replace(",", "."))
    if match[2]:
        return Confidence(number, 100)
    if match[3]:
        return Confidence(number, float(match[3]) or nan)
    return Confidence(number, in_text=True)


def scale(written: Iterable[Confidence | None]) -> float:
    """The number that means certain in an answer: 1, 100 or 1000."""
    bare = [each.number for each in written if each and each.of is None and isfinite(each.number)]
    beyond = sum(number > 100 * (1 + _SLACK) for number in bare)
    if beyond and 2 * beyond >= len(bare) and max(bare) <= 1000 * (1 + _SLACK):
        return 1000
    likely = [number for number in bare if number <= 100 * (1 + _SLACK)]
    return 100 if max(likely, default=0) >= _LEAST_PERCENT else 1


def share(each: Confidence | None, certain: float, notes: list[str]) -> float | None:
    """The confidence from 0 to 1, or None where there is none that can be used."""
    if each is None:
        return None
    of = each.of or certain
    number = each.number / of
    if not -_SLACK <= number <= 1 + _SLACK:  # nan too
        notes.append("confidence_unusable")
        return None
    if each.in_text:
        notes.append("confidence_text")
    if of != 1:
        notes.append("confidence_percent" if of == 100 else "confidence_scaled")
    if not 0 <= number <= 1:
        notes.append("score_clamped")
    return min(max(number, 0.0), 1.0)
