"""Deliveries in the order of their due times."""

import threading
import time
from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """An attempt at an event; `due` is a time.monotonic() value in seconds, `tries` were made."""

    due: float
    key: str  # of the event
    tries: int = field(default=0, compare=False)


class Schedule:
    """Turns, handed out by any number of threads once they are due, earliest first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Turn] = []
        self._taken = 0

    def add(self, key: str) -> None:
        with self._changed:
            heappush(self._waiting, Turn(time.monotonic(), key))
            self._changed.notify_all()

    def take(self, stop: threading.Event) -> Turn | None:
        """The next turn, waited for until it is due; None once `stop` is set and woken."""
        with self._changed:
            while not stop.is_set():
                delay = self._waiting[0].due - time.monotonic() if self._waiting else None
                if delay is not None and delay <= 0:
                    self._taken += 1
                    return heappop(self._waiting)
                self._changed.wait(delay)
        return None

    def finish(self) -> None:
        """A turn that was taken is over for good."""
        with self._changed:
            self._taken -= 1

    def postpone(self, turn: Turn, delay: float) -> None:
        """A turn that was taken comes again after `delay` seconds."""
        with self._changed:
            self._taken -= 1
            heappush(self._waiting, Turn(time.monotonic() + delay, turn.key, turn.tries + 1))
            self._changed.notify_all()

    def wake(self) -> None:
        """Make every waiting thread check its stop event."""
        with self._changed:
            self._changed.notify_all()

    def empty(self) -> bool:
        """Nothing waits and nothing is being worked on."""
        with self._changed:
            return not self._waiting and not self._taken
