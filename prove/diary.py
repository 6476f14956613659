"""What happened in a storm, and which extra payments it explains."""

import math
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

_BLUR = 0.5  # seconds by which two times of one moment may differ
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the model answered: it was paid. Times are time.monotonic()."""

    photo: int
    host: int
    asked: float
    answered: float


@dataclass(frozen=True, slots=True)
class Kept:
    """A host kept its answer, or found one that was kept before."""

    photo: int
    host: int
    at: float


@dataclass(frozen=True, slots=True)
class Claimed:
    """A host wrote a lease: took, renewed or released it."""

    photo: int
    host: int
    owner: str
    at: float


@dataclass(frozen=True, slots=True)
class Kill:
    """A process died."""

    host: int
    at: float
    where: str  # the request at which it died


@dataclass(frozen=True, slots=True)
class Stall:
    """A process stood still."""

    host: int
    at: float
    until: float


Entry = Call | Kept | Claimed | Kill | Stall


@dataclass(slots=True)
class Diary:
    """Every event of a storm, in the order in which it was noted."""

    entries: list[Entry] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def note(self, entry: Entry) -> None:
        """Write down what happened."""
        with self._lock:
            self.entries.append(entry)

    def of(self, kind: type[T]) -> list[T]:
        """The events of one kind, so far."""
        with self._lock:
            return [entry for entry in self.entries if isinstance(entry, kind)]


@dataclass(frozen=True, slots=True)
class Extra:
    """A payment beyond a job's first, and its cause; `why` is empty if there is none."""

    photo: int
    host: int
    why: str


def extras(diary: Diary, lease: float, patience: float) -> list[Extra]:
    """Every payment beyond one for a photo; `lease` and the model's timeout in seconds.

    No call can be singled out as the extra one. This is why all calls for a photo but one must
    have a cause.
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
    """When the host that made a call kept its answer; infinity if it did not."""
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
    """Seconds from the last write of a call's lease until another owner wrote it.

    Infinity if none did.
    """
    claims = [claim for claim in diary.of(Claimed) if claim.photo == call.photo]
    mine = [each for each in claims if each.host == call.host and each.at <= call.asked]
    if not mine:
        return 0.0
    own = [each.at for each in claims if each.owner == mine[-1].owner]
    others = [each.at for each in claims if each.owner != mine[-1].owner and each.at > own[-1]]
    return min(others, default=math.inf) - own[-1]
