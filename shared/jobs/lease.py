"""A lease: one delivery at a time works on a job, for a limited time.

The lease is a state object with its owner's token. It is taken by creating it, or by
compare-and-swap of one that is released or expired. Only an expired one counts as an attempt: a
process died or stalled over this job. A released one does not: an hour of rate limiting uses up no
attempts.
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
from shared.jobs import tombstones
from shared.jobs.cause import Cause
from shared.jobs.claim import Claim
from shared.model import Job, Tier

ATTEMPTS = 5

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Seen:
    """A lease as other processes see it."""

    attempt: int
    released: bool
    since: float  # of its last write, in seconds since the epoch, by the server's clock
    tier: Tier = "standard"  # by which its owner asks
    cause: Cause | None = None  # why the last delivery released it

    @property
    def until(self) -> float:
        """When it expires."""
        return self.since + settings.current().lease(self.tier)


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
        self._taken = self._began = taken
        self._length = settings.current().lease(claim.job.tier)
        self.asked = False  # whether this delivery has asked the model
        self.paid_calls: list[str] = []  # models of its calls that may have cost money
        self.first = first  # no delivery is known to have held it before
        self._last = last  # kept until this delivery ends

    @property
    def attempt(self) -> int:
        """1, and one more for each process that died or stalled over this job."""
        return self._claim.attempt

    @property
    def owner(self) -> str:
        """The token of this process's claim."""
        return self._claim.owner

    def outlive(self, span: float) -> None:
        """Renew the lease if it expires within `span` seconds. Raises Busy if it was lost."""
        if span >= self._length:
            raise ValueError(f"LEASE_SECONDS must be more than the {span:g} s of one step")
        if time.monotonic() + span < self._taken + self._length:
            return
        taken = time.monotonic()
        claim = replace(self._claim, renewed=self._claim.renewed + 1)
        generation = claim.write(self._generation, self._last)
        if generation is None:
            raise Busy("the lease ran out and another delivery took it")
        self._claim, self._generation, self._taken = claim, generation, taken

    @property
    def is_alone(self) -> bool:
        """Whether no other delivery can have asked the model for this job.

        So it is while the first one holds its lease, once the ledger took its first line.
        """
        return self.first and time.monotonic() < self._taken + self._length

    def lasts(self, span: float) -> bool:
        """Whether a step of that length ends before the lease would have, unrenewed.

        A delivery that outlasts it is given up by the queue, and its process may be stopped.
        """
        return time.monotonic() + span < self._began + self._length

    def heed_tombstones(self) -> None:
        """Raises Erased if a photo of the job was erased since the lease ran out.

        Until then whoever erases it waits for the end of the lease.
        """
        if not self.lasts(0.0):
            tombstones.heed(self._claim.job)

    def release(self, cause: Cause | None) -> None:
        """Release the lease for the next delivery, unless it was lost."""
        replace(self._claim, released=True).write(self._generation, cause)


def seen(job: Job) -> Seen | None:
    """The lease of a job, or None: it was never taken, or the job has ended."""
    stored = STATE.get(naming.lease(job.key))
    if stored is None:
        return None
    claim = _claim_in(stored, job)
    cause = Cause.shown(stored.metadata)
    return Seen(claim.attempt, claim.released, stored.updated, claim.job.tier, cause)


def is_held(job: Job) -> bool:
    """Whether a worker has the job, as far as its lease says."""
    last = seen(job)
    return last is not None and not last.released and time.time() < last.until


def holder(key: str) -> tuple[str, float] | None:
    """The owner of the lease of that job's key, and when it expires; None if nobody holds it."""
    stored = STATE.get(naming.lease(key))
    if stored is None or stored.metadata.get("released") == "1":
        return None
    until = stored.updated + settings.current().lease(stored.metadata.get("tier", ""))
    if until <= time.time():
        return None
    try:
        return Claim.read(stored.body).owner, until
    except BadEvent:
        return "", until


def why(job: Job) -> str:
    """Why the last delivery did not end the job, in a sentence; empty if not known."""
    last = seen(job)
    return f"The last time: {last.cause.sentence}." if last and last.cause else ""


def ensure(job: Job, queued: int = 0) -> None:
    """Create a released lease unless the job has a lease.

    It leads the sweep to the record of a job that ends without a worker, if it is not announced.
    """
    Claim(owner=uuid4().hex, job=job, released=True, queued=queued).write(0)


def waits(job: Job, error: Exception) -> bool:
    """Whether no worker has the job; then its lease shows why it waits.

    A job without a lease gets one: so the sweep does not take it for lost. One request, or three
    the first time. Raises Erased.
    """
    shown = STATE.about(naming.lease(job.key))
    if shown is None:
        Claim(owner=uuid4().hex, job=job, released=True).write(0, Cause.of(error))
        tombstones.heed(job)
        return True
    return shown.metadata.get("released") == "1"


def park(job: Job, error: Exception) -> bool:
    """Leave the job with its lease alone, which shows why: who ends the cause queues it again.

    False while a worker has the job, or another delivery changes the lease. An expired one counts
    as an attempt, as when a worker takes it over. One that shows the cause already stays. Raises
    Erased.
    """
    stored = STATE.get(naming.lease(job.key))
    if stored is None:
        claim, generation = Claim(owner="", job=job), 0
    else:
        claim, generation = _claim_in(stored, job), stored.generation
        if claim.released and Cause.shown(stored.metadata) == Cause.of(error):
            return True
        if not claim.released:
            if time.time() < stored.updated + settings.current().lease(claim.job.tier):
                return False
            claim = replace(claim, attempt=claim.attempt + 1)
    parked = replace(claim, owner=uuid4().hex, released=True)
    is_left = parked.write(generation, Cause.of(error)) is not None
    tombstones.heed(job)
    return is_left


def drop(job: Job) -> None:
    """Delete the lease of a job unless a worker holds it: nothing is to be done for the job."""
    shown = STATE.about(naming.lease(job.key))
    if shown and shown.metadata.get("released") == "1":
        STATE.delete_all([shown])


@contextmanager
def held(job: Job) -> Iterator[Lease]:
    """Hold the lease of a job; it is released if the block raises, and kept otherwise.

    Raises Busy if another delivery holds it, and Failed once too many have died over the job.
    """
    lease = _take(job)
    try:
        yield lease  # the terminal record that follows replaces the lock
    except BaseException as error:
        lease.release(Cause.of(error))
        raise


def _take(job: Job) -> Lease:
    taken = time.monotonic()
    claim = Claim(owner=uuid4().hex, job=job)
    stored = claim.create()
    if stored is None:
        raise Busy("the lease changed hands just now")
    if stored.body != claim.body:
        return _take_over(claim, stored, taken)
    return Lease(claim, stored.generation, taken, first=True)


def _take_over(claim: Claim, stored: Stored, taken: float) -> Lease:
    last = _claim_in(stored, claim.job)
    if last.released:
        claim = replace(claim, attempt=last.attempt, queued=last.queued)
    elif stored.updated + settings.current().lease(last.job.tier) < time.time():
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
    """The claim in a lease. One that cannot be read holds the job until it expires."""
    try:
        return Claim.read(stored.body)
    except BadEvent as why:
        log.warning("cannot read the lease of job %s: %s", job.key, why)
        return Claim(owner="", job=job)
