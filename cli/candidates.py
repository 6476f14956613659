"""The jobs that a redrive may queue."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cli import rounds, uploads
from shared import naming, tasks
from shared.errors import BadEvent
from shared.intake.recipes.settings import COMMON
from shared.jobs import index, records
from shared.jobs.record import Record
from shared.model import Job

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    names: tuple[str, ...]  # none: all in the index
    prefix: str
    status: str
    reason: str | None  # None: every reason but refused
    since: str  # ISO 8601, UTC

    def takes(self, status: str, reason: str | None, created: str, name: str) -> bool:
        """Whether a record with these facts is wanted."""
        meant = reason == self.reason if self.reason else reason != "refused"
        timely = created >= self.since and naming.composed(name).startswith(
            naming.composed(self.prefix)
        )
        return status == self.status and meant and timely


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job that ended without findings."""

    record: Record
    job: Job

    @property
    def code(self) -> str:
        """Why there are none."""
        return self.record.reason.code if self.record.reason else ""


@dataclass(frozen=True, slots=True)
class Found:
    """Jobs that may be queued, oldest first, and the others."""

    ready: tuple[Candidate, ...]
    under_way: tuple[tuple[float, Candidate], ...]  # and when the next round was queued
    hopeless: tuple[tuple[str, Candidate], ...]  # and why


def find(wanted: Wanted) -> Found:
    """The wanted jobs, by what can be done with them.

    A round that has ended is not under way: its own record counts.
    """
    every = [Candidate(each, each.job) for each in _records(wanted)]
    every.sort(key=lambda each: each.record.created)
    hopeless = tuple((why, each) for each in every if (why := _why_not(each.job)))
    meant = [each for each in every if not _why_not(each.job)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        both = list(zip(pool.map(_queued, meant), meant, strict=True))
        ended = list(pool.map(_next_ended, meant))
    return Found(
        tuple(each for at, each in both if at is None),
        tuple((at, each) for (at, each), over in zip(both, ended, strict=True) if at and not over),
        hopeless,
    )


def _why_not(job: Job) -> str:
    """Why no worker could do this job; empty if one could."""
    try:
        needed = {*COMMON, *tasks.find(job.task).defaults, "model"}
    except BadEvent as error:
        return str(error)
    missing = sorted(needed - set(job.request))
    return f"its request is an older one, without {', '.join(missing)}" if missing else ""


def _queued(each: Candidate) -> float | None:
    return rounds.queued(each.job)


def _next_ended(each: Candidate) -> bool:
    return records.exists(rounds.following(each.job))


def _records(wanted: Wanted) -> Iterator[Record]:
    found = _named(wanted) if wanted.names else _indexed(wanted)
    for record in found:
        reason = record.reason.code if record.reason else None
        if wanted.takes(record.status, reason, record.created, record.photo.name):
            yield record


def _named(wanted: Wanted) -> Iterator[Record]:
    for text in wanted.names:
        typed, version = uploads.place(text)
        name = uploads.as_stored(typed)
        for each in [version] if version else records.generations(name):
            yield from records.of(name, each)


def _indexed(wanted: Wanted) -> Iterator[Record]:
    folders = [
        entry.folder
        for entry in index.newest(since=wanted.since, prefix=wanted.prefix)
        if wanted.takes(entry.status, entry.reason, entry.created, entry.name)
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from filter(None, pool.map(records.in_folder, folders))
