"""The deadline of a call, from the look-up of the name to the last byte."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from shared.border.fetch.errors import TimedOut, Unreachable


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a call, by the monotonic clock: every step ends by then."""

    seconds: float  # granted for the call as a whole
    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """The deadline that many seconds from now."""
        return cls(seconds, time.monotonic() + seconds)

    @contextmanager
    def bounding(self, step: str) -> Iterator[float]:
        """Yields the seconds left for a step, above 0; an OSError in it becomes Unreachable."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise self._passed(step)
        try:
            yield left
        except TimeoutError as error:
            raise self._passed(step) from error
        except OSError as error:
            raise Unreachable(f"{step} failed: {error.strerror or error}") from error

    def _passed(self, step: str) -> TimedOut:
        return TimedOut(f"{step} failed: {self.seconds:g} s are over")
