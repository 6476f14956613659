"""What the shadows of a recipe may cost a day: a sum of its own, within the day's budget.

It holds as the day's does (shared/spending/budget.py): the most that a call may cost is reserved
before the call, and the last of concurrent calls sees all the others.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from shared.errors import BudgetReached, Busy, Unpaid
from shared.spending import budget, shards
from shared.spending.budget import Reservation
from shared.spending.limits import Limit

_DIGITS = 16  # hexadecimal, of the name of a recipe: that may hold any character


def spent(recipe: str, day: str) -> float:
    """USD that the shadows of a recipe cost that day, with what is reserved for calls under way."""
    return shards.spent(_account(recipe, day))


@contextmanager
def reserved(
    usd: float, limits: Sequence[Limit], recipe: str, daily_usd: float
) -> Iterator[Reservation]:
    """Around a call of a shadow that may cost up to `usd`: reserved of its sum and of the limits.

    Given back if the call was not made or the service turned it down. Raises BudgetReached if one
    of the sums is used up.
    """
    account = _account(recipe, shards.today())
    _check(daily_usd, shards.spent(account))  # most often it is used up before this call
    with budget.reserved(usd, limits) as whole:
        ident = uuid4().hex
        place = f"{shards.add(account, usd, ident)}#{ident}"
        try:
            _check(daily_usd, round(shards.spent(account) - usd, 8))
            yield Reservation((*whole.places, place))
        except (Busy, Unpaid):
            budget.settle_at(place, 0.0)
            raise


def _check(daily_usd: float, others: float) -> None:
    if others >= daily_usd:
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=UTC).timestamp()
        used = f"the ${daily_usd:g} a day of the shadow are used up"
        raise BudgetReached(used, midnight, "shadow")


def _account(recipe: str, day: str) -> str:
    return f"{day}-shadow-{sha256(recipe.encode()).hexdigest()[:_DIGITS]}"
