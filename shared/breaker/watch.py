"""What a worker does around a job: it heeds the brakes, and looks for signs.

A job without a sign costs nothing but the looks of its process.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from shared import settings
from shared.breaker import kinship, names, probes, recent, signs, tripping, verdict
from shared.breaker.kinship import Kin
from shared.breaker.signs import Loop
from shared.errors import Late, Misdirected, Paused, PhotoRefused, Throttled, Unavailable, Unpaid
from shared.model import ImageRef, Job, Origin
from shared.spending import brakes
from shared.spending.brakes import Brake, Scope

if TYPE_CHECKING:
    from shared.breaker.probes import Outcome
    from shared.spending.brakes import Sign

_SECOND = 2  # turns of which an upload is a sign
_MINUTE = 60.0
_MOST = 2_000  # jobs that a process remembers


@contextmanager
def over(job: Job) -> Iterator[None]:
    """Around a job. Raises Paused if a brake holds it, or if it is the last of a loop that may be.

    A job that is a probe says by its outcome whether calls succeed again.
    """
    if not settings.current().has_breaker:
        brakes.heed(job)
        yield
        return
    probed = _heeded(job)
    if not probed:
        _look(job)
    outcome: Outcome = "unknown"
    try:
        yield
        outcome = "passed"
    except (Late, Unpaid) as why:
        if _is_failure(job, why):
            outcome = "failed"
            if not probed:
                _failed(job, why)
        raise
    finally:
        for brake in probed:
            in_vain = brake.sign == "failures" and outcome == "passed" and not _was_answered(job)
            probes.end(brake, job, "unknown" if in_vain else outcome)


def answered(job: Job) -> None:
    """Remember that a call for the job was answered."""
    _memory.answered(Scope(job.recipe), job.key)


def _was_answered(job: Job) -> bool:
    """Whether this process has had a call for the job answered."""
    return _memory.has_answer(job.key)


def _heeded(job: Job) -> Sequence[Brake]:
    """The brakes through which the job goes as a probe. Raises Paused."""
    held = [each for each in brakes.holding(job) if not probes.is_open(each)]
    if by_people := next((each for each in held if each.by != "breaker"), None):
        raise Paused(by_people.sentence)
    for brake in held:
        if brake.sign in ("loop", "records") and _is_back(brake.scope, job):
            probes.came_back(brake, job)
            raise Paused(brake.sentence)
    through = list[Brake]()
    for brake in held:
        if not probes.begin(brake, job):
            for each in through:
                probes.end(each, job, "unknown")
            raise Paused(brake.sentence)
        through.append(brake)
    return through


def _is_back(scope: Scope, job: Job) -> bool:
    """Whether the upload came of one that was read during the pause: by a probe."""
    origin, brake = job.origin, brakes.find(scope)
    if origin is None or brake is None or not brake.passed or origin.created <= brake.since:
        return False
    kin = kinship.of(job, origin, recent.records(recent.SOON))
    return kin is not None and (kin.is_sure or 0 <= origin.created - kin.last <= verdict.ECHO)


def _look(job: Job) -> None:
    """Raises Paused if the upload is one too many of a loop."""
    origin = job.origin
    if origin is None or job.plan or not job.recipe:
        return
    kin = _kin(job, origin)
    if kin is None or kin.turns < _SECOND or not _memory.is_new(job.key):
        return
    if kin.is_sure or origin.created - kin.last <= verdict.ECHO:
        sign = Loop(job.key, kin.kind, kin.family, origin.created, kin.last)
        _check(Scope(job.recipe), sign)


def _kin(job: Job, origin: Origin) -> Kin | None:
    """What the upload comes from; the more it seems to, the newer the look."""
    kin = kinship.of(job, origin, recent.records())
    if _memory.resembles(job, origin) or kin or names.repeats(job.images[0].name):
        kin = kinship.of(job, origin, recent.records(recent.SOON))
    if kin and kin.turns >= _SECOND:
        kin = kinship.of(job, origin, recent.records(0.0))
    return kin


def _check(scope: Scope, sign: Loop) -> None:
    signs.add_loop(scope, sign)
    known = signs.loops(scope, time.time() - recent.WINDOW)
    if len(known) < verdict.LOOP:
        return
    last = brakes.last_end(scope)
    found = verdict.echoes(known, recent.records().ended, last.at if last else 0.0)
    if found.is_one and sign in found.echoes:
        reason = found.reason(recent.WINDOW / _MINUTE)
        suspects = [sign.id, *(each.id for each in found.echoes if each != sign)]
        kind: Sign = "records" if sign.kind == "record" else "loop"
        brake = tripping.trip(scope, kind, reason, len(found.echoes), suspects)
        raise Paused(brake.sentence)


def _is_failure(job: Job, why: Exception) -> bool:
    """Whether a call failed because of the service or our settings, not of one photo.

    Without a recipe, what a job asks for may be wrong.
    """
    if isinstance(why, (Throttled, PhotoRefused)):
        return False
    ours = isinstance(why, Misdirected) and job.recipe != ""
    return ours or isinstance(why, (Late, Unavailable))


def _failed(job: Job, why: Exception) -> None:
    """Write a failed call down; pull a brake if most fail, which says why the last one did."""
    scope = Scope(job.recipe)
    signs.add_failure(scope, _memory.recently_answered(scope))
    since = time.time() - verdict.MINUTES * _MINUTE
    known = signs.failures(scope, since)
    if not verdict.calls(known).are_failing:
        return
    last = brakes.last_end(scope)
    calls = verdict.calls(each for each in known if last is None or each.at > last.at)
    if calls.are_failing:
        reason = f"{calls.reason}, the last one by this: {why}"
        tripping.trip(scope, "failures", reason, calls.failed)


class _Memory:
    """What this process knows before the index does: its own jobs and answers."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun = OrderedDict[tuple[str, ...], tuple[ImageRef, str]]()
        self._signs = OrderedDict[str, None]()
        self._answers = dict[tuple[str, str], deque[float]]()
        self._answered = OrderedDict[str, None]()

    def resembles(self, job: Job, origin: Origin) -> bool:
        """Whether this process had another job about such a name, or about those bytes."""
        image, place = job.images[0], (settings.current().state_bucket, job.task)
        mine = image, job.key
        _, stem = names.split(image.name)
        others = [(*place, "stem", each) for each in names.shorter(stem)]
        own = [(*place, "stem", stem), (*place, "content", origin.content)]
        with self._lock:
            known = {self._begun.get(key) for key in [*others, *own]} - {None, mine}
            for key in own:
                self._begun[key] = mine
            _trim(self._begun)
        return bool(known)

    def is_new(self, key: str) -> bool:
        """Whether this process has not yet written down the sign of that job."""
        with self._lock:
            if key in self._signs:
                return False
            self._signs[key] = None
            _trim(self._signs)
        return True

    def answered(self, scope: Scope, key: str) -> None:
        with self._lock:
            self._of(scope).append(time.monotonic())
            self._answered[key] = None
            _trim(self._answered)

    def has_answer(self, key: str) -> bool:
        with self._lock:
            return key in self._answered

    def recently_answered(self, scope: Scope) -> int:
        since = time.monotonic() - verdict.MINUTES * _MINUTE
        with self._lock:
            return sum(each > since for each in self._of(scope))

    def _of(self, scope: Scope) -> deque[float]:
        place = settings.current().state_bucket, scope.id
        return self._answers.setdefault(place, deque(maxlen=_MOST))


def _trim(things: OrderedDict[Any, Any]) -> None:
    while len(things) > _MOST:
        things.popitem(last=False)


_memory = _Memory()
