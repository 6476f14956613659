"""Which jobs have ended and were announced."""

import math
from concurrent.futures import Executor
from itertools import islice

from shared.jobs import announcements, index

MOST = 200_000  # jobs that are known without a request each: 20 MB of memory
_SLICES = 8  # listings at once: each gets its pages one after the other
_MARGIN = 3600.0  # seconds by which the clocks of workers may differ from the service's


class Announced:
    """The jobs announced since a moment, by the index: a request per thousand of them.

    For any other job its mark is looked up, a request each. With `since` inf all are looked up,
    and so are those beyond MOST: memory does not grow with what is stored.
    """

    def __init__(self, since: float, now: float, pool: Executor) -> None:
        self._numbers: set[int] = set()
        if since < math.inf:
            first, last = since - _MARGIN, now + _MARGIN
            bounds = [first + (last - first) * part / _SLICES for part in range(_SLICES + 1)]
            for found in pool.map(_numbers, bounds, bounds[1:]):
                self._numbers |= found

    def knows(self, key: str) -> bool:
        """Whether the job is known to be announced, without another request."""
        return index.number(key) in self._numbers

    def __contains__(self, key: str) -> bool:
        """Whether the job was announced."""
        return self.knows(key) or announcements.was_announced(key)


def _numbers(since: float, until: float) -> set[int]:
    return set(islice(index.numbers(since, until), MOST // _SLICES))
