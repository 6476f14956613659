"""Generation numbers."""

import time
from pathlib import Path

_RESERVED = 1_000_000  # numbers reserved at a time: one second of them


class Generations:
    """Ever larger numbers, the microseconds of the clock where it allows.

    A limit on disk is always above every number given out, so that not even a clock
    set back between two runs repeats one. Not safe for threads: the store's lock guards it.
    """

    def __init__(self, mark: Path) -> None:
        self._mark = mark
        self._reserved = int(mark.read_text()) if mark.exists() else 0
        self._last = self._reserved

    def next(self) -> int:
        self._last = max(self._last + 1, time.time_ns() // 1000)
        if self._last > self._reserved:
            self._reserved = self._last + _RESERVED
            scratch = self._mark.with_suffix(".new")
            scratch.write_text(str(self._reserved))
            scratch.replace(self._mark)
        return self._last
