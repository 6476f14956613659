"""Values of a form: numbers, dates, yes and no, and choices, as people write them."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.answers import scalars
from shared.answers.problems import Unreadable
from shared.form import Field, Kind


def read(kind: Kind, value: Any, *choices: str) -> Any:
    """The value, or the code of what makes it unreadable."""
    try:
        return scalars.read(value, Field("it", kind, choices=choices))[0]
    except Unreadable as why:
        return why.code


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (12.5, 12.5),
        (-3, -3),
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("12,50 EUR", 12.5),
        ("€ 12,50", 12.5),
        ("$1,234.50", 1234.5),
        ("-$1,234.50", -1234.5),
        ("$ -3", -3),
        ("−7", -7),
        ("1.234,56", 1234.56),
        ("1.234.567,89", 1234567.89),
        ("1,234,567", 1234567),
        ("1 234,56", 1234.56),
        ("1\u00a0234.56", 1234.56),
        ("1'234.50", 1234.5),
        ("0.123", 0.123),
        ("0,500 kg", 0.5),
        ("12 %", 12),
        ("1234,567", 1234.567),
        ("1,234", "number_ambiguous"),
        ("1.234", "number_ambiguous"),
        ("12.5.3", "value_misfit"),
        ("1,23,456", "value_misfit"),
        ("1.2,3.4", "value_misfit"),
        ("12 or 13", "value_misfit"),
        ("twelve", "value_misfit"),
        ("1e999", "value_misfit"),
        (float("nan"), "value_misfit"),
        (float("inf"), "value_misfit"),
        (10**400, "value_misfit"),
        (True, "value_misfit"),
        ([12], "value_nested"),
        ({"value": 12}, "value_nested"),
        ("9" * 1_000_000, "value_misfit"),
    ],
)
def test_numbers(written: Any, number: Any) -> None:
    assert read("number", written) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [(3, 3), (3.0, 3), ("3", 3), ("3 pieces", 3), (3.5, "value_misfit"), ("3,5", "value_misfit")],
)
def test_whole_numbers(written: Any, number: Any) -> None:
    found = read("integer", written)

    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-30", "2026-11-30"),
        ("2026-11-30T10:15:00Z", "2026-11-30"),
        ("2026/11/30", "2026-11-30"),
        ("20261130", "2026-11-30"),
        ("30.11.2026", "2026-11-30"),
        ("30. 11. 2026", "2026-11-30"),
        ("30.11.26", "2026-11-30"),
        ("03.04.2026", "2026-04-03"),
        ("30/11/2026", "2026-11-30"),
        ("11/30/2026", "2026-11-30"),
        ("04/04/2026", "2026-04-04"),
        ("30-11-2026", "2026-11-30"),
        ("30 Nov 2026", "2026-11-30"),
        ("30th of November, 2026", "2026-11-30"),
        ("Mon, 30 November 2026", "2026-11-30"),
        ("November 30, 2026", "2026-11-30"),
        ("Sept. 3rd, 2026", "2026-09-03"),
        ("03/04/2026", "date_ambiguous"),
        ("03-04-26", "date_ambiguous"),
        ("31.02.2026", "value_misfit"),
        ("2026-13-01", "value_misfit"),
        ("30 Foo 2026", "value_misfit"),
        ("tomorrow", "value_misfit"),
        (20261130, "2026-11-30"),
        ("x" * 1_000_000, "value_misfit"),
    ],
)
def test_dates(written: Any, day: str) -> None:
    assert read("date", written) == day


@pytest.mark.parametrize(
    ("written", "truth"),
    [
        (True, True),
        ("yes", True),
        ("TRUE", True),
        (1, True),
        ("no", False),
        (0, False),
        ("maybe", "value_misfit"),
        (2, "value_misfit"),
    ],
)
def test_yes_and_no(written: Any, truth: Any) -> None:
    assert read("boolean", written) is truth or read("boolean", written) == truth


@pytest.mark.parametrize(
    ("written", "choice"),
    [
        ("in stock", "in stock"),
        ("IN STOCK", "in stock"),
        (" in_stock ", "in stock"),
        ("In-Stock", "in stock"),
        ("stock", "value_unknown"),
        (7, "value_unknown"),
    ],
)
def test_choices(written: Any, choice: str) -> None:
    assert read("choice", written, "in stock", "sold out") == choice


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a\x00b", "ab"),
        ("  a  ", "a"),
        ("x" * 3_000, "x" * 2_000),
        (7, "7"),
        (True, "true"),
        ("half \ud800", "half"),
        ("=1+1", "=1+1"),
    ],
)
def test_texts(written: Any, text: str) -> None:
    assert read("string", written) == text


@pytest.mark.parametrize("word", ["", " ", "null", "None", "N/A", "not found", "-", None])
def test_words_for_nothing_are_nothing(word: Any) -> None:
    assert scalars.is_absent(word)


@given(
    st.integers(-(10**12), 10**12), st.integers(0, 99), st.sampled_from([",.", ".,", " ,", "' ."])
)
def test_a_number_with_marks_is_the_number(whole: int, cents: int, marks: str) -> None:
    written = f"{whole:,}".replace(",", marks[0]) + f"{marks[-1]}{cents:02}"

    assert read("number", written) == float(f"{whole}.{cents:02}")


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_a_date_is_never_read_as_another(day: date) -> None:
    forms = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y")

    found = {read("date", day.strftime(form)) for form in (*forms, "%d %B %Y", "%b %d, %Y")}

    assert found <= {day.isoformat(), "date_ambiguous"}
    assert ("date_ambiguous" in found) == (day.day <= 12 and day.day != day.month)
