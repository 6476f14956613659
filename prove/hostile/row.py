"""A row of the table: the expected outcome of a hostile input, and the actual one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`peak_mib` is memory above what was in use before; 0 means not measured."""

    name: str
    expected: str
    got: str
    fits: bool
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0


def line(row: Row) -> str:
    """The row as text."""
    mark = "" if row.fits else "  <-- not as it must be"
    measured = f"{row.cpu_seconds:7.2f} {row.peak_mib:7.0f}"
    return f"{row.name[:44]:44} {row.expected[:24]:24} {row.got[:44]:44} {measured}{mark}"


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The rows below their headings."""
    yield f"{'row':44} {'expected':24} {'got':44} {'CPU s':>7} {'MiB':>7}"
    yield from map(line, rows)
