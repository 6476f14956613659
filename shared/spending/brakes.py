"""The brakes: paid work of everything, of a recipe or of a folder is paused until it is resumed.

A brake is an object under `brakes/` in the state bucket. People pull one, and so does the breaker
(shared/breaker/). A worker that meets one acknowledges the job and leaves its lease, marked as
paused: no message waits in the queue, none is given up, and the sweep, or whoever resumes, queues
the job again.

Each process looks at most every FRESH seconds: a pause is everywhere by then, and so is its end. A
brake that was released leaves an object under `pauses-ended/`: what was evidence before is none
afterwards, and events tell of both.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock
from typing import Literal, Self
from uuid import uuid4

from shared import codec, settings
from shared.border.storage import STATE, Listed
from shared.errors import Paused
from shared.model import Job

FRESH = 5.0  # seconds that a look lasts
_PREFIX = "brakes/"
_ENDED = "pauses-ended/"
_TOLD = "told"  # in the metadata of an end: whether its event was published

By = Literal["operator", "breaker"]
Sign = Literal["", "loop", "records", "uploads", "failures"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a brake holds: the jobs of a recipe, those of uploads below a folder, or everything."""

    recipe: str = ""
    prefix: str = ""

    def holds(self, job: Job) -> bool:
        """Whether it holds the job."""
        return self.recipe in ("", job.recipe) and any(
            name.startswith(self.prefix) for name in _names(job)
        )

    @property
    def what(self) -> str:
        """What it holds, for people."""
        if self.recipe:
            return f"The recipe {self.recipe!r}"
        return f"All work on {self.prefix!r}" if self.prefix else "All paid work"

    @property
    def id(self) -> str:
        """A part of an object's name; names of recipes and folders may hold any character."""
        if self.recipe:
            return sha256(self.recipe.encode()).hexdigest()[:16]
        return f"below-{sha256(self.prefix.encode()).hexdigest()[:16]}" if self.prefix else "all"


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Brake:
    """A brake in force. Times are seconds since the epoch.

    One of the breaker's lets a job through now and then, to see whether its sign is gone: a probe.
    """

    reason: str
    since: float
    recipe: str = ""
    prefix: str = ""
    by: By = "operator"
    sign: Sign = ""  # for which the breaker pulled it
    cooldown: float = 0.0  # seconds between two probes
    probe_at: float = 0.0  # when the next probe may begin
    probe: str = ""  # the key of the job that is one
    probe_until: float = 0.0  # then another job may take its place
    passed: int = 0  # probes in a row after which the sign did not come back
    suspects: tuple[str, ...] = ()  # keys of jobs that a probe is made of; none: of any
    told: bool = False  # whether its event was published
    write: str = ""  # makes every write different

    @property
    def scope(self) -> Scope:
        """What it holds."""
        return Scope(self.recipe, self.prefix)

    @property
    def sentence(self) -> str:
        """What is paused, and why; without a full stop."""
        return f"{self.scope.what} is paused: {self.reason}"

    @property
    def id(self) -> str:
        """Names this pause, and no other of the same scope."""
        return f"{self.scope.id}-{round(self.since * 1000)}"

    def holds(self, job: Job) -> bool:
        """Whether it holds the job."""
        return self.scope.holds(job)


@dataclass(frozen=True, slots=True)
class Ended:
    """A pause that is over."""

    brake: Brake
    at: float
    by: By
    told: bool = False
    write: str = ""

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The end in an object."""
        return codec.decode(body, cls)


def pull(brake: Brake) -> bool:
    """Put a brake in force; False if what it is about was paused before."""
    return STATE.create(_name(brake.scope), codec.encode(replace(brake, write=uuid4().hex)))


def release(scope: Scope, by: By = "operator") -> bool:
    """Take a brake away, whoever changes it meanwhile; False if there was none."""
    while stored := STATE.version(_name(scope)):
        brake = codec.decode(stored.body, Brake)
        ended = Ended(brake, time.time(), by)
        STATE.create(f"{_ENDED}{brake.id}.json", codec.encode(ended), metadata={_TOLD: "0"})
        STATE.delete_all([Listed(_name(scope), stored.generation, 0.0, {})])
        left = STATE.version(_name(scope))
        if left is None or codec.decode(left.body, Brake).id != brake.id:
            return True
    return False


def revise(scope: Scope, change: Callable[[Brake], Brake | None]) -> Brake | None:
    """Change a brake, whoever else does; `change` returns None to leave it.

    Returns what was written; None if nothing was.
    """
    while stored := STATE.version(_name(scope)):
        changed = change(codec.decode(stored.body, Brake))
        if changed is None:
            return None
        mine = replace(changed, write=uuid4().hex)
        if STATE.swap(_name(scope), codec.encode(mine), stored.generation) is not None:
            return mine
    return None


def in_force() -> tuple[Brake, ...]:
    """All brakes, the oldest first; read now."""
    found = (codec.decode(body, Brake) for body in STATE.read_all(_PREFIX))
    return tuple(sorted(found, key=lambda brake: brake.since))


def find(scope: Scope) -> Brake | None:
    """The brake of that scope, read now; None if there is none."""
    body = STATE.read(_name(scope))
    return codec.decode(body, Brake) if body else None


def last_end(scope: Scope) -> Ended | None:
    """The last end of a pause of that scope, as long as it is kept."""
    *_, last = (None, *(each.name for each in STATE.listing(f"{_ENDED}{scope.id}-")))
    body = STATE.read(last) if last else None
    return Ended.read(body) if body else None


def untold_ends() -> Iterator[Ended]:
    """The ends whose events were not published yet."""
    for each in STATE.listing(_ENDED):
        if each.metadata.get(_TOLD) != "1" and (body := STATE.read(each.name)):
            yield Ended.read(body)


def mark_told(ended: Ended) -> None:
    """Remember that the event of an end was published."""
    name = f"{_ENDED}{ended.brake.id}.json"
    if stored := STATE.about(name):
        mine = replace(ended, told=True, write=uuid4().hex)
        STATE.swap(name, codec.encode(mine), stored.generation, {_TOLD: "1"})


def heed(job: Job) -> None:
    """Raises Paused if a brake holds the job, by the last look."""
    if held := holding(job):
        raise Paused(held[0].sentence)


def holding(job: Job) -> tuple[Brake, ...]:
    """The brakes that hold the job, by the last look, the oldest first."""
    return tuple(brake for brake in _seen.brakes() if brake.holds(job))


def look_again() -> None:
    """Forget the last look of this process."""
    _seen.forget()


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

    def forget(self) -> None:
        with self._lock:
            self._bucket = ""


_seen = _Seen()


def _names(job: Job) -> Iterator[str]:
    """The names of the uploads that a job is about; a job file is one, too."""
    yield from (image.name for image in job.images)
    match job.request.get("job_file"):
        case {"name": str(name)}:
            yield name


def _name(scope: Scope) -> str:
    return f"{_PREFIX}{scope.id}.json"
