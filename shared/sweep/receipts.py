"""The receipts of a span of days, by their listings: a request per thousand uploads."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from shared.jobs import receipt
from shared.model import Upload
from shared.sweep.rounds import Round

_FIRST = 1_700_000_000.0  # seconds since the epoch; no receipt is older


@dataclass(frozen=True, slots=True)
class Settled:
    """The tasks and the recipe of an upload when it was taken in."""

    tasks: frozenset[str]
    recipe: str  # the fingerprint


class Receipts:
    """The uploads whose every job has ended or has a lease: nothing of them is lost.

    Empty for a sweep of all uploads: they would not fit into memory.
    """

    def __init__(self, this: Round) -> None:
        self._settled: dict[int, Settled] = {}
        for found in this.pool.map(partial(_of_day, this), _days(this)):
            self._settled |= found

    def settled(self, upload: Upload) -> Settled | None:
        """The upload's tasks and recipe if nothing of it is lost; None if that is not known."""
        return self._settled.get(receipt.number(upload.ref))


def _days(this: Round) -> Iterator[str]:
    """The days of the span (UTC)."""
    if this.since > -math.inf:
        since = max(this.since, _FIRST)
        day, last = (datetime.fromtimestamp(at, UTC).date() for at in (since, this.now))
        while day <= last:
            yield day.isoformat()
            day += timedelta(days=1)


def _of_day(this: Round, day: str) -> dict[int, Settled]:
    same: dict[Settled, Settled] = {}  # one object for all uploads with the same
    found = {}
    for each in receipt.of_day(day):
        if all(key in this.open or this.announced.knows(key) for key in each.keys):
            came_to = Settled(frozenset(filter(None, each.tasks.split(","))), each.recipe)
            found[each.number] = same.setdefault(came_to, came_to)
    return found
