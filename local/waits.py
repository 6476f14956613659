"""Lines at the terminal about what photos wait for, one per cause, repeated every AGAIN seconds."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

import requests
from google.api_core.exceptions import GoogleAPIError

from shared.errors import WaitCause
from shared.jobs import unfinished
from shared.jobs.cause import Cause
from shared.jobs.unfinished import Listing
from shared.words import several, shown

AGAIN = 30.0  # s between two lines of one cause
_SETTLED = 2.0  # s before a cause is printed, for its line to count more than the first photo
_OVER = 5.0  # s without a cause before it is over: a job between two attempts has none
_PAUSE = 0.5  # s between two polls; and polling takes at most a twentieth of the time
_SHARE = 20
_ENDS: dict[WaitCause, str] = {
    "key_refused": "Gemini takes the key again.",
    "not_permitted": "Gemini permits the calls again.",
    "no_such_model": "Gemini has the model again.",
    "question_refused": "Gemini takes the questions again.",
    "throttled": "Gemini takes calls again.",
    "quota": "Gemini takes calls again.",
    "budget": "There is budget again.",
    "paused": "The pause is over.",
    "overloaded": "Gemini answers again.",
    "unreachable": "Gemini answers again.",
    "late": "The model answers again.",
    "no_room": "There is room again.",
    "died": "The photos whose worker died have gone on.",
    "fault": "The photos whose worker failed have gone on.",
}

_Kind = tuple[WaitCause, str]  # and the limit, of a budget

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Active:
    """A cause, and when it was seen and printed, by the monotonic clock."""

    cause: Cause
    began: float
    seen: float
    photos: set[tuple[str, int]] = field(default_factory=set)
    printed: float = -math.inf


class Waits:
    """The causes over time. Each poll returns the lines to print."""

    def __init__(self) -> None:
        self._active: dict[_Kind, _Active] = {}
        self._printed: dict[_Kind, float] = {}

    def look(self, seen: Listing, now: float) -> list[str]:
        """The lines that this poll adds."""
        for active in self._active.values():
            active.photos = set()
        for job in seen.jobs:
            if job.cause and job.cause.kind in _ENDS:
                self._note(job.cause, now).photos.add((job.name, job.generation))
        return [line for kind in [*self._active] if (line := self._line(kind, seen, now))]

    def _note(self, cause: Cause, now: float) -> _Active:
        active = self._active.setdefault((cause.kind, cause.limit), _Active(cause, now, now))
        active.seen, active.cause = now, cause
        return active

    def _line(self, kind: _Kind, seen: Listing, now: float) -> str:
        active = self._active[kind]
        if now - active.seen >= _OVER:
            del self._active[kind]
            return _ENDS[kind[0]] if active.printed > -math.inf else ""
        quiet = now - self._printed.get(kind, -AGAIN) < AGAIN
        if not active.photos or quiet or now - active.began < _SETTLED:
            return ""
        active.printed = self._printed[kind] = now
        return _sentence(active.cause, len(active.photos), complete=seen.complete)


def _sentence(cause: Cause, photos: int, *, complete: bool) -> str:
    count = several(photos, "photo") if complete else f"at least {several(photos, 'photo')}"
    waits = (
        f"{count[:1].upper()}{count[1:]} {'waits' if photos == 1 else 'wait'}{_until_text(cause)}."
    )
    return f"{cause.sentence}. {waits}"


def _until_text(cause: Cause) -> str:
    if cause.kind == "budget" and cause.until:
        end = time.strftime("%Y-%m-%d %H:%M", time.gmtime(cause.until))
        return f" until {end} UTC, or for a start with a higher budget"
    if cause.until is None or cause.until <= time.time():
        return ""
    return f" until {time.strftime('%H:%M:%S', time.localtime(cause.until))}"


class Watch:
    """Polls and prints until it is closed."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print = print_line
        self._ending = Event()
        self._thread = Thread(target=self._run, name="waits", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop printing."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        waits, pause = Waits(), _PAUSE
        while not self._ending.wait(pause):
            began = time.monotonic()
            try:
                lines = waits.look(unfinished.listing(), began)
            except (GoogleAPIError, requests.RequestException, OSError) as error:
                _log.info("waiting jobs could not be listed: %r", error)
                lines = []
            for line in lines:
                self._print(f"  {shown(line)}")
            pause = max(_PAUSE, _SHARE * (time.monotonic() - began))
