"""A storm: uploads on a lane while its hosts meet faults at random."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from prove import judge, photo
from prove.diary import Diary, Stall
from prove.lane import Lane
from prove.report import say
from prove.weather import Climate, Weather
from shared.intake import recipes
from shared.model import ImageRef

_STALL = 15.0  # seconds, above a lease
_AT_ONCE = 10  # jobs under way: a kill hits half of them, and the fifth ends a job as failed
_PATIENCE = 300.0  # seconds without any job's end
_TELL = 5.0  # seconds from one line to the next
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a storm."""

    jobs: int = 200
    copies: int = 5
    seed: int = 1
    stalls: int = 4
    climate: Climate = field(default_factory=Climate)

    def stall_at(self) -> list[int]:
        """The uploads before which a process stands still."""
        return [self.jobs * number // (self.stalls + 1) for number in range(1, self.stalls + 1)]


@dataclass(slots=True)
class Storm:
    """What a plan does to a lane."""

    plan: Plan
    lane: Lane
    diary: Diary
    weathers: Sequence[Weather]
    photos: dict[str, int]  # their numbers by the keys of their jobs, for the weather
    refs: dict[str, ImageRef] = field(default_factory=dict)  # by the keys of their jobs
    _ended: set[str] = field(default_factory=set)
    _heard: int = 0
    _began: float = field(default_factory=time.monotonic)
    _told: float = 0.0
    _moved: float = field(default_factory=time.monotonic)

    def run(self) -> bool:
        """Upload everything and wait until all is at rest; False if it gets stuck before."""
        stalls = self.plan.stall_at()
        with ThreadPoolExecutor(1) as stalling:
            for number in range(self.plan.jobs):
                if not self._wait(self._has_room):
                    return False
                if number in stalls:
                    stalling.submit(self._stall, stalls.index(number) % len(self.lane.hosts))
                self._upload(number)
        return self._wait(self._at_rest)

    def met(self) -> Counter[str]:
        """What went wrong, and how often."""
        return sum((weather.met for weather in self.weathers), Counter())

    def _upload(self, number: int) -> None:
        ref = self.lane.put(f"storm/{number:04}.jpg", photo.of(number))
        (job,) = recipes.jobs(ref)
        self.refs[job.key] = ref
        self.photos[job.key] = number
        self.lane.send(ref)

    def _stall(self, host: int) -> None:
        began = time.monotonic()
        self.lane.hosts[host].stall(_STALL)
        self.diary.note(Stall(host, began, time.monotonic()))

    def _has_room(self) -> bool:
        return len(self.refs) - len(self._ended) < _AT_ONCE

    def _at_rest(self) -> bool:
        """Whether all is done; on Google's emulator, which shows no backlog, all announced."""
        return len(self._ended) == self.plan.jobs and self.lane.at_rest()

    def _wait(self, enough: Callable[[], bool]) -> bool:
        """Whether it came true; False once nothing has moved for _PATIENCE."""
        while not enough():
            if time.monotonic() - self._moved > _PATIENCE:
                return False
            time.sleep(_PAUSE)
            self._listen()
            self._tell()
        return True

    def _listen(self) -> None:
        """Note which jobs were announced meanwhile."""
        new = self.lane.ears.asked[self._heard :]
        self._heard += len(new)
        before = len(self._ended)
        self._ended |= {judge.heard(asked.body) for asked in new}
        if len(self._ended) > before:
            self._moved = time.monotonic()

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told < _TELL:
            return
        self._told = now
        met = self.met()
        say(
            f"  {now - self._began:4.0f} s: {len(self._ended)} of {self.plan.jobs} announced; "
            f"{met['killed']} killed, {len(self.diary.of(Stall))} stalled, "
            f"{sum(met.values()) - met['killed']} other faults"
        )
