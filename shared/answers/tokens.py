"""Texts in quotes, words without, and numbers, as models write them.

A quote closes its text if something of JSON comes after it; models forget to escape quotes, and
to write them.
"""

import json
import re
from math import inf, nan
from typing import Any

NUMBER = r"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?"
_CLOSED = {  # what runs to the next quote, and behind that the characters that are no JSON
    quote: re.compile(rf"(?:[^{quote}\\]++|\\.)*+{quote}([^,:\[\]{{}}{quote}\n]*+)", re.DOTALL)
    for quote in "\"'"
}
_COMMENTS = ("//", "/*", "# ", "```")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|(.?))|"', re.DOTALL)
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
_WHOLE_TEXT = re.compile(rf"\s*+({NUMBER})\s*+(%?)\s*+")


def quoted(text: str, start: int, quote: str) -> tuple[str | None, int, list[str]]:
    """The string behind the quote before `start`, where it ends, and the repairs it took.

    None, and the end of the text, if no quote closes it.
    """
    raw, end, repairs = _raw(text, start, quote)
    if raw is None or "\\" not in raw:
        return raw, end, repairs
    body = _ESCAPE.sub(_fix_escape, raw)
    if body != raw:
        repairs.append("escape")
    return json.loads(f'"{body}"', strict=False), end, repairs


def _raw(text: str, start: int, quote: str) -> tuple[str | None, int, list[str]]:
    repairs: list[str] = []
    since = start
    while closed := _CLOSED[quote].match(text, since):
        end, after = closed.start(1) - 1, closed[1].lstrip()
        if not after or after.startswith(_COMMENTS):
            return text[start:end], end + 1, repairs
        line = text.find("\n", since, end)
        if line >= 0:
            return text[start:line].rstrip(" \t\r,"), line, [*repairs, "open_string"]
        if text[closed.end() : closed.end() + 1] != quote:
            return text[start:end], closed.end(), [*repairs, "stray_text"]
        repairs = ["inner_quotes"]
        since = end + 1
    return None, len(text), repairs


def _fix_escape(match: re.Match[str]) -> str:
    """A string body as JSON wants it: what escapes nothing is a backslash, or nothing."""
    escape, after = match[0], match[1]
    if escape == '"':
        return '\\"'
    if after is None:
        return escape
    return "\\\\" + after if after.isalnum() or not after else after


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
