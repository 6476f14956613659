"""How much of each limit is spent, for whoever looks: the page, and the operator's command."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared import beside
from shared.spending import shards
from shared.spending.limits import NEAR, Limit


@dataclass(frozen=True, slots=True)
class Standing:
    """A limit, and the USD that are spent of it, or reserved for calls under way."""

    limit: Limit
    spent: float

    @property
    def is_reached(self) -> bool:
        """Whether jobs wait for it."""
        return self.spent >= self.limit.usd

    @property
    def is_near(self) -> bool:
        """Whether it is nearly used up, or reached."""
        return self.spent >= self.limit.usd * NEAR


def of(limits: Iterable[Limit]) -> list[Standing]:
    """The limits of days and months as they stand, in their order: a listing each."""
    begun = [(limit, beside.start(shards.spent, limit.account)) for limit in limits]
    return [Standing(limit, sum_.result()) for limit, sum_ in begun]
