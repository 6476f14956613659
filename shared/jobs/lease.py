"""Who may work on a job: one delivery at a time, for a while.

The lease is a state object with its owner's token. It is taken by creating it, by swapping a
released one, or by swapping one whose time is up. Only the last counts as an attempt: it means
that a process died or stalled over this job. A clean release does not, so that an hour of rate
limiting ends nothing.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

from shared import naming, settings
from shared.border.storage import STATE, Stored
from shared.errors import BadEvent, Busy, Failed
from shared.jobs.cause import Cause
from shared.jobs.claim import Claim
from shared.model import Job

ATTEMPTS = 5

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Seen:
    """A lease as others see it."""

    attempt: int
    released: bool
    since: float  # of its last write, in seconds since the epoch, by the server's clock
    cause: Cause | None = None  # what the last delivery that gave it back stumbled over

    @property
    def until(self) -> float:
        """When the next delivery may take it, if it is not released before."""
        return self.since + settings.current().lease_seconds


class Lease:
    """A lease that this process holds."""

    def __init__(
        self,
        claim: Claim,
        generation: int,
        taken: float,
        *,
        last: Cause | None = None,
        first: bool = False,
    ) -> None:
        self._claim = claim
        self._generation = generation
        self._taken = taken
        self.first = first  # no delivery held it before: nobody can have asked the model
        self._last = last  # it holds until this delivery has come to something else

    @property
    def attempt(self) -> int:
        """1, and one more for each process that died or stalled over this job."""
        return self._claim.attempt

    @property
    def owner(self) -> str:
        """The token of this process's claim."""
        return self._claim.owner

    def outlive(self, span: float) -> None:
        """See to it that the lease holds for `span` more seconds. Raises Busy if it was lost."""
        if span >= settings.current().lease_seconds:
            raise ValueError(f"LEASE_SECONDS must be more than the {span:g} s of one step")
        if time.monotonic() + span < self._taken + settings.current().lease_seconds:
            return
        taken = time.monotonic()
        claim = replace(self._claim, renewed=self._claim.renewed + 1)
        generation = claim.write(self._generation, self._last)
        if generation is None:
            raise Busy("the lease ran out and another delivery took it")
        self._claim, self._generation, self._taken = claim, generation, taken

    def release(self, cause: Cause | None) -> None:
        """Let the next delivery start at once. A lease that was lost is left to its new owner."""
        replace(self._claim, released=True).write(self._generation, cause)


def seen(job: Job) -> Seen | None:
    """The lease of a job, or None if there is none: nobody took it yet, or the job has ended."""
    stored = STATE.get(naming.lease(job.key))
    if stored is None:
        return None
    claim = _claim_in(stored, job)
    cause = Cause.shown(stored.metadata)
    return Seen(claim.attempt, claim.released, stored.updated, cause)


def why(job: Job) -> str:
    """What the last delivery of a job stumbled over, in a sentence; empty if that is not known."""
    last = seen(job)
    return f"The last time: {last.cause.sentence}." if last and last.cause else ""


def ensure(job: Job, queued: int = 0) -> None:
    """See to it that there is a lease, held by nobody if new.

    Where a job may end without a worker, its lease leads the sweep to a record that was not told.
    """
    Claim(owner=uuid4().hex, job=job, released=True, queued=queued).write(0)


@contextmanager
def held(job: Job) -> Iterator[Lease]:
    """The lease of a job; released if the block raises, kept if it ends well.

    Raises Busy if another delivery holds it, and Failed once too many have died over the job.
    """
    lease = _take(job)
    try:
        yield lease  # if it ends well, the terminal record that follows is a better lock
    except BaseException as error:
        lease.release(Cause.of(error))
        raise


def _take(job: Job) -> Lease:
    taken = time.monotonic()
    claim = Claim(owner=uuid4().hex, job=job)
    generation = claim.write(0)
    if generation is None:
        return _take_over(claim, taken)
    return Lease(claim, generation, taken, first=True)


def _take_over(claim: Claim, taken: float) -> Lease:
    stored = STATE.get(naming.lease(claim.job.key))
    if stored is None:
        raise Busy("the lease changed hands just now")
    last = _claim_in(stored, claim.job)
    if last.released:
        claim = replace(claim, attempt=last.attempt, queued=last.queued)
    elif stored.updated + settings.current().lease_seconds < time.time():
        claim = replace(claim, attempt=last.attempt + 1, queued=last.queued)
    else:
        raise Busy("another delivery is working on this job")
    if claim.attempt > ATTEMPTS:
        raise Failed(
            "attempts_exhausted",
            f"The process died or stalled over this photo {ATTEMPTS} times; it is not tried again.",
        )
    cause = Cause.shown(stored.metadata)
    generation = claim.write(stored.generation, cause)
    if generation is None:
        raise Busy("another delivery took the lease first")
    return Lease(claim, generation, taken, last=cause)


def _claim_in(stored: Stored, job: Job) -> Claim:
    """What a lease says; one that cannot be read holds the job for its time, and no longer."""
    try:
        return Claim.read(stored.body)
    except BadEvent as why:
        log.warning("the lease of job %s cannot be read: %s", job.key, why)
        return Claim(owner="", job=job)
