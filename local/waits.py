"""What photos wait for, told at the terminal: a line per cause at once, then now and then."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

import requests
from google.api_core.exceptions import GoogleAPIError

from shared.errors import WaitCause
from shared.jobs import under_way
from shared.jobs.cause import Cause
from shared.jobs.under_way import Seen
from shared.words import several, shown

AGAIN = 30.0  # s between two lines of one cause
_SETTLED = 2.0  # s until a cause is told, so that it is told with more than its first photo
_OVER = 5.0  # s without a cause until it is over: a job on its way to the next try shows none
_PAUSE = 0.5  # s between two looks; and a look takes at most a twentieth of the time
_SHARE = 20
_ENDS: dict[WaitCause, str] = {
    "key_refused": "Gemini takes the key again.",
    "not_permitted": "Gemini permits the calls again.",
    "no_such_model": "Gemini has the model again.",
    "question_refused": "Gemini takes the questions again.",
    "throttled": "Gemini takes calls again.",
    "quota": "Gemini takes calls again.",
    "budget": "There is budget again.",
    "overloaded": "Gemini answers again.",
    "unreachable": "Gemini answers again.",
    "late": "The model answers again.",
    "no_room": "There is room again.",
    "died": "The photos whose worker died have gone on.",
    "fault": "The photos whose worker failed have gone on.",
}

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Told:
    """A cause that is there, and when it was seen and told, by the monotonic clock."""

    cause: Cause
    began: float
    seen: float
    photos: set[tuple[str, int]] = field(default_factory=set)
    said: float = -math.inf


class Waits:
    """The causes over time. Each look comes to the lines that are to be printed."""

    def __init__(self) -> None:
        self._there: dict[WaitCause, _Told] = {}
        self._said: dict[WaitCause, float] = {}

    def look(self, seen: Seen, now: float) -> list[str]:
        """What is new in what was seen at this time."""
        for told in self._there.values():
            told.photos = set()
        for job in seen.jobs:
            if job.cause and job.cause.kind in _ENDS:
                self._note(job.cause, now).photos.add((job.name, job.generation))
        return [line for kind in [*self._there] if (line := self._line(kind, seen, now))]

    def _note(self, cause: Cause, now: float) -> _Told:
        told = self._there.setdefault(cause.kind, _Told(cause, now, now))
        told.seen, told.cause = now, cause
        return told

    def _line(self, kind: WaitCause, seen: Seen, now: float) -> str:
        told = self._there[kind]
        if now - told.seen >= _OVER:
            del self._there[kind]
            return _ENDS[kind] if told.said > -math.inf else ""
        quiet = now - self._said.get(kind, -AGAIN) < AGAIN
        if not told.photos or quiet or now - told.began < _SETTLED:
            return ""
        told.said = self._said[kind] = now
        return _sentence(told.cause, len(told.photos), complete=seen.complete)


def _sentence(cause: Cause, photos: int, *, complete: bool) -> str:
    count = several(photos, "photo") if complete else f"at least {several(photos, 'photo')}"
    waits = f"{count[:1].upper()}{count[1:]} {'waits' if photos == 1 else 'wait'}{_until(cause)}."
    return f"{cause.sentence}. {waits}"


def _until(cause: Cause) -> str:
    if cause.kind == "budget":
        return " until midnight UTC, or for a start with a higher DAILY_BUDGET_USD"
    if cause.until is None or cause.until <= time.time():
        return ""
    return f" until {time.strftime('%H:%M:%S', time.localtime(cause.until))}"


class Watch:
    """Looks and prints until it is closed."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._ending = Event()
        self._thread = Thread(target=self._run, name="waits", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Say no more."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        waits, pause = Waits(), _PAUSE
        while not self._ending.wait(pause):
            began = time.monotonic()
            try:
                lines = waits.look(under_way.seen(), began)
            except (GoogleAPIError, requests.RequestException, OSError) as error:
                _log.info("what waits is not known: %r", error)
                lines = []
            for line in lines:
                self._say(f"  {shown(line)}")
            pause = max(_PAUSE, _SHARE * (time.monotonic() - began))
