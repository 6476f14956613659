"""The result of a family of measurements: a table to read, JSON to keep."""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

Row = Mapping[str, Any]  # all rows of a report have the same keys; None: not measurable


@dataclass(frozen=True, slots=True)
class Report:
    """One family's table."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = field(default_factory=tuple)


def text(report: Report) -> str:
    """The table, right-aligned, and its notes."""
    heads = [name.replace("_", " ") for name in report.rows[0]]
    lines = [heads, *([_cell(value) for value in row.values()] for row in report.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(map(str.rjust, line, widths)) for line in lines]
    return "\n".join([report.title, *table, *report.notes])


def document(name: str, report: Report) -> dict[str, Any]:
    """The same as JSON, with the machine that it was measured on."""
    return {
        "bench": name,
        "title": report.title,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpus": os.cpu_count(),
            "load": [round(each, 1) for each in os.getloadavg()],
            "processor": platform.machine(),
            "python": platform.python_version(),
            "pillow": version("pillow"),
        },
        "rows": [dict(row) for row in report.rows],
        "notes": list(report.notes),
    }


def progress(words: str) -> None:
    """Print to stderr what is measured now."""
    print(f"... {words}", file=sys.stderr, flush=True)


def ratio(one: float, other: float) -> float:
    """`one` as a multiple of the other, to two places."""
    return round(one / other, 2)


def ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{places}f}"
