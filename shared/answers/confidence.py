"""How sure the model says it is: one scale for a whole answer, told from all its numbers."""

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
_SLACK = 0.1  # of the scale: as far as numbers may lie outside of it and still be meant so
_LEAST_PERCENT = 2  # what the surest of an answer in percent has at least
_TEXT = re.compile(
    r"\s*+[~≈]?\s*+([-+]?(?:\d++(?:[.,]\d*+)?|\.\d++)(?:[eE][-+]?\d++)?)\s*+"
    r"(?:(%|％|percent|per cent|pct)|/\s*+(\d{1,4}))?\s*+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Confidence:
    """A confidence as it was written; `of` is its own scale, where it says that itself."""

    number: float
    of: float | None = None
    in_text: bool = False


def read(members: Mapping[str, Any], fifth: float | None = None) -> Confidence | None:
    """What the item says of itself, or else the fifth number of its box, or neither."""
    said = first(members, KEYS)
    return parse(fifth if said is None else said)


def parse(said: Any) -> Confidence | None:
    """A confidence, however it is written; its number is nan where it is none."""
    if said is None:
        return None
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    if not isinstance(said, str):
        return Confidence(to_float(said))
    match = _TEXT.fullmatch(said)
    if not match:
        return Confidence(nan)
    number = float(match[1].replace(",", "."))
    if match[2]:
        return Confidence(number, 100)
    return (
        Confidence(number, float(match[3]) or nan) if match[3] else Confidence(number, in_text=True)
    )


def scale(written: Iterable[Confidence | None]) -> float:
    """What stands for certain in an answer: 1, 100 or 1000."""
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
