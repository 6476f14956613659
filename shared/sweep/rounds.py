"""A sweep under way: its deadline, its threads, and what it knows so far.

What it knows has a limit, so a sweep takes as much memory however much is stored.
"""

import logging
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from shared.spending import brakes
from shared.sweep.announced import Announced
from shared.sweep.cursor import Cursor, Place
from shared.sweep.room import Room

if TYPE_CHECKING:
    from shared.border.storage import Listed

T = TypeVar("T")
Outcome = TypeVar("Outcome")
BATCH = 200  # at most a few seconds of work, between two looks at the clock
MOST = 50_000  # of what is kept, in one sweep: 50 listings, whatever is stored

log = logging.getLogger("darkroom")


class Round:
    """What the steps of one sweep share."""

    def __init__(
        self, older_than: float, younger_than: float, limit: float, pool: Executor
    ) -> None:
        self._began, self._limit = time.monotonic(), limit
        self.now = time.time()
        self.older_than = older_than
        self.since = self.now - younger_than
        self.pool = pool
        self.cursor = Cursor.of(self.kind)
        self.span = self._span()
        known = self.span.since if self.kind == "recent" else math.inf
        self.announced = Announced(known, self.now, pool)
        self.brakes, self.room = brakes.in_force(), Room()
        self.turn = secrets.token_hex(4)  # the key from which on jobs without money are looked at
        self.later: list[Listed] = []  # those before it
        self.unreadable: set[str] = set()  # keys of jobs whose lease cannot be read
        self.counts: Counter[str] = Counter()

    @property
    def kind(self) -> str:
        """The name of its cursor."""
        return "all" if self.since == -math.inf else "recent"

    def _span(self) -> Place:
        """What the round looks at: uploads since those that were seen to, up to its beginning.

        A round that stopped is gone on with. It may take longer than the window: then the next one
        begins where it began, and not a window ago.
        """
        last = self.cursor.place
        since = (last.since or self.since) if self.kind == "recent" else 0.0
        if last.until:  # early versions wrote none, and begin anew
            return replace(last, since=since)
        return Place(since=since, until=self.now - self.older_than)

    def over(
        self,
        things: Iterable[T],
        mend: Callable[[list[T]], None],
        *,
        share: float = 1.0,
        most: float = math.inf,
    ) -> T | None:
        """Call `mend` batch by batch: for the first in any case, then for a share of the limit.

        It stops after `most` things, too. Returns the last thing of the last batch if more are
        left, None if all were done.
        """
        rest, done = iter(things), 0
        batch = list(islice(rest, BATCH))
        while batch:
            mend(batch)
            done += len(batch)
            last, batch = batch[-1], list(islice(rest, BATCH))
            is_over = time.monotonic() >= self._began + share * self._limit
            if batch and (is_over or done >= most):
                return last
        return None

    def each(self, step: Callable[[T], Outcome], things: Mapping[str, T]) -> dict[str, Outcome]:
        """Run the step for each thing, some at a time; returns the outcomes by name.

        An exception is counted and logged, and does not stop the others: the next sweep looks at
        that thing again.
        """
        under_way = {name: self.pool.submit(step, thing) for name, thing in things.items()}
        ended = {name: each for name, each in under_way.items() if self._went_well(name, each)}
        return {name: each.result() for name, each in ended.items()}

    def _went_well(self, name: str, step: Future[Outcome]) -> bool:
        if (why := step.exception()) is None:
            return True
        if not isinstance(why, Exception):
            raise why
        self.counts["failed"] += 1
        log.error("the sweep passes %r over: %r", name, why, exc_info=why)
        return False
