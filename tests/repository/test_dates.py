"""docs/dates.md lists every day on which something changes by itself; none slips in beside it."""

import re
import subprocess
import sys
import warnings
from datetime import UTC, date, datetime, timedelta

import pytest
from google.api_core import _python_version_support as support

from tests.repository.dates import PAGE, PROSE, ROOT, files, rows, written

CHANGES, EXAMPLES = "Days that change something", "Days that change nothing"
LISTED = {heading: [*rows(heading)] for heading in (CHANGES, EXAMPLES)}
PYTHONS = [(3, 11), (3, 12), (3, 13)]

pytestmark = pytest.mark.days


def allowed(file: str) -> set[date]:
    """The days that the tables list for a file."""
    every = [row for heading in LISTED for row in LISTED[heading]]
    return {day for row in every if file in row.files for day in row.days}


def unlisted(file: str, days: frozenset[date]) -> set[date]:
    """The days of a file that no table lists; those of prose and tests only if yet to come."""
    today = datetime.now(UTC).date()
    matter = {day for day in days if day > today or not PROSE.fullmatch(file)}
    return matter - allowed(file)


def test_every_day_that_is_written_down_is_listed() -> None:
    found = {file: unlisted(file, days) for file, days in files().items()}

    assert {file: sorted(map(str, days)) for file, days in found.items() if days} == {}


@pytest.mark.parametrize("heading", LISTED)
def test_every_listed_day_is_written_where_the_list_says(heading: str) -> None:
    there = files()

    gone = [
        (file, str(day))
        for row in LISTED[heading]
        for file in row.files
        for day in row.days
        if day not in there.get(file, ())
    ]

    assert LISTED[heading]
    assert gone == []


def test_a_day_that_changes_something_says_where_and_stands_in_its_order() -> None:
    days = [min(row.days) for row in LISTED[CHANGES]]

    assert days == sorted(days)
    assert [row.place for row in LISTED[EXAMPLES] if not row.files] == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("retired = 2027-05-07", ["2027-05-07"]),
        ('"2027-01-01T00:00:00Z"', ["2027-01-01"]),
        ("shadows/2026-12-31/a.json", ["2026-12-31"]),
        ("date(2027, 1, 1), datetime(2028, 2, 29, 12, tzinfo=UTC)", ["2027-01-01", "2028-02-29"]),
        ("the month 2028-02", ["2028-02-01"]),
        ("as in November 2026, or Feb 2027", ["2026-11-01", "2027-02-01"]),
        ("NOW = 1_800_000_000.0", ["2027-01-15"]),
        ("webhook-timestamp: 1795426205", ["2026-11-23"]),
        ("generation 1795426270000001, 1_000_000_000 ns, 2130706433", []),
        ("2026-13-01, 2027-02-30, 12026-01-01, 2026-01-011, 2130-2027-01", []),
        ("May 20, Version 2027, a quarter of 2048", []),
    ],
)
def test_a_day_is_found_however_it_is_written(text: str, days: list[str]) -> None:
    assert sorted(map(str, written(text))) == days


def test_an_unlisted_day_is_found_in_code_always_and_in_a_test_if_it_is_to_come() -> None:
    ahead = datetime.now(UTC).date() + timedelta(days=1)
    past = date(2020, 2, 3)
    both = frozenset({ahead, past})

    assert unlisted("shared/model.py", both) == both
    assert unlisted("tests/shared/test_model.py", both) == {ahead}


@pytest.mark.parametrize("python", PYTHONS, ids=lambda each: ".".join(map(str, each)))
def test_the_days_of_googles_clients_are_the_installed_ones(python: tuple[int, int]) -> None:
    end = support.PYTHON_VERSION_INFO[python].python_eol
    first = end - support.DEPRECATION_WARNING_PERIOD
    name = f"Python {python[0]}.{python[1]}"

    listed = [row.days for row in LISTED[CHANGES] if row.place.startswith(name)]

    assert listed == [{first}, {end}]


def test_the_days_of_the_functions_runtime_are_those_of_the_deployed_one() -> None:
    text = (ROOT / "terraform/darkroom/functions.tf").read_text("utf-8")
    runtime = re.search(r'runtime = "(\w+)"', text)

    assert runtime
    assert [row for row in LISTED[CHANGES] if runtime[1] in row.place]


def warned() -> list[date]:
    """A day of each kind of warning that Google's clients give of this Python."""
    end = support.PYTHON_VERSION_INFO[sys.version_info[:2]].python_eol
    return [end - timedelta(days=30), end + support.EOL_GRACE_PERIOD, end + timedelta(days=900)]


def test_the_news_about_pythons_age_ends_no_test_and_other_warnings_do() -> None:
    told = [support.check_python_version("a client", today=day).name for day in warned()]

    assert [each.removeprefix("PYTHON_VERSION_") for each in told] == [
        "DEPRECATED",
        "EOL",
        "UNSUPPORTED",
    ]
    with pytest.raises(FutureWarning, match="something else"):
        warnings.warn("something else", FutureWarning, stacklevel=1)


@pytest.mark.parametrize(
    ("first", "kept_quiet"), [("import shared", True), ("import local", True), ("", False)]
)
def test_whoever_imports_ours_first_hears_nothing_of_pythons_age(
    first: str, kept_quiet: bool
) -> None:
    asked = "".join(f"check('a client', today=date({d:%Y, %-m, %-d}))\n" for d in warned())
    code = (
        f"{first}\nfrom datetime import date\n"
        "from google.api_core._python_version_support import check_python_version as check\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code + asked], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ("FutureWarning: You are using" in ended.stderr) == (not kept_quiet)


def test_the_page_says_what_a_year_ahead_is_tried_with() -> None:
    assert "make test-later" in PAGE.read_text("utf-8")
