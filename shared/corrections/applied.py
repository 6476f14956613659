"""Records with the findings of their corrections, for readers that want those."""

import logging
from dataclasses import replace

from shared.corrections import store
from shared.jobs import records
from shared.jobs.record import Record
from shared.jobs.records import Unreadable

log = logging.getLogger("darkroom")


def to(record: Record) -> Record:
    """The record as its newest correction has it; unchanged if it has none.

    Raises ValueError if that correction cannot be read: an older one would be wrong.
    """
    found = store.newest(record.folder) if record.status == "done" else None
    if found is None or not found.is_of(record):
        return record
    return replace(record, findings=found.findings, problems=(), corrected=found.short)


def attempt(folder: str) -> Record | Unreadable | None:
    """The record in a folder with its correction; one that cannot be read is logged."""
    record = records.attempt(folder)
    if not isinstance(record, Record):
        return record
    try:
        return to(record)
    except ValueError as why:
        log.warning("cannot read the corrections in %s: %s", folder, why)
        return Unreadable(folder, why)
