"""How long a call may take, from the look-up of the name to the last byte."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from shared.border.fetch.errors import TimedOut, Unreachable


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, by the monotonic clock, that no step of a call outlasts."""

    seconds: float  # granted for the call as a whole
    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """The one that many seconds from now."""
        return cls(seconds, time.monotonic() + seconds)

    @contextmanager
    def bounding(self, step: str) -> Iterator[float]:
        """The seconds left for a step (more than none); what goes wrong in it, as Unreachable."""
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
