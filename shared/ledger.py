"""The ledger: one line per paid call, written before the call is made.

A line says that money may have been spent. If the service turned the call down it is marked so;
if the process died in between, or the answer never came, it stays as it is.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from shared import naming, storage
from shared.errors import Busy, Unpaid
from shared.lease import Lease
from shared.model import Job


@dataclass(frozen=True, slots=True)
class _Line:
    """The content of calls/{n}.json; n is the time in milliseconds."""

    model: str
    turn: int  # 0 for the first question, 1 and 2 for an unreadable answer asked again
    attempt: int
    owner: str
    unpaid: str | None = None  # why nothing was charged

    def encode(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


@contextmanager
def call(job: Job, turn: int, lease: Lease) -> Iterator[None]:
    """A line in the ledger around a paid call."""
    line = _Line(job.request["model"], turn, lease.attempt, lease.owner)
    name = naming.state(job, f"calls/{time.time_ns() // 1_000_000}.json")
    generation = storage.swap(name, line.encode(), 0)
    if generation is None:
        raise Busy("another delivery asks the model this very millisecond")
    try:
        yield
    except Unpaid as why:
        storage.swap(name, replace(line, unpaid=str(why)[:300]).encode(), generation)
        raise


def paid_calls(job: Job) -> int:
    """How many calls of this job may have cost money, over all its deliveries."""
    lines = storage.states(naming.state(job, "calls/"))
    return sum(_Line(**json.loads(line)).unpaid is None for line in lines)
