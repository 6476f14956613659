"""Numbers, as models write them."""

import re
from math import nan
from typing import Any

NUMBER = r"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?"

_WHOLE_TEXT = re.compile(rf"\s*+({NUMBER})\s*+(%?)\s*+")


def to_float(value: Any) -> float:
    """The number, or the number in the text; nan for everything else, percentages too."""
    if isinstance(value, str):
        number, percent = in_text(value)
        return nan if percent else number
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    try:
        return float(value)
    except OverflowError:
        return nan


def in_text(text: str) -> tuple[float, bool]:
    """The number that the text consists of, else nan, and whether a percent sign follows it."""
    match = _WHOLE_TEXT.fullmatch(text)
    return (float(match[1]), bool(match[2])) if match else (nan, False)
