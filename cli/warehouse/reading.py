"""Records as rows of the raw table, in a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.exporting import Query
from shared.exports import prefetch, raw
from shared.jobs.record import Record


@dataclass(slots=True)
class Read:
    """How many records were read, how many of their events were cut, and how many are missing."""

    rows: int = 0
    cut: int = 0
    missing: int = 0  # gone since they were listed, or not to be read


def write(query: Query, file: Path, step: Callable[[int], None], *, whole: bool) -> Read:
    """Write a row per record, as it was published or `whole`; `step` is called after each."""
    read = Read()
    with file.open("w", encoding="utf-8") as out:
        for _, record in prefetch.records(query.entries("")):
            if isinstance(record, Record):
                row = raw.row(record, whole=whole)
                out.write(row + "\n")
                read.rows += 1
                read.cut += not whole and row != raw.row(record, whole=True)
            else:
                read.missing += 1
            step(read.rows + read.missing)
    return read
