"""The daily budget (DAILY_BUDGET_USD; not set: none), and what each day's calls cost.

The sum of a day is kept in the state bucket: shared/spending/shards.py. With a budget, the most
that a call may cost is reserved before the call, and only then is the day summed up. So the last of
concurrent calls sees all the others, and together they overshoot by less than one call's cost.
After the call the rest of the reservation is given back; where that fails, the next delivery of
the job does it. Only a call that may have been charged and brought no answer keeps it.
"""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared import settings
from shared.border import logs, pubsub
from shared.border.storage import STATE
from shared.errors import BudgetReached, Busy, Throttled, Unpaid
from shared.messages.announcement import Announcement
from shared.spending import shards, throttle
from shared.spending.shards import spent, today

_RESERVED = "reserved"  # in the metadata of an answer


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was added to a day's sum before a call; `settle` replaces it by the cost."""

    day: str
    usd: float
    shard: str = ""  # the object that holds it; "" if nothing is reserved
    ident: str = ""

    @property
    def place(self) -> str:
        """Where it is, as one text; "" if nothing is reserved."""
        return f"{self.shard}#{self.ident}" if self.shard else ""

    @property
    def metadata(self) -> dict[str, str]:
        """What is kept with the answer, so that a later delivery can settle it, too."""
        return {_RESERVED: self.place} if self.shard else {}


@contextmanager
def reserved(usd: float) -> Iterator[Reservation]:
    """Around a paid call that may cost up to `usd`: allowed only below the day's budget.

    Given back if the call was not made or the service turned it down. Raises BudgetReached, until
    midnight UTC or until the budget is raised.
    """
    held = _reserve(usd)
    try:
        yield held
    except (Busy, Unpaid):
        settle(held, 0.0)
        raise


def settle(held: Reservation, usd: float) -> None:
    """Replace the reservation by what the call cost; of several times, the first counts."""
    if held.shard:
        shards.settle(held.shard, held.ident, usd)
    elif usd:
        shards.add(held.day, usd)


def settle_at(place: str, usd: float) -> None:
    """Replace the reservation at that place, if it is still there."""
    shard, _, ident = place.partition("#")
    if ident:
        shards.settle(shard, ident, usd)


def place_in(metadata: Mapping[str, str]) -> str:
    """The place of the reservation that an answer was paid from; "" if there was none."""
    return metadata.get(_RESERVED, "")


def heed() -> None:
    """A cheap look: raises BudgetReached for a while after a call was stopped by today's budget.

    It may say so a little too long, as other calls cost less than was reserved for them; it
    never lets a call through by itself.
    """
    day, limit = today(), settings.current().daily_budget_usd
    if limit is not None and (told := throttle.asked(_stop(day, limit))):
        raise BudgetReached(str(told), _midnight(day))


def reached() -> bool:
    """Whether today's budget is used up."""
    limit = settings.current().daily_budget_usd
    return limit is not None and spent(today()) >= limit


def log_spent() -> None:
    """Log today's cost so far, and its share of the budget."""
    limit, cost = settings.current().daily_budget_usd, spent(today())
    used = round(cost / limit, 4) if limit else None
    logs.log("spent", today_usd=cost, budget_usd=limit, budget_used=used)


def _reserve(usd: float) -> Reservation:
    day, began = today(), time.time()
    limit = settings.current().daily_budget_usd
    if limit is None:
        return Reservation(day, 0.0)
    ident = uuid4().hex
    held = Reservation(day, usd, shards.add(day, usd, ident), ident)
    others = round(spent(day) - usd, 8)
    if others >= limit:
        settle(held, 0.0)
        error = _stopped(day, limit, others)
        throttle.refused(_stop(day, limit), Throttled(str(error), began), began)
        raise error
    return held


def _stopped(day: str, limit: float, others: float) -> BudgetReached:
    """The error; logged each time, announced once a day."""
    sentence = f"the budget of ${limit:,.2f} for {day} is reached"
    alarm = {"day": day, "budget_usd": limit, "spent_usd": others}
    line = f"{sentence}: ${others:.4f} are spent or reserved; jobs wait until it is raised"
    logs.log("budget_reached", line, logging.ERROR, **alarm)
    body = json.dumps({**alarm, "write": uuid4().hex}).encode()
    if STATE.swap(f"budget/{day}.json", body, 0) is not None:
        now = datetime.now(UTC)
        event = Announcement.alarm(f"budget-{day}", "budget.v1.reached", day, alarm, now)
        pubsub.announce(*event.message())
    return BudgetReached(sentence, _midnight(day))


def _stop(day: str, limit: float) -> str:
    """The name under which a stop is remembered: another budget or day is not stopped by it."""
    return f"budget {day} {limit:g}"


def _midnight(day: str) -> float:
    return (datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)).timestamp()
