"""A queue of timed actions. It has no thread and no clock: the owner asks what is due."""

import heapq
from collections.abc import Callable, Iterator
from itertools import count

Action = Callable[[], None]


class Alarm:
    """An action at one time, unless it is cancelled before."""

    __slots__ = ("_timer", "action")

    def __init__(self, timer: "Timer", action: Action) -> None:
        self._timer = timer
        self.action: Action | None = action

    def cancel(self) -> None:
        """Drop the action; does nothing if it has run."""
        if self.action is not None:
            self.action = None
            self._timer.one_cancelled()


class Timer:
    """Alarms in the order of their times (seconds of the owner's clock), then of their creation."""

    def __init__(self) -> None:
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._order = count()
        self._cancelled = 0

    def at(self, when: float, action: Action) -> Alarm:
        """An alarm for `action` at `when`."""
        alarm = Alarm(self, action)
        heapq.heappush(self._alarms, (when, next(self._order), alarm))
        return alarm

    @property
    def next(self) -> float | None:
        """The time of the earliest alarm, None without any."""
        self._drop_cancelled_head()
        return self._alarms[0][0] if self._alarms else None

    def due(self, now: float) -> Iterator[Action]:
        """The actions that are due, each removed as it is returned."""
        while (when := self.next) is not None and when <= now:
            alarm = heapq.heappop(self._alarms)[2]
            action, alarm.action = alarm.action, None
            if action is not None:
                yield action

    def one_cancelled(self) -> None:
        """Remove cancelled alarms once they are more than half: this bounds the memory."""
        self._cancelled += 1
        if self._cancelled * 2 > len(self._alarms):
            self._alarms = [entry for entry in self._alarms if entry[2].action is not None]
            heapq.heapify(self._alarms)
            self._cancelled = 0

    def _drop_cancelled_head(self) -> None:
        while self._alarms and self._alarms[0][2].action is None:
            heapq.heappop(self._alarms)
            self._cancelled -= 1
