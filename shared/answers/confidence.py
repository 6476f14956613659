"""How sure the model says it is."""

from collections.abc import Mapping
from typing import Any

from shared.answers.members import first
from shared.answers.numbers import in_text, to_float

KEYS = ("confidence", "score", "probability", "conf", "confidencescore")


def read(members: Mapping[str, Any], fifth: float | None, notes: list[str]) -> float | None:
    """The number from 0 to 1 that the item has, or else its box as a fifth number, or neither."""
    said = first(members, KEYS)
    if said is None:
        said = fifth
    if said is None:
        return None
    number, percent = to_float(said), False
    if isinstance(said, str):
        notes.append("confidence_text")
        number, percent = in_text(said)
    if percent or 1 < number <= 100:
        notes.append("confidence_percent")
        number /= 100
    if 0 <= number <= 1:
        return number
    notes.append("confidence_unusable")
    return None
