"""A claim on a job: the content of its lease.

Leases share a prefix: one listing shows every job that was begun and not yet announced.
"""

from dataclasses import dataclass
from typing import Self

from shared import codec, naming
from shared.border.storage import STATE, Stored
from shared.errors import BadEvent
from shared.jobs.cause import Cause
from shared.messages import events
from shared.model import Job


@dataclass(frozen=True, slots=True)
class Claim:
    """Which process works on which job; none, if it is released."""

    owner: str
    job: Job
    attempt: int = 1
    renewed: int = 0  # makes every write of one owner different
    released: bool = False
    queued: int = 0  # times a sweep has queued the job

    def write(self, generation: int, cause: Cause | None = None) -> int | None:
        """Compare-and-swap the lease, if it still has this generation (0: there must be none).

        Returns the new generation, or None if another writer came first. `cause` is what
        kept the last delivery from ending the job, if known.
        """
        name = naming.lease(self.job.key)
        return STATE.swap(name, self.body, generation, self._shown(cause))

    def create(self) -> Stored | None:
        """Create the lease unless there is one; returns the stored one, None if it vanished."""
        return STATE.claim(naming.lease(self.job.key), self.body, self._shown(None))

    @property
    def body(self) -> bytes:
        """The content of the lease; no other delivery writes the same."""
        return codec.encode(self)

    def _shown(self, cause: Cause | None) -> dict[str, str]:
        """The metadata of a lease: the job, its state, and why it waits."""
        job, first = self.job, self.job.images[0]
        return {
            "queued": str(self.queued),
            "released": "1" if self.released else "0",
            "task": job.task,
            "model": str(job.request.get("model", "")),
            "tier": job.tier,
            "bucket": first.bucket,
            "name": first.name,
            "generation": str(first.generation),
            **({"recipe": naming.recipe(job.recipe)} if job.recipe else {}),
            **(cause.metadata() if cause else {}),
        }

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The claim in a lease. Raises BadEvent."""
        try:
            claim = codec.decode(body, cls)
            events.checked(claim.job)
        except ValueError as error:
            raise BadEvent(f"not a lease: {error}") from error
        return claim
