"""Jobs that wait for a flex call: since when, and whether that is too long."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from shared import naming
from shared.border.storage import STATE
from shared.errors import BadEvent
from shared.jobs import ledger, unfinished
from shared.jobs.claim import Claim
from shared.jobs.unfinished import Unfinished
from shared.model import Job

LATE = 6 * 3600.0  # seconds; the service means to answer a flex call within a quarter of an hour
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A flex job that no worker holds; `since` is its first call, in seconds since the epoch."""

    name: str
    since: float
    job: Job

    @property
    def is_late(self) -> bool:
        """Whether somebody should decide about it."""
        return is_late(self.since)


def is_late(since: float) -> bool:
    """Whether a flex job that was asked first at that time waits too long."""
    return since + LATE < time.time()


def waiting() -> Iterator[Waiting]:
    """The flex jobs that wait, up to 500 of them."""
    listed = (each for each in unfinished.listing().jobs if each.tier == "flex" and not each.held)
    for each in islice(listed, _LOOKED_AT):
        if job := _job(each):
            yield Waiting(each.name, ledger.begun(job) or each.since, job)


def _job(each: Unfinished) -> Job | None:
    """The job of a lease; None if it has ended by now, or cannot be read."""
    body = STATE.read(naming.lease(each.id))
    try:
        return Claim.read(body).job if body else None
    except BadEvent:
        return None
