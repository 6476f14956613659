"""What happened in a storm, and which payments it accounts for."""

import math
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

_BLUR = 0.5  # seconds by which two notes of one moment may differ
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the model answered, and so one that was paid. Times are time.monotonic()."""

    photo: int
    host: int
    asked: float
    answered: float


@dataclass(frozen=True, slots=True)
class Kept:
    """A host kept the answer it had, or found that there was one."""

    photo: int
    host: int
    at: float


@dataclass(frozen=True, slots=True)
class Claimed:
    """A host wrote a lease: took it, renewed it or let go of it."""

    photo: int
    host: int
    owner: str
    at: float


@dataclass(frozen=True, slots=True)
class Kill:
    """A process died."""

    host: int
    at: float
    where: str  # the request at which it did


@dataclass(frozen=True, slots=True)
class Stall:
    """A process stood still."""

    host: int
    at: float
    until: float


Entry = Call | Kept | Claimed | Kill | Stall


@dataclass(slots=True)
class Diary:
    """Everything that happened, in the order in which it was noted."""

    entries: list[Entry] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def note(self, entry: Entry) -> None:
        """Write down what happened."""
        with self._lock:
            self.entries.append(entry)

    def of(self, kind: type[T]) -> list[T]:
        """All of one kind, so far."""
        with self._lock:
            return [entry for entry in self.entries if isinstance(entry, kind)]


@dataclass(frozen=True, slots=True)
class Extra:
    """A payment beyond a job's first, and what accounts for it; nothing does if `why` is empty."""

    photo: int
    host: int
    why: str


def extras(diary: Diary, lease: float, patience: float) -> list[Extra]:
    """Every payment beyond one for a photo; a lease and the wait for the model in seconds.

    Which call was one too many nobody can say. So all but one of a photo's must have something
    that accounts for them.
    """
    calls: dict[int, list[Call]] = {}
    for call in diary.of(Call):
        calls.setdefault(call.photo, []).append(call)
    found = []
    for mine in calls.values():
        told = [Extra(each.photo, each.host, _why(diary, each, lease, patience)) for each in mine]
        found += sorted(told, key=lambda extra: not extra.why)[: len(mine) - 1]
    return found


def _kept_at(diary: Diary, call: Call) -> float:
    """When the host that made a call kept its answer; never, if it did not."""
    mine = [
        kept.at
        for kept in diary.of(Kept)
        if (kept.photo, kept.host) == (call.photo, call.host) and kept.at >= call.answered
    ]
    return min(mine, default=math.inf)


def _why(diary: Diary, call: Call, lease: float, patience: float) -> str:
    if call.answered - call.asked >= patience:
        return f"was not answered within {patience:g} s"
    held = _held(diary, call)
    if not lease - _BLUR <= held < math.inf:
        return ""
    end = _kept_at(diary, call)
    for kill in diary.of(Kill):
        if kill.host == call.host and call.asked - _BLUR <= kill.at <= min(end, call.asked + held):
            return f"killed {kill.at - call.asked:.2f} s after it asked, at {kill.where}"
    for stall in diary.of(Stall):
        if stall.host == call.host and stall.at <= end and stall.until >= call.asked - held:
            return f"stood still for {stall.until - stall.at:.1f} s"
    return f"had its lease for {held:.1f} s, and then lost it: storage failed meanwhile"


def _held(diary: Diary, call: Call) -> float:
    """Seconds from the last write of the lease that a call was made under to the next owner's.

    inf if there was no next one.
    """
    claims = [claim for claim in diary.of(Claimed) if claim.photo == call.photo]
    mine = [each for each in claims if each.host == call.host and each.at <= call.asked]
    if not mine:
        return 0.0
    own = [each.at for each in claims if each.owner == mine[-1].owner]
    others = [each.at for each in claims if each.owner != mine[-1].owner and each.at > own[-1]]
    return min(others, default=math.inf) - own[-1]
