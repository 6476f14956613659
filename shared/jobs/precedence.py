"""The precedence of a photo's records: masks before boxes, boxes before text."""

from functools import cache

from shared import tasks
from shared.jobs.record import Record

_WORKERS = ("segment", "detect", "describe")


@cache
def in_order() -> tuple[str, ...]:
    """Every task, highest precedence first; a worker's namesake before its others."""
    return tuple(sorted(tasks.names(), key=_place))


def rank(name: str) -> int:
    """The place of a task in that order; a task that no longer exists comes last.

    A combination has that of its first task, which is the one with places if there is one.
    """
    known, (first, *_) = in_order(), tasks.parts(name)
    return known.index(first) if first in known else len(known)


def ordered(records: list[Record]) -> list[Record]:
    """The records of a photo in that order; those of one task newest first."""
    newest = sorted(records, key=lambda record: record.created, reverse=True)
    return sorted(newest, key=lambda record: rank(record.task))


def _place(name: str) -> tuple[int, bool, str]:
    worker = tasks.find(name).worker
    return _WORKERS.index(worker), name != worker, name
