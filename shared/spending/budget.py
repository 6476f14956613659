"""The budgets: whether a paid call may be made, by its limits and a backfill's cap.

The sum of each account that has a limit is kept in the state bucket: shared/spending/shards.py. The
most that a call may cost is reserved in all of them before the call, and only then are they summed
up. So the last of concurrent calls sees all the others, and together they overshoot each limit by
less than one call's cost. After the call the rest of the reservation is given back; where that
fails, the next delivery of the job does it. A call that may have been charged and brought no answer
counts as all that was reserved for it. The cap of a backfill holds in the same way.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from shared import beside
from shared.border import logs
from shared.errors import BudgetReached, Busy, Late, Parked, Throttled, TooDear, Unpaid
from shared.spending import alarms, backfills, shards, throttle
from shared.spending.limits import Limit, money
from shared.spending.shards import Sum, spent

T = TypeVar("T")
_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds at most, between tries to reserve
_RESERVED = "reserved"  # in the metadata of an answer


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was added to sums before a call, of its limits and of its backfill.

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
def reserved(usd: float, limits: Sequence[Limit] = (), plan: str = "") -> Iterator[Reservation]:
    """Around a paid call that may cost up to `usd`: allowed only below each of the limits.

    `plan` is the backfill that it belongs to. Given back if the call was not made or the service
    turned it down. Raises BudgetReached, until the day or month ends or the limit is raised;
    TooDear once the photo's limit is reached; and Parked once the backfill's cap is.
    """
    held = _capped(_within(limits, usd), usd, plan) if plan else _within(limits, usd)
    try:
        yield held
    except (Busy, Unpaid):
        settle(held, 0.0)
        raise
    except Late:
        settle(held, None)
        raise


def settle(held: Reservation, usd: float | None) -> None:
    """Replace the reservation by what the call cost; of several times, the first counts.

    None: nobody knows what it cost, and all of it counts.
    """
    settle_at(held.place, usd)


def settle_at(place: str, usd: float | None) -> None:
    """Replace the reservation at that place, if it is still there."""
    each = [part.split("#") for part in place.split()]
    for one in _beside(shards.settle, [(shard, ident, usd) for shard, ident in each]):
        one.result()


def place_in(metadata: Mapping[str, str]) -> str:
    """The place of the reservation that an answer was paid from; "" if there was none."""
    return metadata.get(_RESERVED, "")


def heed(limits: Sequence[Limit]) -> None:
    """A cheap look: raises BudgetReached for a while after a call was stopped by one of them.

    It may say so a little too long, as other calls cost less than was reserved for them; it
    never lets a call through by itself.
    """
    for limit in _of_a_time(limits):
        if told := throttle.asked(_stop(limit)):
            raise BudgetReached(str(told), limit.until, limit.name)


def check(limits: Sequence[Limit]) -> None:
    """Raises BudgetReached if one of them is used up, by its sum now."""
    for limit in _of_a_time(limits):
        if spent(limit.account) >= limit.usd:
            raise BudgetReached(limit.reached, limit.until, limit.name)


def log_spent(limits: Sequence[Limit]) -> None:
    """Log what was spent of the limits of all work, and the largest share; without one, nothing."""
    sums = {each.period: (spent(each.account), each.usd) for each in limits if not each.recipe}
    if not sums:
        return
    shares = [used / usd for used, usd in sums.values() if usd]
    day, month = sums.get("day", (None, None)), sums.get("month", (None, None))
    logs.log(
        "spent",
        today_usd=day[0],
        budget_usd=day[1],
        month_usd=month[0],
        monthly_budget_usd=month[1],
        budget_used=round(max(shares), 4) if shares else None,
    )


def _within(limits: Sequence[Limit], usd: float) -> Reservation:
    """Reserve in the account of each limit.

    Calls that reserve at once see each other, and none has room: each tries again after a random
    pause, while a limit is only reserved and not spent.
    """
    for longest in _PAUSES:
        held = _held(limits, usd)
        with ExitStack() as undone:
            undone.callback(settle, held, 0.0)
            began = time.time()
            sums = _summed(limits)
            full = [
                (limit, each)
                for limit, each in zip(limits, sums, strict=True)
                if round(each.spent - usd, 8) >= limit.usd
            ]
            if not full:
                for limit, each in zip(limits, sums, strict=True):
                    if limit.period != "photo":
                        alarms.near(limit, each.settled)
                undone.pop_all()
                return held
        if over := [(limit, found) for limit, found in full if found.settled >= limit.usd]:
            break
        time.sleep(random.uniform(0.0, longest))  # noqa: S311, not a secret
    errors = [_spent(*each, began) for each in over]
    raise errors[0] if errors else _reserved(full[0][0], began)


def _held(limits: Sequence[Limit], usd: float) -> Reservation:
    """A reservation in every account, or in none."""
    places, faults = list[str](), list[BaseException]()
    for one in _beside(_add, [(limit, usd) for limit in limits]):
        if (error := one.exception()) is None:
            places.append(one.result())
        else:
            faults.append(error)
    held = Reservation(tuple(places))
    if faults:
        settle(held, 0.0)
        raise faults[0]
    return held


def _add(limit: Limit, usd: float) -> str:
    fewest = 1 if limit.period == "photo" else shards.FEW
    return _place(limit.account, usd, fewest)


def _place(account: str, usd: float, fewest: int = shards.FEW) -> str:
    ident = uuid4().hex
    return f"{shards.add(account, usd, ident, fewest)}#{ident}"


def _summed(limits: Sequence[Limit]) -> list[Sum]:
    return [one.result() for one in _beside(shards.sum_of, [(each.account,) for each in limits])]


def _beside(call: Callable[..., T], each: Sequence[tuple[Any, ...]]) -> list[Future[T]]:
    """The calls, beside each other; all have ended."""
    begun = [beside.start(call, *arguments) for arguments in each]
    wait(begun)
    return begun


def _spent(limit: Limit, found: Sum, began: float) -> BudgetReached | TooDear:
    """The error where a limit is spent: announced, and remembered for the others."""
    if limit.period == "photo":
        return TooDear(
            f"The recipe {limit.recipe!r} allows {money(limit.usd)} for a photo, and "
            f"{money(found.settled)} were spent on this one: it is not asked about again.",
        )
    alarms.reached(limit, found.settled)
    return _remembered(limit, limit.reached, began)


def _reserved(limit: Limit, began: float) -> BudgetReached | Busy:
    """The error where what is left of a limit is reserved for other calls."""
    if limit.period == "photo":
        return Busy("what is left for this photo is reserved for its other calls")
    left = f"what is left of {limit.words} is reserved for calls under way"
    return _remembered(limit, left, began)


def _remembered(limit: Limit, sentence: str, began: float) -> BudgetReached:
    throttle.refused(_stop(limit), Throttled(sentence, began), began)
    return BudgetReached(sentence, limit.until, limit.name)


def _capped(held: Reservation, usd: float, plan: str) -> Reservation:
    """With a reservation of the backfill's cap.

    Raises Parked once the cap is spent, and the backfill stops; Throttled while it is only
    reserved, as calls cost less than that.
    """
    with ExitStack() as undone:
        undone.callback(settle, held, 0.0)
        for longest in _PAUSES:
            both = Reservation((*held.places, _place(backfills.account(plan), usd)))
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


def _of_a_time(limits: Sequence[Limit]) -> list[Limit]:
    """Those for which waiting helps."""
    return [each for each in limits if each.period != "photo"]


def _stop(limit: Limit) -> str:
    """The name under which a stop is remembered: another limit or day is not stopped by it."""
    return f"budget {limit.account} {limit.usd:g}"
