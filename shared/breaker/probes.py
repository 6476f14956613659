"""Probes: one job at a time is let through a brake of the breaker, to see if its sign is gone.

The brake object itself says which job it is: whoever swaps it first may go on.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from shared import settings
from shared.breaker.tripping import longer
from shared.model import Job
from shared.spending import brakes
from shared.spending.brakes import Brake

Outcome = Literal["passed", "failed", "unknown"]
PASSES = 2  # probes in a row after which calls are no longer failing
_AGAIN = 5.0  # seconds after a probe without an outcome


def is_open(brake: Brake) -> bool:
    """Whether calls succeed again, and only the end of the pause is to come."""
    return brake.sign == "failures" and brake.passed >= PASSES


def is_over(brake: Brake, now: float) -> bool:
    """Whether the sign is gone: after a loop's probe nothing came back for a whole cool-down."""
    if brake.sign == "failures":
        return brake.passed >= PASSES
    return brake.sign in ("loop", "records") and brake.passed > 0 and now >= brake.probe_at


def is_due(brake: Brake, now: float) -> bool:
    """Whether a probe may begin."""
    return now >= brake.probe_at and now >= brake.probe_until


def begin(brake: Brake, job: Job) -> bool:
    """Whether the job is let through as a probe."""
    now = time.time()
    if brake.sign == "uploads" or (now < brake.probe_at and brake.probe != job.key):
        return False

    def mine(last: Brake) -> Brake | None:
        if last.id != brake.id or (last.suspects and job.key not in last.suspects):
            return None
        if last.probe != job.key and not is_due(last, now):
            return None
        until = now + settings.current().lease(job.tier)
        return replace(last, probe=job.key, probe_until=until)

    return brakes.revise(brake.scope, mine) is not None


def end(brake: Brake, job: Job, outcome: Outcome) -> None:
    """Write down what became of a probe."""
    now = time.time()
    _revise(brake, lambda last: _ended(last, outcome, now) if last.probe == job.key else None)


def came_back(brake: Brake, job: Job) -> None:
    """The sign is there again after a probe that passed: that job is the next one to be asked."""
    now = time.time()
    _revise(
        brake,
        lambda last: (
            replace(_ended(last, "failed", now), suspects=(job.key,)) if last.passed else None
        ),
    )


def delay(brake: Brake) -> None:
    """The sign is there still: look again after a longer cool-down."""
    now = time.time()
    _revise(brake, lambda last: _ended(last, "failed", now))


def skip(brake: Brake) -> None:
    """None of the suspects waits: there is nothing to probe with."""
    now = time.time()
    _revise(brake, lambda last: _ended(last, "passed", now) if is_due(last, now) else None)


def _revise(brake: Brake, change: Callable[[Brake], Brake | None]) -> None:
    brakes.revise(brake.scope, lambda last: change(last) if last.id == brake.id else None)
    brakes.look_again()


def _ended(brake: Brake, outcome: Outcome, now: float) -> Brake:
    free = replace(brake, probe="", probe_until=0.0)
    if outcome == "unknown":
        return replace(free, probe_at=now + _AGAIN)
    if outcome == "failed":
        cooldown = longer(brake.cooldown)
        return replace(free, passed=0, cooldown=cooldown, probe_at=now + cooldown)
    wait = 0.0 if brake.sign == "failures" else brake.cooldown
    return replace(free, passed=brake.passed + 1, probe_at=now + wait)
