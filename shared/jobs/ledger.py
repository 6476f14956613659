"""The ledger: one line per paid call, written before the call is made.

A line means that money may have been spent. It is marked afterwards if the service refused the
call, or if no answer came; if the process died in between, it stays unmarked.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

from shared import codec, naming
from shared.border.storage import STATE
from shared.errors import Busy, Late, PhotoRefused, Throttled, Unavailable, Unpaid
from shared.jobs.lease import Lease
from shared.model import Job

CALLS = "calls/"
SHADOW = "shadow-call.json"


@dataclass(frozen=True, slots=True)
class Line:
    """The content of calls/{n}.json; n is the time in milliseconds, or 0.

    0 is the first call of a job's first delivery. A delivery that finds no lease, because the job
    ended long ago, cannot write it again: so it need not look for what earlier ones have kept.
    """

    model: str
    turn: int  # 0 for the first question, 1 and 2 for an unreadable answer asked again
    attempt: int
    owner: str
    unpaid: str | None = None  # why nothing was charged
    throttled: bool = False  # because of a rate limit or a quota
    down: bool = False  # because the model was overloaded or unreachable
    refused: bool = False  # because of the photo itself
    lost: str | None = None  # why the answer did not come, if the process lived to record it
    reserved: str = ""  # the place of what was reserved of the budget
    at: float = 0.0  # when the call was made, in seconds since the epoch

    @property
    def turned_down(self) -> bool:
        """Whether the service had no room for the call; nothing was wrong with it."""
        told = self.unpaid or ""  # earlier versions did not set `throttled`
        return self.throttled or self.down or "(429)" in told or "quota for today" in told


@contextmanager
def call(job: Job, model: str, turn: int, lease: Lease, reserved: str = "") -> Iterator[None]:
    """Write a line around a paid call, and mark it if the call fails."""
    now = time.time()
    line = Line(model, turn, lease.attempt, lease.owner, reserved=reserved, at=now)
    first = lease.first and not lease.asked
    name = naming.state(job, f"{CALLS}{0 if first else int(now * 1000)}.json")
    try:
        with _around(name, line):
            lease.asked = True
            yield
    except Late:
        lease.paid_calls.append(model)
        raise
    lease.paid_calls.append(model)


@contextmanager
def shadow_call(job: Job, model: str, reserved: str) -> Iterator[None]:
    """The same around the one call of a job's shadow: its line is not among the job's own.

    Raises Busy if there is one already.
    """
    line = Line(model, 0, 1, uuid4().hex, reserved=reserved, at=time.time())
    with _around(naming.state(job, SHADOW), line):
        yield


@contextmanager
def _around(name: str, line: Line) -> Iterator[None]:
    generation = STATE.swap(name, codec.encode(line), 0)
    if generation is None:
        raise Busy("another delivery has called the model, or calls it in the same millisecond")
    try:
        yield
    except (Unpaid, Late) as why:
        STATE.swap(name, codec.encode(_marked(line, why)), generation)
        raise


def _marked(line: Line, why: Unpaid | Late) -> Line:
    sentence = str(why)[:300]
    if isinstance(why, Late):
        return replace(line, lost=sentence)
    return replace(
        line,
        unpaid=sentence,
        throttled=isinstance(why, Throttled),
        down=isinstance(why, Unavailable),
        refused=isinstance(why, PhotoRefused),
    )


def lines(job: Job) -> list[Line]:
    """The calls of all deliveries of this job, in order."""
    return [_line(body) for body in STATE.read_all(naming.state(job, CALLS))]


def begun(job: Job) -> float | None:
    """When the first call of a job was made, in seconds since the epoch; None before it."""
    prefix = naming.state(job, CALLS)
    first = next((each.name for each in STATE.listing(prefix)), None)
    if first is None:
        return None
    number = int(first.removeprefix(prefix).removesuffix(".json"))
    return number / 1000 if number else _line(STATE.read(first) or b"").at


def _line(body: bytes) -> Line:
    """A line; one that cannot be read counts as a call that may have been charged."""
    try:
        return codec.decode(body, Line)
    except ValueError:
        return Line("", 0, 1, "")


def paid_calls(job: Job) -> tuple[str, ...]:
    """The models of the calls that may have cost money, over all deliveries of this job."""
    return tuple(line.model for line in lines(job) if line.unpaid is None)


def times_down(job: Job, model: str) -> int:
    """How often this model was down when this job asked it."""
    return sum(line.down and line.model == model for line in lines(job))
