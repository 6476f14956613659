"""The state of each backfill that was started, and its cap.

Whoever works on a job of a backfill looks here first: the job goes on only while its backfill runs.
What its calls cost is summed up in shards, as a day is (shared/spending/shards.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args
from uuid import uuid4

from shared import codec, naming
from shared.border.storage import STATE
from shared.errors import Parked
from shared.spending import shards

Status = Literal["running", "paused", "stopped", "cancelled", "finished"]
Announce = Literal["each", "summary", "none"]  # which webhooks it sends
_FULL = "its cap is reached"
_ENDED = frozenset[str]({"cancelled", "finished"})


@dataclass(frozen=True, slots=True)
class Run:
    """A backfill under way: the object plans/{id}/run.json. Times: seconds since the epoch."""

    plan: str
    status: Status
    per_minute: float
    max_usd: float
    announce: Announce = "each"
    why: str = ""  # why it stopped
    credit: float = 0.0  # jobs that may be queued now
    ticked: float = 0.0
    released: int = 0  # jobs of the plan that were queued or passed over, from the first on
    collected: int = 0  # jobs of the plan that have ended
    counts: Mapping[str, int] = field(default_factory=dict)  # of the collected, by outcome
    paid_calls: int = 0
    full: float = 0.0  # since when all of the cap is spent or reserved; 0: it is not
    write: str = ""  # makes every write different

    @property
    def quiet(self) -> bool:
        """Whether its results are not sent to webhooks."""
        return self.announce != "each"

    @property
    def has_ended(self) -> bool:
        """Whether nothing can make it go on."""
        return self.status in _ENDED


def find(plan: str) -> Run | None:
    """The state of a backfill; None if it was never started."""
    body = STATE.read(_name(plan))
    return None if body is None else codec.decode(body, Run)


def start(run: Run) -> bool:
    """Create the state of a backfill; False if it was started before."""
    return STATE.swap(_name(run.plan), *_written(run, 0)) is not None


def revise(plan: str, change: Callable[[Run], Run | None]) -> Run | None:
    """Change the state of a backfill, whoever else does; `change` returns None to leave it.

    Returns what is stored then; None if it was never started.
    """
    while stored := STATE.version(_name(plan)):
        last = codec.decode(stored.body, Run)
        new = change(last)
        if new is None:
            return last
        if STATE.swap(_name(plan), *_written(new, stored.generation)) is not None:
            return new
    return None


def heed(plan: str) -> None:
    """Raises Parked unless the backfill runs, or has done all of its work."""
    status, _ = _shown(plan)
    if status not in {"running", "finished"}:
        raise Parked(f"the backfill {plan} is {status or 'gone'}")


def cap(plan: str) -> float:
    """The most that a backfill may cost, in USD; 0 for one that is gone."""
    return _shown(plan)[1]


def spent(plan: str) -> float:
    """USD that its calls cost so far, with what is reserved for calls under way."""
    return shards.spent(account(plan))


def settled(plan: str) -> float:
    """The same without what is reserved."""
    return shards.settled(account(plan))


def account(plan: str) -> str:
    """The name under which the cost of a backfill is summed up."""
    return f"plan-{plan}"


def stop(plan: str, why: str) -> Run | None:
    """Stop a running backfill; the operator may let it go on."""
    return revise(plan, lambda run: _stopped(run, why))


def stop_if_full(plan: str, usd: float) -> bool:
    """Stop a running backfill whose cap is no more than that; returns whether it goes on.

    The cap counts as it is now: the operator may have raised it since the caller looked.
    """
    run = revise(plan, lambda run: _stopped(run, _FULL) if run.max_usd <= usd else None)
    return run is not None and run.status == "running"


def _stopped(run: Run, why: str) -> Run | None:
    return replace(run, status="stopped", why=why) if run.status == "running" else None


def _shown(plan: str) -> tuple[Status | None, float]:
    """Status and cap by the object's metadata: one request, and no body."""
    stored = STATE.about(_name(plan))
    status = stored.metadata.get("status") if stored else None
    known = next((each for each in get_args(Status) if each == status), None)
    return known, float(stored.metadata.get("max_usd", 0.0)) if stored else 0.0


def _written(run: Run, generation: int) -> tuple[bytes, int, dict[str, str]]:
    mine = replace(run, write=uuid4().hex)
    shown = {"status": run.status, "max_usd": str(run.max_usd)}
    return codec.encode(mine), generation, shown


def _name(plan: str) -> str:
    return naming.plan(plan, "run.json")
