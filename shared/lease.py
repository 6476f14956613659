"""Who may work on a job: one delivery at a time, for a while.

The lease is a state object with its owner's token. It is taken by creating it, by swapping a
released one, or by swapping one whose time is up. Only the last counts as an attempt: it means
that a process died or stalled over this job. A clean release does not, so that an hour of rate
limiting ends nothing.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from uuid import uuid4

from shared import naming, storage
from shared.errors import Busy, Failed
from shared.model import Job

ATTEMPTS = 5


def seconds() -> float:
    """How long a lease lasts: above a worker's own deadline, below the queue's of 600 s."""
    return float(os.environ.get("LEASE_SECONDS", "180"))


@dataclass(frozen=True, slots=True)
class _Claim:
    """The content of lease.json."""

    owner: str
    attempt: int = 1
    renewed: int = 0  # makes every write of one owner unlike the last
    released: bool = False

    def encode(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


class Lease:
    """A lease that this process holds."""

    def __init__(self, name: str, claim: _Claim, generation: int, taken: float) -> None:
        self._name = name
        self._claim = claim
        self._generation = generation
        self._taken = taken

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
        if span >= seconds():
            raise ValueError(f"LEASE_SECONDS must be more than the {span:g} s of one step")
        if time.monotonic() + span < self._taken + seconds():
            return
        taken = time.monotonic()
        claim = replace(self._claim, renewed=self._claim.renewed + 1)
        generation = storage.swap(self._name, claim.encode(), self._generation)
        if generation is None:
            raise Busy("the lease ran out and another delivery took it")
        self._claim, self._generation, self._taken = claim, generation, taken

    def release(self) -> None:
        """Let the next delivery start at once. A lease that was lost is left to its new owner."""
        released = replace(self._claim, released=True)
        storage.swap(self._name, released.encode(), self._generation)


@contextmanager
def held(job: Job) -> Iterator[Lease]:
    """The lease of a job; released if the block raises, kept if it ends well.

    Raises Busy if another delivery holds it, and Failed once too many have died over the job.
    """
    lease = _take(naming.state(job, "lease.json"))
    with ExitStack() as undo:
        undo.callback(lease.release)
        yield lease
        undo.pop_all()  # the terminal record that follows is a better lock than any lease


def _take(name: str) -> Lease:
    taken = time.monotonic()
    claim = _Claim(owner=uuid4().hex)
    generation = storage.swap(name, claim.encode(), 0)
    if generation is None:
        claim, generation = _take_over(name, claim)
    return Lease(name, claim, generation, taken)


def _take_over(name: str, claim: _Claim) -> tuple[_Claim, int]:
    stored = storage.state(name)
    if stored is None:
        raise Busy("the lease changed hands just now")
    last = _Claim(**json.loads(stored.body))
    if last.released:
        claim = replace(claim, attempt=last.attempt)
    elif stored.updated + seconds() < time.time():
        claim = replace(claim, attempt=last.attempt + 1)
    else:
        raise Busy("another delivery is working on this job")
    if claim.attempt > ATTEMPTS:
        raise Failed(
            "attempts_exhausted",
            f"The process died or stalled over this photo {ATTEMPTS} times; it is not tried again.",
        )
    generation = storage.swap(name, claim.encode(), stored.generation)
    if generation is None:
        raise Busy("another delivery took the lease first")
    return claim, generation
