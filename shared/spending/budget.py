"""Money: what each day's calls cost, and where they stop (DAILY_BUDGET_USD; not set: nowhere).

The sum of a day lies in the state bucket in shards, as an object takes only a write a second. With
a budget, what a call may cost at most is added before it is made, and only then are the shards
summed up. So of calls made at once the last sees all the others, and together they overshoot by
less than one call's cost. What is left over once the answer is there is given back.
"""

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared import settings
from shared.border import logs, pubsub, storage
from shared.errors import BudgetReached, Busy, Unpaid
from shared.messages.announcement import Announcement
from shared.spending.shards import SHARDS, shard, spent, today


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was added to a day's sum before a call; the answer shows what it should have been."""

    day: str
    usd: float


@contextmanager
def reserved(usd: float) -> Iterator[Reservation]:
    """Around a paid call that may cost so much: it is let through only below the day's budget.

    Given back if the call was not made or the service turned it down. Raises BudgetReached until
    midnight UTC, though a higher budget lets the very next delivery through.
    """
    held = _reserve(usd)
    try:
        yield held
    except (Busy, Unpaid):
        settle(held, 0.0)
        raise


def settle(held: Reservation, usd: float) -> None:
    """Put what a call did cost in the place of what was reserved for it."""
    _add(held.day, usd - held.usd)


def reached() -> bool:
    """Whether today's calls have used up the budget."""
    limit = settings.current().daily_budget_usd
    return limit is not None and spent(today()) >= limit


def log_spent() -> None:
    """Log what today's calls have cost so far, and which part of the budget that is."""
    limit, cost = settings.current().daily_budget_usd, spent(today())
    used = round(cost / limit, 4) if limit else None
    logs.tell("spent", today_usd=cost, budget_usd=limit, budget_used=used)


def _reserve(usd: float) -> Reservation:
    day = today()
    limit = settings.current().daily_budget_usd
    if limit is None:
        return Reservation(day, 0.0)
    held = Reservation(day, usd)
    _add(day, usd)
    others = round(spent(day) - usd, 8)
    if others >= limit:
        settle(held, 0.0)
        raise _stopped(day, limit, others)
    return held


def _add(day: str, usd: float) -> None:
    if usd:
        while not _added(shard(day, secrets.randbelow(SHARDS)), usd):
            continue  # another writer was first, so one of us gets on; the next try goes elsewhere


def _added(name: str, usd: float) -> bool:
    last = storage.state(name)
    total = usd + (float(json.loads(last.body)["usd"]) if last else 0.0)
    body = json.dumps({"usd": round(total, 8), "write": uuid4().hex}).encode()
    return storage.swap(name, body, last.generation if last else 0) is not None


def _stopped(day: str, limit: float, others: float) -> BudgetReached:
    """The stop, told in the log each time and on the results topic once a day."""
    sentence = f"the budget of ${limit:,.2f} for {day} is reached"
    alarm = {"day": day, "budget_usd": limit, "spent_usd": others}
    told = f"{sentence}: ${others:.4f} are spent or reserved; jobs wait until it is raised"
    logs.tell("budget_reached", told, logging.ERROR, **alarm)
    body = json.dumps({**alarm, "write": uuid4().hex}).encode()
    if storage.swap(f"budget/{day}.json", body, 0) is not None:
        now = datetime.now(UTC)
        event = Announcement.alarm(f"budget-{day}", "budget.v1.reached", day, alarm, now)
        pubsub.announce(*event.message())
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
    return BudgetReached(sentence, midnight.timestamp())
