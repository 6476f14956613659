"""How far a job has come that has not ended, as far as others can tell."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shared import naming
from shared.border.storage import STATE, Listed
from shared.jobs import kept, ledger
from shared.jobs.lease import Seen
from shared.model import Job

Step = Literal["queued", "reading", "asking", "answered", "writing", "ended"]


@dataclass(frozen=True, slots=True)
class Reached:
    """The step of a job, and since when, in seconds since the epoch."""

    step: Step
    since: float
    answered: bool  # whether an answer is kept


def of(job: Job, held: Seen | None, queued: float) -> Reached:
    """The step, in one request; `held` is the lease, `queued` when the job was queued at first."""
    listed = STATE.listing(naming.state(job, ""))
    return reached(naming.state(job, ""), listed, held, queued)


def reached(prefix: str, listed: Iterable[Listed], held: Seen | None, queued: float) -> Reached:
    """The step by the job's state objects.

    A worker reads the photo until the first call, and writes once an answer is the latest there is.
    """
    own = [(each.updated, each.name.removeprefix(prefix)) for each in listed]
    answers = [updated for updated, name in own if name.startswith(kept.PREFIX)]
    calls = [updated for updated, name in own if name.startswith(ledger.CALLS)]
    last_answer, last_call = max(answers, default=0.0), max(calls, default=0.0)
    is_newest = bool(answers) and last_answer >= last_call
    if held is None or held.released or held.until <= time.time():
        if is_newest:
            return Reached("answered", last_answer, answered=True)
        return Reached("queued", held.since if held else queued, bool(answers))
    if is_newest:
        return Reached("writing", last_answer, answered=True)
    if calls:
        return Reached("asking", last_call, bool(answers))
    return Reached("reading", held.since, answered=False)
