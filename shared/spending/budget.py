"""The daily budget (DAILY_BUDGET_USD; not set: none), a backfill's cap, and what calls cost.

With a budget, the sum of a day is kept in the state bucket: shared/spending/shards.py. The most
that a call may cost is reserved before the call, and only then is the day summed up. So the last of
concurrent calls sees all the others, and together they overshoot by less than one call's cost.
After the call the rest of the reservation is given back; where that fails, the next delivery of
the job does it. Only a call that may have been charged and brought no answer keeps it. The cap of
a backfill holds in the same way, over all of its days.
"""

import json
import logging
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared import settings
from shared.border import logs, pubsub
from shared.border.storage import STATE
from shared.errors import BudgetReached, Busy, Parked, Throttled, Unpaid
from shared.messages.announcement import Announcement
from shared.spending import backfills, shards, throttle
from shared.spending.shards import spent, today

_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds at most, between tries to reserve
_RESERVED = "reserved"  # in the metadata of an answer


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was added to sums before a call, of its day and of its backfill.

    `settle` replaces it by the cost.
    """

    places: tuple[str, ...] = ()  # where it is: shards and ids

    @property
    def place(self) -> str:
        """Where it is, as one text; "" if nothing is reserved."""
        return " ".join(self.places)

    @property
    def metadata(self) -> dict[str, str]:
        """What is kept with the answer, so that a later delivery can settle it, too."""
        return {_RESERVED: self.place} if self.places else {}


@contextmanager
def reserved(usd: float, plan: str = "") -> Iterator[Reservation]:
    """Around a paid call that may cost up to `usd`: allowed only below the day's budget.

    `plan` is the backfill that it belongs to. Given back if the call was not made or the service
    turned it down. Raises BudgetReached, until midnight UTC or until the budget is raised, and
    Parked once the backfill's cap is reached.
    """
    held = _reserve(usd, plan)
    try:
        yield held
    except (Busy, Unpaid):
        settle(held, 0.0)
        raise


def settle(held: Reservation, usd: float) -> None:
    """Replace the reservation by what the call cost; of several times, the first counts."""
    settle_at(held.place, usd)


def settle_at(place: str, usd: float) -> None:
    """Replace the reservation at that place, if it is still there."""
    for each in place.split():
        shard, _, ident = each.partition("#")
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
    """Log today's cost so far, and its share of the budget; without a budget, no day is summed."""
    limit = settings.current().daily_budget_usd
    if limit is not None:
        cost = spent(today())
        used = round(cost / limit, 4) if limit else None
        logs.log("spent", today_usd=cost, budget_usd=limit, budget_used=used)


def _reserve(usd: float, plan: str) -> Reservation:
    """Reserve with the day and with the backfill, where they have a limit."""
    day, limit = today(), settings.current().daily_budget_usd
    held = Reservation()
    if limit is not None:
        held = _held(held, day, usd)
        _check_day(held, usd, day, limit)
    return _capped(held, usd, plan) if plan else held


def _capped(held: Reservation, usd: float, plan: str) -> Reservation:
    """With a reservation of the backfill's cap.

    Calls that reserve at once see each other, and none has room: each tries again after a random
    pause. Raises Parked once the cap is spent, and the backfill stops; Throttled while it is only
    reserved, as calls cost less than that.
    """
    with ExitStack() as undone:
        undone.callback(settle, held, 0.0)
        for longest in _PAUSES:
            both = _held(held, backfills.account(plan), usd)
            undone.callback(settle, both, 0.0)
            cap, others = backfills.cap(plan), round(backfills.spent(plan) - usd, 8)
            if others < cap:
                undone.pop_all()
                return both
            settle_at(both.places[-1], 0.0)
            paid = backfills.settled(plan)
            if paid >= cap and not backfills.stop_if_full(plan, paid):
                raise Parked(f"the backfill {plan} does not run: its cap is ${cap:g}")
            time.sleep(random.uniform(0.0, longest))  # noqa: S311, not a secret
        raise Throttled("what is left of the backfill's cap is reserved", time.time())


def _held(held: Reservation, account: str, usd: float) -> Reservation:
    ident = uuid4().hex
    place = f"{shards.add(account, usd, ident)}#{ident}"
    return Reservation((*held.places, place))


def _check_day(held: Reservation, usd: float, day: str, limit: float) -> None:
    """Raises BudgetReached if the others' sum of the day has no room."""
    began = time.time()
    others = round(spent(day) - usd, 8)
    if others >= limit:
        settle(held, 0.0)
        error = _stopped(day, limit, others)
        throttle.refused(_stop(day, limit), Throttled(str(error), began), began)
        raise error


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
