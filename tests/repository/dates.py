"""Days that are written down: in a text, in the repository, and in the tables of docs/dates.md."""

import calendar
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "dates.md"
HISTORY = "docs/decisions/"  # it says what was decided when
# Here an example may be any day of the past: it cannot pass any more.
PROSE = re.compile(r"(docs|tests|bench|prove|testbed)/.*|.*\.(md|txt)|LICENSE|.*/NOTICE")
LOCKS = re.compile(r"requirements.*\.txt|.*package-lock\.json")  # nothing but names and hashes

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_DAY = re.compile(r"(?<![\d-])(20\d\d)-(\d\d)-(\d\d)(?!\d)")
_MONTH = re.compile(r"(?<![\d-])(20\d\d)-(\d\d)(?![\d-])")
_CALL = re.compile(r"\bdate(?:time)?\((20\d\d), (\d\d?), (\d\d?)\b")
_SECONDS = re.compile(r"(?<![\d.])(1_?[6-9]\d\d_?\d{3}_?\d{3})(?![\d_])")
_WORDS = re.compile(r"\b([A-Z][a-z]{2})[a-z]* (20\d\d)\b")


@dataclass(frozen=True, slots=True)
class Row:
    """Days that a table of docs/dates.md lists, and where they stand; no file: not in here."""

    days: frozenset[date]
    files: frozenset[str]
    place: str


def written(text: str) -> set[date]:
    """The days in a text; a month counts as its first day, and no such day as none."""
    found = {_day(*map(int, each)) for each in (*_DAY.findall(text), *_CALL.findall(text))}
    found |= {_day(int(year), int(month), 1) for year, month in _MONTH.findall(text)}
    found |= {_day(int(year), _MONTHS.get(name, 0), 1) for name, year in _WORDS.findall(text)}
    found |= {datetime.fromtimestamp(int(each), UTC).date() for each in _SECONDS.findall(text)}
    return {each for each in found if each}


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def files() -> dict[str, frozenset[date]]:
    """The files of the repository that have a day in them, and the days."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.splitlines() if not LOCKS.fullmatch(name)]
    names = [name for name in names if not name.startswith(HISTORY)]
    there = [ROOT / name for name in names if (ROOT / name).is_file()]
    contents = {path: path.read_bytes() for path in there if path != PAGE}
    found = {
        path.relative_to(ROOT).as_posix(): frozenset(written(data.decode()))
        for path, data in contents.items()
        if b"\0" not in data  # a text
    }
    return {name: days for name, days in found.items() if days}


def rows(heading: str) -> Iterator[Row]:
    """The rows of the table under a heading of docs/dates.md."""
    part = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    for line in lines[1:]:
        days, place, *_ = (cell.strip() for cell in line.strip("|").split(" | "))
        named = {each for each in re.findall(r"`([^`]+)`", place) if (ROOT / each).is_file()}
        yield Row(frozenset(written(days)), frozenset(named), place)
