"""The brakes: an operator pauses all paid work, or that of one recipe, until it is resumed.

A brake is an object under `brakes/` in the state bucket. A worker that meets one acknowledges the
job and leaves its lease, marked as paused: no message waits in the queue, none is given up, and the
sweep, or whoever resumes, queues the job again.

Each process looks at most every FRESH seconds: a pause is everywhere by then, and so is its end.
"""

import time
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from shared import codec, settings
from shared.border.storage import STATE
from shared.errors import Paused
from shared.model import Job

FRESH = 5.0  # seconds that a look lasts
_PREFIX = "brakes/"


@dataclass(frozen=True, slots=True)
class Brake:
    """A brake in force. `recipe` is empty if it holds everything; `since` in seconds (epoch)."""

    reason: str
    since: float
    recipe: str = ""

    @property
    def sentence(self) -> str:
        """What is paused, and why; without a full stop."""
        what = f"The recipe {self.recipe!r}" if self.recipe else "All paid work"
        return f"{what} is paused: {self.reason}"

    def holds(self, job: Job) -> bool:
        """Whether it holds the job."""
        return self.recipe in ("", job.recipe)


def pull(brake: Brake) -> bool:
    """Put a brake in force; False if what it is about was paused before."""
    return STATE.create(_name(brake.recipe), codec.encode(brake))


def release(recipe: str) -> bool:
    """Take a brake away; False if there was none."""
    there = STATE.exists(_name(recipe))
    STATE.delete(_name(recipe))
    return there


def in_force() -> tuple[Brake, ...]:
    """All brakes, the oldest first; read now."""
    found = (codec.decode(body, Brake) for body in STATE.read_all(_PREFIX))
    return tuple(sorted(found, key=lambda brake: brake.since))


def heed(job: Job) -> None:
    """Raises Paused if a brake holds the job, by the last look."""
    for brake in _seen.brakes():
        if brake.holds(job):
            raise Paused(brake.sentence)


class _Seen:
    """The brakes by the last look of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bucket, self._at = "", 0.0
        self._brakes: tuple[Brake, ...] = ()

    def brakes(self) -> tuple[Brake, ...]:
        bucket = settings.current().state_bucket
        with self._lock:
            if bucket != self._bucket or time.monotonic() - self._at >= FRESH:
                self._brakes = in_force()
                self._bucket, self._at = bucket, time.monotonic()
            return self._brakes


_seen = _Seen()


def _name(recipe: str) -> str:
    """Of a recipe, a digest: its name may hold any character."""
    return f"{_PREFIX}{sha256(recipe.encode()).hexdigest()[:16] if recipe else 'all'}.json"
