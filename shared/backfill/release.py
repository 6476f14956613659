"""Releases the jobs of running backfills, at their rates, and collects what came of them.

Called every minute. A job is queued as any other; whatever dies in between, the next call goes on:
it may queue some jobs twice, which the protocol allows for, and never leaves one out.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, islice, takewhile

from shared import codec, naming
from shared.backfill import plan as plans
from shared.backfill.plan import Plan, Planned
from shared.border import logs, pubsub
from shared.border.storage import RESULTS, STATE
from shared.jobs import lease, queue, receipt, records
from shared.jobs.announcements import QUIET
from shared.messages.announcement import Announcement
from shared.model import Upload
from shared.spending import backfills
from shared.spending.backfills import Run

_PREFIX = "running/"
_THREADS = 16
_BATCH = 200  # jobs between two looks at the state of the backfill
_LATE = 900.0  # seconds after the last release, after which a job without a trace was lost


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: its record's status; under_way if its upload has another one."""

    word: str
    paid_calls: int = 0


Change = Callable[[Run], Run | None]


def begin(run: Run) -> bool:
    """Start a backfill; False if it was started before."""
    started = backfills.start(run)
    STATE.create(_marker(run.plan), codec.encode({"at": time.time()}))
    return started


def resume(plan: str, max_usd: float | None, per_minute: float | None) -> Run | None:
    """Let a paused or stopped backfill go on; from the first job that has not ended."""

    def resumed(run: Run) -> Run | None:
        if run.has_ended:
            return None
        halted = run.status != "running"
        return replace(
            run,
            status="running",
            why="",
            credit=0.0 if halted else run.credit,
            ticked=0.0 if halted else run.ticked,
            released=run.collected if halted else run.released,
            max_usd=run.max_usd if max_usd is None else max_usd,
            per_minute=run.per_minute if per_minute is None else per_minute,
        )

    STATE.create(_marker(plan), codec.encode({"at": time.time()}))
    return backfills.revise(plan, resumed)


def tick(limit: float = math.inf) -> dict[str, int]:
    """Go on with every running backfill, for `limit` seconds at most.

    Returns how many jobs were queued, by plan.
    """
    ends = time.monotonic() + limit
    queued = dict[str, int]()
    with ThreadPoolExecutor(_THREADS) as pool:
        for marker in STATE.listing(_PREFIX):
            ident = marker.name.removeprefix(_PREFIX)
            run = backfills.find(ident)
            if run is None or run.has_ended:
                STATE.delete(marker.name)
            elif run.status == "running":
                queued[ident] = _Tick(ident, ends, pool).go_on()
    return queued


class _Tick:
    """One call's work on one backfill."""

    def __init__(self, ident: str, ends: float, pool: Executor) -> None:
        self._ident, self._ends, self._pool = ident, ends, pool

    def go_on(self) -> int:
        """Release and collect; returns how many jobs were queued."""
        plan = plans.find(self._ident)
        if plan is None or plan.fingerprint != plans.fingerprint():
            gone = "its plan is gone"
            changed = "recipes, MODEL or the price table changed since the plan was made"
            backfills.stop(self._ident, changed if plan else gone)
            return 0
        queued = 0 if self._is_full() else self._release(plan)
        self._collect(plan)
        return queued

    def _is_full(self) -> bool:
        """Whether nothing is left of the cap; where that lasts, the backfill stops.

        What is reserved is freed by the calls under way, but for calls that were lost.
        """
        now, spent = time.time(), backfills.spent(self._ident)

        def marked(run: Run) -> Run | None:
            full = 0.0 if spent < run.max_usd else run.full or now
            return None if full == run.full else replace(run, full=full)

        run = backfills.revise(self._ident, marked)
        if run and run.full and run.full + _LATE < now:
            backfills.stop_if_full(self._ident, spent)
        return bool(run and run.full)

    def _release(self, plan: Plan) -> int:
        """Queue as many jobs as there is credit for, some at a time."""
        run = backfills.revise(self._ident, lambda run: _with_credit(run, plan, time.time()))
        queued = 0
        while run and run.status == "running" and time.monotonic() < self._ends:
            batch = self._next(plan, run, run.released, int(run.credit))
            if not batch:
                break
            known = list(self._pool.map(_outcome, batch))
            new = [each for each, ended in zip(batch, known, strict=True) if not ended]
            _leave_receipts(new)
            queue.put(each.job for each in new)
            queued += len(new)
            run = backfills.revise(self._ident, partial(_released, run.released, known))
        logs.log("backfill", plan=self._ident, queued=queued, of=plan.jobs)
        return queued

    def _collect(self, plan: Plan) -> None:
        """Count the jobs that have ended, in order; queue again one that was lost."""
        run = backfills.find(self._ident)
        while run and run.status == "running" and time.monotonic() < self._ends:
            batch = self._next(plan, run, run.collected, run.released - run.collected)
            if not batch:
                break
            known = list(self._pool.map(_outcome, batch))
            ended = list(takewhile(bool, known))
            run = backfills.revise(self._ident, partial(_collected, run.collected, ended))
            if len(ended) < len(batch):
                self._look_for_lost(run, batch[len(ended) :])
                return
        if run and run.status == "running" and run.collected == plan.jobs:
            self._finish(plan, run)

    def _next(self, plan: Plan, run: Run, first: int, most: int) -> list[Planned]:
        found = plans.jobs(plan, self._ident, first, quiet=run.quiet)
        return list(islice(found, max(0, min(_BATCH, most))))

    def _look_for_lost(self, run: Run | None, rest: Sequence[Planned]) -> None:
        """Queue jobs again that left no trace for long after the last release."""
        if run and run.ticked + _LATE < time.time():
            queue.put(each.job for each in rest if not (lease.seen(each.job) or _outcome(each)))

    def _finish(self, plan: Plan, run: Run) -> None:
        """Write the report, announce the end, and forget the backfill."""
        report = report_of(plan, replace(run, status="finished"))
        STATE.create(naming.plan(self._ident, "report.json"), codec.encode(report, indent=1))
        ident, now = f"backfill-{self._ident}", datetime.now(UTC)
        event = Announcement.alarm(ident, "backfill.v1.finished", self._ident, report, now)
        attributes, data = event.message()
        pubsub.announce(attributes | QUIET if run.announce == "none" else attributes, data)
        backfills.revise(self._ident, lambda last: replace(last, status="finished"))
        STATE.delete(_marker(self._ident))


def report_of(plan: Plan, run: Run) -> dict[str, object]:
    """What a backfill has done so far."""
    return {
        "plan": run.plan,
        "status": run.status,
        "why": run.why,
        "jobs": plan.jobs,
        "released": run.released,
        "ended": run.collected,
        "outcomes": run.counts,
        "paid_calls": run.paid_calls,
        "spent_usd": backfills.settled(run.plan),
        "max_usd": run.max_usd,
        "per_minute": run.per_minute,
    }


def _with_credit(run: Run, plan: Plan, now: float) -> Run | None:
    """The rate as jobs that may be queued now; at most those of two minutes."""
    if run.status != "running":
        return None
    minutes = (now - run.ticked) / 60 if run.ticked else 1.0
    credit = min(run.credit + run.per_minute * minutes, max(1.0, 2 * run.per_minute))
    # After the last release the time stands still, so that it is known how long ago that was.
    ticked = run.ticked if run.released == plan.jobs and run.ticked else now
    return replace(run, credit=credit, ticked=ticked)


def _released(first: int, known: Sequence[Outcome | None], run: Run) -> Run | None:
    if run.released != first:
        return replace(run, credit=0.0)  # another call was quicker: it goes on
    queued = sum(each is None for each in known)
    return replace(run, released=first + len(known), credit=run.credit - queued)


def _collected(first: int, ended: Sequence[Outcome | None], run: Run) -> Run | None:
    if run.collected != first or not ended:
        return None
    known = [each for each in ended if each]
    counts = Counter(run.counts) + Counter(each.word for each in known)
    calls = run.paid_calls + sum(each.paid_calls for each in known)
    return replace(run, collected=first + len(known), counts=dict(counts), paid_calls=calls)


def _outcome(each: Planned) -> Outcome | None:
    """What came of a job; None if it has not ended."""
    if each.is_erased:
        return Outcome("erased")
    stored = RESULTS.about(naming.folder(each.job) + records.FILE)
    if stored and (status := stored.metadata.get("status")):
        return Outcome(status, int(stored.metadata.get("paid_calls", "0")))
    if stored and (record := records.find(each.job)):  # of an earlier version
        return Outcome(record.status, record.usage.paid_calls if record.usage else 0)
    return Outcome("under_way") if _is_under_way(each) else None


def _leave_receipts(new: Sequence[Planned]) -> None:
    """Uploads that were never taken in are, from now on: sweeps ask nothing else about them."""
    for (image, created), each in groupby(new, lambda each: (each.job.images[0], each.created)):
        receipt.keep(Upload(image, 0, None, None, created), [one.job for one in each], recipe="")


def _is_under_way(each: Planned) -> bool:
    """Whether the upload's own job for the task, by other recipes, has not ended yet."""
    image = each.job.images[0]
    kept = receipt.find(Upload(image, 0, None, None, each.created))
    own = [job for job in kept.jobs if job.task == each.job.task] if kept else []
    return any(job.key != each.job.key and not records.exists(job) for job in own)


def _marker(plan: str) -> str:
    return f"{_PREFIX}{plan}"
