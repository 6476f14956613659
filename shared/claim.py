"""A claim on a job: what its lease says.

Leases lie together, by key, so that one listing shows every job that was begun and is not yet told.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from shared import events, naming, storage
from shared.model import Job


@dataclass(frozen=True, slots=True)
class Claim:
    """Who works on which job; nobody, if it is released."""

    owner: str
    job: Job
    attempt: int = 1
    renewed: int = 0  # makes every write of one owner unlike the last
    released: bool = False
    queued: int = 0  # times a sweep has queued the job

    def write(self, generation: int) -> int | None:
        """Make it the lease, if that is still of this generation (0: there must be none).

        Returns the new generation, or None if another writer came first.
        """
        body = json.dumps(asdict(self), sort_keys=True).encode()
        name = naming.lease(self.job.key)
        return storage.swap(name, body, generation, {"queued": str(self.queued)})

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The claim in a lease. Raises BadEvent if its job is none."""
        fields: dict[str, Any] = json.loads(body)
        job = events.decode_job(json.dumps(fields.pop("job")).encode())
        return cls(job=job, **fields)
