"""The jobs that were begun and have no record yet, each with its cause.

One listing of the leases finds them, and one of the index those that have ended since. Leases of
ended jobs stay until the next sweep: there may be many.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from shared import naming, settings
from shared.border.storage import STATE, Listed
from shared.jobs import index
from shared.jobs.cause import Cause
from shared.model import Tier

MOST = 2_000  # leases read
_ENDED = 10_000  # entries of the index read
_MARGIN = 60.0  # s by which clocks may differ


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A job as its lease shows it. Times are seconds since the epoch."""

    id: str
    bucket: str
    name: str
    generation: int
    task: str
    model: str
    tier: Tier
    held: bool  # by a worker
    since: float  # when its lease was last written
    cause: Cause | None  # why the last delivery did not end it, if known


@dataclass(frozen=True, slots=True)
class Listing:
    """Unfinished jobs; if it is not `complete`, there may be more."""

    jobs: tuple[Unfinished, ...]
    complete: bool


def listing() -> Listing:
    """Every job that was begun and has not ended, up to MOST leases."""
    leases = list(islice(STATE.listing(naming.LEASES), MOST + 1))
    found = [job for each in leases[:MOST] if (job := _read(each))]
    ended = _ended(found)
    return Listing(tuple(each for each in found if each.id not in ended), len(leases) <= MOST)


def _read(each: Listed) -> Unfinished | None:
    """The job of a lease; None if an older version wrote it, or no worker ever held it."""
    shown = each.metadata
    key = each.name.removeprefix(naming.LEASES).removesuffix(".json")
    held, cause = shown.get("released") != "1", Cause.shown(shown)
    generation = shown.get("generation", "")
    if not generation.isdecimal() or not (held or cause):
        return None
    job = Unfinished(
        key,
        shown.get("bucket", ""),
        shown.get("name", ""),
        int(generation),
        shown.get("task", ""),
        shown.get("model", ""),
        "flex" if shown.get("tier") == "flex" else "standard",
        held,
        each.updated,
        cause,
    )
    return replace(job, cause=_DIED, held=False) if held and _is_over(job) else job


def _ended(jobs: Iterable[Unfinished]) -> set[str]:
    """The ids of those that have ended, by the index since the oldest of their leases."""
    keys = {index.number(each.id): each.id for each in jobs}
    if not keys:
        return set()
    since = min(each.since for each in jobs) - _MARGIN
    numbers = islice(index.numbers(since, time.time() + _MARGIN), _ENDED)
    return {keys[number] for number in numbers if number in keys}


_DIED = Cause("died", "A worker died or stalled over it; the next delivery goes on")


def _is_over(job: Unfinished) -> bool:
    """Whether a held lease has expired."""
    return job.since + settings.current().lease(job.tier) < time.time()
