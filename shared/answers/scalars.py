"""One value of a form, normalised: numbers as people write them, dates, yes and no, choices.

Nothing is guessed: a value that can mean two things, such as 03/04/2026 or the text 1,234, is
Unreadable.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from shared import form
from shared.answers.problems import Unreadable
from shared.form import Field

LONGEST = 2_000  # characters of a text
_LARGEST = 2**53  # beyond it JSON numbers are not exact everywhere
_ABSENT = frozenset(
    {
        *("", "-", "–", "—", "?", "null", "none", "nil", "undefined", "n/a", "na", "n.a."),
        *("not found", "not visible", "not available", "not present", "missing"),
    }
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_AMOUNT = re.compile(
    r"(?P<before>[^\d\s.,+\-−()]{0,8})\s*(?P<sign>[-+−]?)\s*(?P<again>[^\d\s.,+\-−()]{0,8})\s*"
    r"(?P<body>\d[\d.,'’ \u00a0\u202f]*)\s*(?P<after>[^\d.,+\-−()]{0,16})"
)
_GROUPS = re.compile(r"\d{1,3}(?:[^\d]\d{3})+")
_SPACES = re.compile(r"['’ \u00a0\u202f]")
_YES = frozenset({"true", "yes", "y", "1", "ja", "oui", "si", "sí"})
_NO = frozenset({"false", "no", "n", "0", "nein", "non"})
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})|(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(r"(\d{1,2})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})")
_DAY_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)?\s*(?:of\s+)?[- ]?([a-z]{3,9})\.?[-, ]*(\d{4})"
)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s*(\d{1,2})(?:st|nd|rd|th)?[, ]+(\d{4})")
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[,. ]+")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)


def is_absent(value: Any) -> bool:
    """Whether the value says in a word that there is none."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in _ABSENT)


def read(value: Any, field: Field) -> tuple[Any, str | None]:
    """The value as the field's type, and the code of the repair that it took, if any.

    Raises Unreadable if it is none. A date is ISO 8601, a choice as the form spells it.
    """
    if isinstance(value, dict | list):
        raise Unreadable("value_nested")
    return _READERS[field.kind](value, field)


def _text(value: Any, _: Field) -> tuple[str, str | None]:
    if not isinstance(value, str):
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        return shown[:LONGEST], "value_not_text"
    clean = _CONTROLS.sub("", value).strip()
    if len(clean) > LONGEST:
        return clean[:LONGEST], "value_cut"
    return clean, None if clean == value else "value_cleaned"


def _number(value: Any, _: Field) -> tuple[float | int, str | None]:
    if isinstance(value, bool):
        raise Unreadable("value_misfit")
    if isinstance(value, str):
        return _checked(_written(value)), "number_from_text"
    return _checked(value), None


def _integer(value: Any, field: Field) -> tuple[int, str | None]:
    number, repair = _number(value, field)
    if number != int(number):
        raise Unreadable("value_misfit")
    return int(number), repair or (None if isinstance(number, int) else "number_from_text")


def _checked(number: float) -> float | int:
    if not abs(number) <= _LARGEST:  # neither is nan
        raise Unreadable("value_misfit")
    return number


def _written(text: str) -> float | int:
    """The number in a text that people wrote: 1.234,56 or 1 234.56 or EUR 12,50."""
    normal = unicodedata.normalize("NFKC", text[:100]).strip()
    match = _AMOUNT.fullmatch(normal) if len(text) <= 100 else None
    if match is None or not match["body"].isascii():
        raise Unreadable("value_misfit")
    whole, fraction = _parted(match["body"].strip())
    sign = "-" if match["sign"] in ("-", "−") else ""
    return float(f"{sign}{whole}.{fraction}") if fraction else int(f"{sign}{whole}")


def _parted(body: str) -> tuple[str, str]:
    """The digits before the decimal sign and behind it."""
    marks = [each for each in body if each in ".,"]
    if not marks:
        return _grouped(body), ""
    whole, fraction = body.rsplit(marks[-1], 1)
    if len(set(marks)) == 2:
        if marks[-1] in whole or not fraction.isdigit():
            raise Unreadable("value_misfit")
        return _grouped(whole), fraction
    if len(marks) > 1:
        return _grouped(body), ""
    if not fraction.isdigit():
        raise Unreadable("value_misfit")
    if len(fraction) == 3 and 1 <= len(whole) <= 3 and whole.isdigit() and whole != "0":
        raise Unreadable("number_ambiguous")
    return _grouped(whole), fraction


def _grouped(whole: str) -> str:
    """The digits of a whole number, with or without marks between groups of three."""
    marks = {each for each in whole if not each.isdigit()}
    if marks and (len(marks) > 1 or not _GROUPS.fullmatch(whole)):
        raise Unreadable("value_misfit")
    return "".join(each for each in whole if each.isdigit())


def _boolean(value: Any, _: Field) -> tuple[bool, str | None]:
    if isinstance(value, bool):
        return value, None
    word = str(value).strip().casefold()
    if word in _YES | _NO:
        return word in _YES, "value_repaired"
    raise Unreadable("value_misfit")


def _choice(value: Any, field: Field) -> tuple[str, str | None]:
    word = value if isinstance(value, str) else str(value)
    for choice in field.choices:
        if form.folded(choice) == form.folded(word[: 2 * LONGEST]):
            return choice, None if choice == word else "value_repaired"
    raise Unreadable("value_unknown")


def _date(value: Any, _: Field) -> tuple[str, str | None]:
    text = " ".join(str(value)[:100].split())
    iso = _ISO.fullmatch(text)
    if iso:
        return _day(*iso.groups()), None if len(text) == 10 else "value_repaired"
    lower = _WEEKDAY.sub("", text.casefold(), count=1)
    if match := _YEAR_FIRST.fullmatch(lower):
        return _day(*filter(None, match.groups())), "value_repaired"
    if match := _NUMERIC.fullmatch(lower):
        return _numeric(match[1], match[2], match[3], match[4]), "value_repaired"
    if match := _DAY_MONTH.fullmatch(lower):
        return _day(match[3], _month(match[2]), match[1]), "value_repaired"
    if match := _MONTH_DAY.fullmatch(lower):
        return _day(match[3], _month(match[1]), match[2]), "value_repaired"
    raise Unreadable("value_misfit")


def _numeric(first: str, mark: str, second: str, year: str) -> str:
    """30.11.2026 has its day first everywhere; 30/11/2026 and 11/30/2026 tell by the 30."""
    whole = year if len(year) == 4 else f"20{year}"
    if mark == "." or int(first) > 12 or first == second:
        return _day(whole, second, first)
    if int(second) > 12:
        return _day(whole, first, second)
    raise Unreadable("date_ambiguous")


def _month(word: str) -> str:
    short = "sep" if word == "sept" else word
    for number, name in enumerate(_MONTHS, 1):
        if short in (name, name[:3]):
            return str(number)
    raise Unreadable("value_misfit")


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Unreadable("value_misfit") from None


_READERS: Mapping[str, Callable[[Any, Field], tuple[Any, str | None]]] = {
    "string": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "choice": _choice,
}
