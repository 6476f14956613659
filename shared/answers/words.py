"""Words without quotes: numbers, and the names of constants."""

import re
from math import inf, nan
from typing import Any

from shared.answers.numbers import NUMBER

_NUMBER = re.compile(NUMBER)
_LONGEST_INT = 300  # digits: far beyond any coordinate, and still quick to read
_CONSTANTS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": nan,
    "Infinity": inf,
    "-Infinity": -inf,
}
_ODD_CONSTANTS = {
    "none": None,
    "undefined": None,
    "true": True,
    "false": False,
    "nan": nan,
    "inf": inf,
}


def meaning(word: str) -> tuple[Any, str | None] | None:
    """The value the word stands for, and the repair that takes, if any; None if for no value."""
    if word in _CONSTANTS:
        return _CONSTANTS[word], None
    if word.lower() in _ODD_CONSTANTS:
        return _ODD_CONSTANTS[word.lower()], "odd_word"
    return (number(word), None) if _NUMBER.fullmatch(word) else None


def number(word: str) -> int | float:
    """The value of a number as JSON writes it, or with a sign or a point too many."""
    return int(word) if len(word) < _LONGEST_INT and word.lstrip("+-").isdigit() else float(word)
