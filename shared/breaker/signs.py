"""The signs: an object for each upload or call that was odd, in the state bucket.

Each is written first, and then all are listed, as with the sums of a budget: the last of concurrent
ones sees all the others. No sign has a name of an upload. They expire after a day.
"""

import math
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import islice
from uuid import uuid4

from shared.border.storage import STATE, Listed
from shared.spending.brakes import Scope

_LOOPS, _FAILURES = "signs/loops/", "signs/failures/"
_FOREVER = 10**14  # ms; names count down from it, so the newest sorts first
_MOST = 200  # that are read: a listing shows a thousand
_KEY = 16  # characters of a job's key


@dataclass(frozen=True, slots=True)
class Loop:
    """A job whose upload came of an earlier one. Times are seconds since the epoch."""

    id: str  # the job's key
    kind: str
    family: str
    created: float  # the upload
    last: float  # when the latest of those it came from ended


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed, and how many of its process did not."""

    process: str
    answered: int  # calls of the process in the last minutes
    at: float


def add_loop(scope: Scope, sign: Loop) -> None:
    """Write a sign down."""
    name = f"{_LOOPS}{scope.id}/{_place(time.time())}-{sign.id[:_KEY]}"
    STATE.create(name, b"", "text/plain", {key: str(each) for key, each in asdict(sign).items()})


def loops(scope: Scope, since: float) -> list[Loop]:
    """The newest signs since a moment, of each job one."""
    found = (_loop(each.metadata) for each in _newest(_LOOPS, scope, since))
    return list({each.id: each for each in found if each}.values())


def add_failure(scope: Scope, answered: int) -> None:
    """Write a call down that failed; `answered` are those of this process that did not."""
    now = time.time()
    shown = {"process": process(), "answered": str(answered), "at": str(now)}
    STATE.create(
        f"{_FAILURES}{scope.id}/{_place(now)}-{uuid4().hex[:_KEY]}", b"", "text/plain", shown
    )


def failures(scope: Scope, since: float) -> list[Failure]:
    """The newest failures since a moment, the newest first."""
    found = (_failure(each.metadata) for each in _newest(_FAILURES, scope, since))
    return [each for each in found if each]


def process() -> str:
    """The id of this process; a fork has its own."""
    return _process(os.getpid())


@cache
def _process(pid: int) -> str:
    return f"{pid}-{uuid4().hex[:12]}"


def _newest(folder: str, scope: Scope, since: float) -> Iterator[Listed]:
    prefix = f"{folder}{scope.id}/"
    return islice(STATE.listing(prefix, end=f"{prefix}{_place(since)}"), _MOST)


def _place(moment: float) -> str:
    return f"{_FOREVER - int(moment * 1000):014d}"


def _loop(shown: Mapping[str, str]) -> Loop | None:
    """The sign in an object's metadata; None if it is not one."""
    created, last = _number(shown.get("created")), _number(shown.get("last"))
    if created is None or last is None:
        return None
    return Loop(shown.get("id", ""), shown.get("kind", ""), shown.get("family", ""), created, last)


def _failure(shown: Mapping[str, str]) -> Failure | None:
    answered, at = _number(shown.get("answered")), _number(shown.get("at"))
    if answered is None or at is None:
        return None
    return Failure(shown.get("process", ""), int(answered), at)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
