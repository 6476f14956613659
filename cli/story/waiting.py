"""Why a job has no record yet."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from cli import flex, words
from shared import naming
from shared.border.storage import STATE
from shared.errors import BudgetReached
from shared.intake import budgets
from shared.jobs import lease, ledger
from shared.jobs.cause import Cause
from shared.jobs.lease import Seen
from shared.model import Job, Tier
from shared.spending import budget, throttle

Why = Literal[
    "working",  # a worker holds the lease
    "died",  # the lease ran out: a worker died or stalled
    "throttled",  # the model is rate limited
    "budget",  # a budget is used up
    "put_back",  # a worker had it and put it back
    "queued",  # no worker holds it, and the model was not asked
]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a job waits for, and what was done so far. Times are seconds since the epoch."""

    why: Why
    since: float | None = None
    until: float | None = None
    attempt: int = 0
    calls: int = 0
    maybe_paid: int = 0  # calls that were not turned down
    turned_down: str | None = None  # why the last call was turned down, if it was
    answers: int = 0  # kept answers, unreadable or not read yet
    cause: Cause | None = None  # why the last worker put it back
    tier: Tier = "standard"
    asked: float | None = None  # when the first call was made

    def sentences(self) -> list[str]:
        """The same as sentences about "it"."""
        return [self._reason(), *self._calls(), *self._cause(), *self._flex()]

    def _flex(self) -> list[str]:
        """What to do about a flex job that waits too long."""
        if self.tier == "standard" or self.why in {"working", "died"}:
            return []
        if self.asked is None or not flex.is_late(self.asked):
            return ["It is asked by the flex tier: half the price, when there is room."]
        return [
            f"It has waited for a flex call since {words.clock(self.asked)}: `darkroom hurry` asks "
            "it at the standard price."
        ]

    def _reason(self) -> str:
        since, until = words.clock(self.since or 0.0), words.clock(self.until or 0.0)
        attempt = f"attempt {self.attempt} of {lease.ATTEMPTS}"
        return {
            "working": f"A worker has held it since {since} ({attempt}); if that worker died, "
            f"another may take it from {until} on.",
            "died": f"A worker died or stalled over it ({attempt}); its lease expired at {until}, "
            "and the next delivery continues.",
            "throttled": f"The model is rate limited until {until} (429)."
            if self.tier == "standard"
            else f"The model has no room for flex calls until {until}.",
            "budget": f"{self.cause.sentence if self.cause else 'A budget is used up'}; it goes on "
            f"after {until} UTC, or once that is raised.",
            "put_back": f"A worker put it back at {since}; it will be delivered again.",
            "queued": "No worker has taken it.",
        }[self.why]

    def _calls(self) -> list[str]:
        if not self.calls:
            return ["The model has not been asked."]
        times = {1: "once", 2: "twice"}.get(self.calls, f"{self.calls} times")
        charged = (
            f"{words.several(self.maybe_paid, 'call')} may have been charged"
            if self.maybe_paid
            else "nothing was charged"
        )
        told = [f"The model has been asked {times}, and {charged}."]
        if self.turned_down:
            told.append(f"The last call was turned down: {self.turned_down}.")
        if self.answers:
            told.append(f"{words.several(self.answers, 'answer').capitalize()} of it is kept.")
        return told

    def _cause(self) -> list[str]:
        """Why the last worker put it back, unless another sentence says so."""
        if self.cause is None or self.why in {"throttled", "budget"}:
            return []
        said = self.cause.sentence
        known = (self.turned_down or "").casefold() == said.casefold()
        return [] if known else [f"The last worker put it back: {said}."]


def of(job: Job) -> Waiting:
    """What a job without a record waits for."""
    held, calls = lease.seen(job), ledger.lines(job)
    tier = held.tier if held else job.tier
    spent = _spent(job)
    why, since, until = _why(replace(job, tier=tier), held, spent, asked=bool(calls))
    answers = STATE.listing(naming.state(job, "answer-"))
    return Waiting(
        why,
        since,
        until,
        attempt=held.attempt if held else 0,
        calls=len(calls),
        maybe_paid=sum(call.unpaid is None for call in calls),
        turned_down=calls[-1].unpaid if calls else None,
        answers=sum(1 for _ in answers),
        cause=spent if why == "budget" else held.cause if held else None,
        tier=tier,
        asked=ledger.begun(job) if tier == "flex" else None,
    )


def _why(
    job: Job, held: Seen | None, spent: Cause | None, *, asked: bool
) -> tuple[Why, float | None, float | None]:
    now = datetime.now(UTC)
    if held and not held.released:
        alive = held.until > now.timestamp()
        return ("working" if alive else "died"), held.since, held.until
    for model in (job.request["model"], *job.request.get("fallback_models", ())):
        if told := throttle.asked(throttle.name(model, job.tier)):
            return "throttled", None, told.until
    if spent:
        return "budget", None, spent.until
    return ("put_back", held.since, None) if held and asked else ("queued", None, None)


def _spent(job: Job) -> Cause | None:
    """The budget that keeps the job from being asked, if there is one."""
    try:
        budget.check(budgets.of(job))
    except BudgetReached as why:
        return Cause.of(why)
    return None
