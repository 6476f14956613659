"""How long jobs wait for a model with a quota: a simulated day, without sleeping.

The queue delivers a refused message again after 10 seconds, twice as many each time, up to 600, as
Pub/Sub does. Workers have slots; the model takes a number of calls in each minute of the clock, and
refuses the rest without saying for how long. What a worker does after a refusal, whose turn it is,
and when a job is queued anew are the product's own functions (shared/spending/patience.py and
shared/jobs/queue.py); `old` is a model of the rules before them: nothing is remembered, and the
hundredth refusal ends a job as failed.
"""

import heapq
import random
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from prove.report import Part, say
from shared.jobs.queue import FIRST_BACKOFF, LONGEST_BACKOFF, Queued
from shared.spending import patience
from shared.spending.patience import Limit

QUOTA = 60  # calls a minute
_PROCESSES = 20
_SLOTS = 8 * _PROCESSES
_CALL = 6.0  # seconds
_BEFORE = 1.0  # seconds of lease, download and decode before a call
_DELIVERIES = 100  # of a message, before it becomes a dead letter
_MINUTE = 60.0
_HOUR = 3600.0
Rules = Literal["old", "new"]
_Step = Literal["delivered", "asked", "answered"]


@dataclass(frozen=True, slots=True)
class Waited:
    """What came of one load."""

    waits: tuple[float, ...]  # seconds from queueing to the answer, sorted
    failed: int
    deliveries: int
    refusals: int  # 429s of the model
    queued_anew: int
    ended: float

    def share(self, part: float) -> float:
        """The wait that this share of the jobs did not exceed."""
        return self.waits[min(len(self.waits) - 1, int(part * len(self.waits)))]


@dataclass(slots=True)
class _World:
    queued: Sequence[float]
    rules: Rules
    lots: random.Random
    most: int  # deliveries of a message
    events: list[tuple[float, int, int, float, _Step]] = field(default_factory=list)
    free: int = _SLOTS
    pressures: list[float] = field(default_factory=lambda: [patience.UNKNOWN] * _PROCESSES)
    luck: float = 0.0  # share of 429s whatever the quota says
    line: deque[tuple[int, int]] = field(default_factory=deque)  # pushes that wait for a slot
    limit: Limit | None = None
    calls: Counter[int] = field(default_factory=Counter)  # by minute
    published: list[float] = field(default_factory=list)  # of each job's message
    waits: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    ended: float = 0.0

    def at(self, moment: float, job: int, attempt: int, step: _Step, began: float = 0.0) -> None:
        heapq.heappush(self.events, (moment, job, attempt, began, step))

    def delivered(self, now: float, job: int, attempt: int) -> None:
        """A push: it waits for a slot, is turned back, or calls the model."""
        if not self.free:
            self.line.append((job, attempt))
            return
        self.counts["deliveries"] += 1
        limit = self.limit
        if limit and limit.gives_way(self.queued[job], now):
            turn = limit.turn(self.queued[job], now)
            if Queued(self.queued[job], self.published[job]).misses(turn, now):
                self.counts["queued_anew"] += 1
                self.published[job] = now
                self.at(now, job, 1, "delivered")
            else:
                self._nacked(now, job, attempt)
            return
        if limit and limit.holds(now):
            self._nacked(now, job, attempt)
            return
        self.free -= 1
        self.at(now + _BEFORE, job, attempt, "asked", now + _BEFORE)

    def asked(self, now: float, job: int, attempt: int) -> None:
        """A call: within the quota of its minute it is answered, else refused."""
        minute = int(now // _MINUTE)
        limited = self.limit is not None and self.limit.holds(now)  # fallback.ask looks again
        unlucky = self.luck > 0 and self.lots.random() < self.luck
        if not limited and not unlucky and self.calls[minute] < QUOTA:
            self.calls[minute] += 1
            self.at(now + _CALL, job, attempt, "answered", now)
            return
        if not limited:
            self.counts["refusals"] += 1
        if not limited and self.rules == "new":
            lot, felt = self.lots.uniform(0.8, 1.2), self._felt(refused=True)
            told = Limit(now, "")
            self.limit = patience.refused(self.limit, told, now, now, lot, felt) or self.limit
        self._nacked(now, job, attempt)
        self._left(now)

    def answered(self, now: float, job: int, began: float) -> None:
        """The end of a job."""
        self.waits.append(now - self.queued[job])
        self.ended = now
        self._felt(refused=False)
        self.limit = patience.succeeded(self.limit, began) or self.limit
        self._left(now)

    def _felt(self, *, refused: bool) -> float:
        """The pressure of the process that made the call; any of them may have."""
        mine = self.lots.randrange(_PROCESSES)
        self.pressures[mine] = patience.pressure(self.pressures[mine], refused=refused)
        return self.pressures[mine]

    def _left(self, now: float) -> None:
        """A slot is free for those that wait for one."""
        self.free += 1
        while self.line and self.free:
            self.delivered(now, *self.line.popleft())

    def _nacked(self, now: float, job: int, attempt: int) -> None:
        if attempt >= self.most and self.rules == "old":
            self.counts["failed"] += 1
            return
        if attempt >= self.most:
            attempt = 0  # dead_letter queues it again
            self.published[job] = now
        doubled = FIRST_BACKOFF * 2.0 ** max(0, min(attempt, 10) - 1)
        wait = min(LONGEST_BACKOFF, doubled) * self.lots.uniform(0.9, 1.1)
        self.at(now + wait, job, attempt + 1, "delivered")


def simulated(
    queued: Sequence[float],
    rules: Rules,
    seed: int = 1,
    deliveries: int = _DELIVERIES,
    luck: float = 0.0,
) -> Waited:
    """The waits of jobs that were queued at these times; a message has so many deliveries.

    This share of calls gets a 429 by bad luck, with room in the quota.
    """
    lots = random.Random(seed)
    world = _World(queued, rules, lots, deliveries, published=[*queued], luck=luck)
    for job, moment in enumerate(queued):
        world.at(moment, job, 1, "delivered")
    while world.events:
        now, job, attempt, began, step = heapq.heappop(world.events)
        if step == "delivered":
            world.delivered(now, job, attempt)
        elif step == "asked":
            world.asked(now, job, attempt)
        else:
            world.answered(now, job, began)
    counts = world.counts
    return Waited(
        tuple(sorted(world.waits)),
        counts["failed"],
        counts["deliveries"],
        counts["refusals"],
        counts["queued_anew"],
        world.ended,
    )


def in_order(queued: Sequence[float]) -> Waited:
    """The same jobs, each called as soon as the quota allows, first in, first out."""
    waits, last, now = [], deque[float](maxlen=QUOTA), 0.0
    for moment in queued:
        now = max(now, moment)
        if len(last) == QUOTA:
            now = max(now, (last[0] // _MINUTE + 1) * _MINUTE)
        last.append(now)
        waits.append(now + _CALL - moment)
    return Waited(tuple(sorted(waits)), 0, len(waits), 0, 0, now + _CALL)


def at_once(jobs: int) -> list[float]:
    """Jobs that are all queued in the first ten seconds."""
    return [_MINUTE + 10.0 * number / jobs for number in range(jobs)]


def steady(hours: float, share: float, seed: int = 1) -> list[float]:
    """Jobs that come at random, at this share of the quota, for so long."""
    lots, now, found = random.Random(seed), _MINUTE, list[float]()
    while now < hours * _HOUR + _MINUTE:
        found.append(now)
        now += lots.expovariate(share * QUOTA / _MINUTE)
    return found


def mixed(jobs: int, hours: float) -> list[float]:
    """Jobs at 90 % of the quota, and many at once after an hour."""
    many = [_HOUR + 10.0 * number / jobs for number in range(jobs)]
    return sorted([*steady(hours, 0.9), *many])


def loads(burst: int = 100_000, hours: float = 9.0) -> dict[str, list[float]]:
    """When the jobs of each load are queued."""
    return {
        f"{burst:,} at once": at_once(burst),
        f"quota + 20 %, {hours:g} h": steady(hours, 1.2),
        f"quota + 50 %, {hours:g} h": steady(hours, 1.5),
        f"90 %, {hours:g} h; {burst // 5:,} at once": mixed(burst // 5, hours),
    }


def run(burst: int = 100_000, hours: float = 9.0) -> Part:
    """Simulate all loads by both rules.

    Holds if no job fails, and under a steady overload 99 of 100 jobs wait as long as they would
    first in, first out, and LATE of that more at most, and if 429s by bad luck hold nobody up.
    """
    began = time.monotonic()
    say(
        f"{'load':<28}{'rules':<14}{'failed':>8}{'p50':>8}{'p99':>8}{'most':>8} h"
        f"{'deliveries':>12}{'429s':>8} a job"
    )
    failed, ratios = 0, dict[str, float]()
    for load, queued in loads(burst, hours).items():
        fifo, old, new = in_order(queued), simulated(queued, "old"), simulated(queued, "new")
        for rules, waited in {"first in, out": fifo, "old": old, "new": new}.items():
            say(_row(load, rules, waited, len(queued)))
        failed += new.failed
        if load.startswith("quota"):
            ratios[load] = round(new.share(0.99) / fifo.share(0.99), 3)
            say(f"  p99: first in, first out x {ratios[load]:.3f}; {_by_median(new, fifo)}")
    unlucky = steady(1.0, 0.3)
    lucky = simulated(unlucky, "new", luck=_LUCK)
    say(_row(f"30 %, 1 h; {_LUCK:.0%} bad luck", "new", lucky, len(unlucky)))
    holds = not failed and max(ratios.values()) <= 1 + LATE and lucky.share(0.99) <= _SOON
    return Part("waits", holds, time.monotonic() - began, {"failed": failed, "p99": ratios})


LATE = 0.03
_LUCK = 0.1  # of the calls are refused though there is room
_SOON = 120.0  # seconds that 99 of 100 jobs wait at most, then


def _by_median(new: Waited, fifo: Waited) -> str:
    mine, best = (each.share(0.99) / fifo.share(0.5) for each in (new, fifo))
    return f"its median x {mine:.2f} (its own p99: x {best:.2f})"


def _row(load: str, rules: str, waited: Waited, jobs: int) -> str:
    hours = [each / _HOUR for each in (waited.share(0.5), waited.share(0.99), waited.waits[-1])]
    told = "".join(f"{each:>8.2f}" for each in hours)
    return (
        f"{load:<28}{rules:<14}{waited.failed:>8,}{told}  "
        f"{waited.deliveries / jobs:>12.1f}{waited.refusals / jobs:>8.2f}"
    )
