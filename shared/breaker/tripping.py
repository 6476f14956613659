"""Pulls the brake, and says so in the log."""

import logging
import time
from collections.abc import Sequence

from shared import settings
from shared.border import logs
from shared.spending import brakes
from shared.spending.brakes import Brake, Scope, Sign

LONGEST = 3600.0  # seconds between two probes
_MOST = 20  # suspects


def trip(scope: Scope, sign: Sign, reason: str, count: int, suspects: Sequence[str] = ()) -> Brake:
    """Put a brake in force, unless there is one; returns the new one, or what it would be."""
    now, cooldown = time.time(), settings.current().breaker_cooldown_seconds
    last = brakes.last_end(scope)
    if last and last.by == "breaker" and now - last.at < LONGEST:
        cooldown = longer(last.brake.cooldown)  # it came back
    brake = Brake(
        reason,
        now,
        scope.recipe,
        scope.prefix,
        by="breaker",
        sign=sign,
        cooldown=cooldown,
        probe_at=now + cooldown,
        suspects=tuple(suspects[:_MOST]),
    )
    if brakes.pull(brake):
        line = f"the breaker tripped. {_without_names(scope)} is paused: {reason}"
        logs.log("breaker_tripped", line, logging.ERROR, sign=sign, scope=scope.id, count=count)
    brakes.look_again()
    return brake


def longer(cooldown: float) -> float:
    """The next cool-down after one in vain."""
    return min(2 * cooldown, max(LONGEST, cooldown))


def _without_names(scope: Scope) -> str:
    """What it holds, for a log, which has no names of uploads."""
    return "All work on a folder" if scope.prefix else scope.what
