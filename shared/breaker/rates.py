"""How many uploads came in the last minutes, below which folder; counted by ingest's processes.

A process counts in memory, and writes its counts now and then: never for a few uploads.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock

from shared import settings
from shared.border.storage import STATE
from shared.breaker import signs, tripping, verdict
from shared.model import Upload
from shared.spending.brakes import Scope

_PREFIX = "signs/uploads/"
_COUNTS = "counts"  # in the metadata
_MINUTE = 60.0
_SELDOM = 5.0  # seconds between two writes of a process
_FEW = 20  # uploads that are not worth a write
_MOST = 40  # folders that a process tells of; metadata has room for 8 KiB
_LONGEST = 100  # characters of a folder; uploads below a longer one count for the whole bucket


def count(upload: Upload) -> None:
    """Count an upload that was taken in; pull a brake if there are too many."""
    limit = settings.current().breaker_uploads_per_minute
    if not limit or not settings.current().has_breaker:
        return
    if _mine.add(upload) and (folder := verdict.flooded(known := counts(), limit)) is not None:
        scope, minutes = Scope(prefix=folder), verdict.MINUTES
        where = f"below {folder!r}" if folder else "in all"
        most = limit * (1 if folder else verdict.WHOLE)
        reason = (
            f"{known[folder]:,} uploads {where} within {minutes} minutes, more than {most:g} a "
            "minute"
        )
        tripping.trip(scope, "uploads", reason, known[folder])


def counts() -> Mapping[str, int]:
    """The uploads of the last MINUTES, as far as they were written; "": all of them."""
    first = int(time.time() // _MINUTE) - verdict.MINUTES + 1
    found = Counter[str]()
    for each in STATE.listing(_PREFIX, after=f"{_PREFIX}{first:010d}"):
        with suppress(ValueError, AttributeError):
            found.update(
                {str(name): int(n) for name, n in json.loads(each.metadata[_COUNTS]).items()}
            )
    return found


def folder(name: str) -> str:
    """The first folder of a name, with its slash; "" if it has none."""
    first, slash, _ = name.partition("/")
    return first + slash if slash and len(first) < _LONGEST else ""


class _Counts:
    """The counts of this process, by minute and folder."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bucket, self._process = "", ""
        self._minutes = defaultdict[int, Counter[str]](Counter)
        self._generations = dict[int, int]()
        self._new, self._written = 0, 0.0

    def add(self, upload: Upload) -> bool:
        """Count one; True if the counts were written just now."""
        minute, now = int(upload.created // _MINUTE), time.time()
        if minute <= now // _MINUTE - verdict.MINUTES:
            return False  # it waited: not one of a flood of today
        with self._lock:
            self._begin()
            self._minutes[minute][""] += 1
            if below := folder(upload.ref.name):
                self._minutes[minute][below] += 1
            self._new += 1
            if self._new < _FEW or time.monotonic() - self._written < _SELDOM:
                return False
            self._new, self._written = 0, time.monotonic()
            self._write(int(now // _MINUTE))
            return True

    def _begin(self) -> None:
        """Begin anew in a fork, or with other buckets."""
        mine = settings.current().state_bucket, signs.process()
        if mine != (self._bucket, self._process):
            self._bucket, self._process = mine
            self._minutes.clear()
            self._generations.clear()
            self._new, self._written = 0, 0.0

    def _write(self, now: int) -> None:
        for minute in sorted(self._minutes):
            if minute <= now - verdict.MINUTES:
                self._minutes.pop(minute)
                self._generations.pop(minute, None)
                continue
            name = f"{_PREFIX}{minute:010d}-{self._process}.json"
            most = dict(self._minutes[minute].most_common(_MOST))
            shown = {_COUNTS: json.dumps(most)}
            known = self._generations.get(minute, 0)
            body = f"{time.time()} {most}".encode()
            if generation := STATE.swap(name, body, known, shown):
                self._generations[minute] = generation


_mine = _Counts()
