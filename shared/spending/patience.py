"""How long nobody calls a model after a 429, and whose turn it is then; pure.

A 429 that names no time starts a patience of our own: 5 seconds, twice as many at each 429 that
follows, up to 5 minutes. A call that succeeds begins it anew: there was room, so the long wait was
wrong. So does a rest of a minute (or of the last patience, if that is longer) without a 429.

A 429 now and then among many answers is no reason to stop: only the job that got it waits. What
counts is *pressure*, which each process keeps of its own calls: it is high after four 429s in a
row, or at once if the process has made no call yet.

While calls are refused, jobs that were queued before the *bar* go first. It moves on at a speed
that it learned, and faster the longer calls are not refused; each 429 takes back half of its way.
So it settles where as many jobs are let through as the model takes: about first in, first out.
Without a 429 it soon reaches the present: no job gives way for ever.
"""

import math
from dataclasses import dataclass, replace

FIRST = 5.0  # seconds
LONGEST = 300.0
_REST = 60.0  # seconds without a 429 after which the patience begins anew, at least
_KEPT = 0.5  # share of its way that the bar keeps at a 429
_HASTE = 40.0  # the bar gains t * t / _HASTE seconds in t seconds in which calls are allowed
_SLOWEST = 0.01  # speed of the bar
_MEMORY = 300.0  # seconds in which the speed forgets about two thirds of what it was


UNKNOWN = 0.5  # the pressure before the first call
_PRESSED = 0.6
_LATEST = 0.25  # weight of the latest call in the pressure


def pressure(last: float, *, refused: bool) -> float:
    """The pressure after another call: a moving average of the share of 429s, 0 to 1."""
    return (1 - _LATEST) * last + _LATEST * refused


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit, as it is kept. Times are seconds since the epoch."""

    until: float
    why: str
    cause: str = ""
    wait: float = 0.0  # our own patience; 0: the service named the time, or a call succeeded since
    written: float = 0.0
    opened: float = 0.0  # when the limit before this one ended
    bar: float = 0.0  # jobs that were queued later give way; 0: none do
    speed: float = 1.0  # of the bar, in seconds of queueing a second: learned, up to 1

    def holds(self, now: float) -> bool:
        """Whether nobody calls the model."""
        return now < self.until

    def gives_way(self, queued: float, now: float) -> bool:
        """Whether a job that was queued then leaves the calls of this moment to older ones."""
        return self.bar > 0 and queued > min(now, self.reach(now))

    def reach(self, now: float) -> float:
        """Where the bar is by now."""
        since, allowed = max(0.0, now - self.written), max(0.0, now - self.until)
        return self.bar + self.speed * since + allowed * allowed / _HASTE

    def turn(self, queued: float, now: float) -> float:
        """About when the bar reaches a job that was queued then."""
        return max(self.until, now + max(0.0, queued - self.reach(now)) / self.speed)


def refused(
    last: Limit | None,
    told: Limit,
    began: float,
    now: float,
    lot: float,
    pressed: float = 1.0,
) -> Limit | None:
    """The limit after a 429 to a call that began then; None if there is none, or none that is new.

    `told` is what the service said; its `until` has passed if it named no time. `lot` is a random
    factor around 1, `pressed` the pressure with this 429.
    """
    if told.until > now:
        limit = replace(told, wait=0.0)
    elif pressed < _PRESSED:
        return None
    elif last and began < last.written:
        return None  # the call was made before the limit was known
    else:
        wait = _grown(last, now)
        limit = replace(told, until=now + wait * lot, wait=wait)
    if last and last.until >= limit.until:
        return None
    if pressed < _PRESSED:
        kept = last or limit  # with its bar
        return replace(kept, until=told.until, why=told.why, cause=told.cause, wait=0.0)
    if last is None:
        return replace(limit, written=now, bar=now)
    bar, speed = _taken_back(last, now)
    return replace(limit, written=now, opened=last.until, bar=bar, speed=speed)


def succeeded(last: Limit | None, began: float) -> Limit | None:
    """The limit after a call that began then and succeeded; None if it changes nothing."""
    if last is None or not last.wait or began < last.opened:
        return None
    return replace(last, wait=0.0)


def _grown(last: Limit | None, now: float) -> float:
    if last is None or not last.wait or now > last.until + max(_REST, last.wait):
        return FIRST
    return min(2 * last.wait, LONGEST)


def _taken_back(last: Limit, now: float) -> tuple[float, float]:
    """The bar and its speed after a 429: an average of its speeds, weighted by their time."""
    span = now - last.written
    if not last.bar or span <= 0:
        return last.bar or now, last.speed
    bar = min(now, last.bar + (last.reach(now) - last.bar) * _KEPT)
    weight = 1 - math.exp(-span / _MEMORY)
    speed = last.speed + ((bar - last.bar) / span - last.speed) * weight
    return bar, min(1.0, max(_SLOWEST, speed))
