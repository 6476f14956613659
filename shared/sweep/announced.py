"""Which jobs have ended and were told of."""

import math
from concurrent.futures import Executor

from shared.jobs import index, terminal

_SLICES = 8  # listings at once: one of them is a page after the other
_MARGIN = 3600.0  # seconds by which the clocks of workers may differ from the service's


class Announced:
    """The jobs that were told of since a moment, by the index: a request per thousand of them.

    Of any other job its mark says it, a request each. `since` may be -inf, and then it is all
    marks, for what there is of index entries since ever would not fit into memory.
    """

    def __init__(self, since: float, now: float, pool: Executor) -> None:
        self._numbers: set[int] = set()
        if since > -math.inf:
            first, last = since - _MARGIN, now + _MARGIN
            bounds = [first + (last - first) * part / _SLICES for part in range(_SLICES + 1)]
            for found in pool.map(_numbers, bounds, bounds[1:]):
                self._numbers |= found

    def knows(self, key: str) -> bool:
        """Whether the job is known to have been told of, without another request."""
        return index.number(key) in self._numbers

    def __contains__(self, key: str) -> bool:
        """Whether the job was told of."""
        return self.knows(key) or terminal.was_announced(key)

    def add(self, key: str) -> None:
        """Know that the job was told of."""
        self._numbers.add(index.number(key))


def _numbers(since: float, until: float) -> set[int]:
    return set(index.numbers(since, until))
