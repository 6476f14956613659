"""The records of the last minutes, as the index has them: what this process knows of all others.

A process looks at most every FRESH seconds, and reads only what is new then.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from threading import Lock

from shared import settings
from shared.breaker import names
from shared.jobs import index
from shared.jobs.index import Entry

WINDOW = 600.0  # seconds
FRESH = 5.0  # seconds that a look lasts
SOON = 0.25  # seconds, where an upload resembles another
_MOST = 2_000  # records
_AT_ONCE = 1_000  # of one look
_LATE = 15.0  # seconds between a record's time and its entry


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that has ended."""

    id: str
    name: str
    generation: int
    task: str
    content: str
    at: float  # seconds since the epoch

    @classmethod
    def of(cls, entry: Entry) -> "Ended":
        """By its entry."""
        at = datetime.fromisoformat(entry.created).timestamp()
        return cls(entry.id, entry.name, entry.generation, entry.task, entry.content, at)


class Records:
    """The jobs of one look, by what is compared."""

    def __init__(self, all_: Iterable[Ended] = ()) -> None:
        self.all = tuple(all_)

    @cached_property
    def ended(self) -> Mapping[str, float]:
        """When each job ended, by its key."""
        return {each.id: each.at for each in self.all}

    @cached_property
    def by_name(self) -> Mapping[tuple[str, str], list[Ended]]:
        """By task and name."""
        return _grouped((each.task, each.name, each) for each in self.all)

    @cached_property
    def by_content(self) -> Mapping[tuple[str, str], list[Ended]]:
        """By task and content."""
        return _grouped((each.task, each.content, each) for each in self.all if each.content)

    @cached_property
    def by_stem(self) -> Mapping[tuple[str, str], list[Ended]]:
        """By task and the name without folder and extension."""
        return _grouped((each.task, names.split(each.name)[1], each) for each in self.all)


def _grouped(rows: Iterable[tuple[str, str, Ended]]) -> Mapping[tuple[str, str], list[Ended]]:
    found = defaultdict[tuple[str, str], list[Ended]](list)
    for task, key, each in rows:
        found[task, key].append(each)
    return found


class _Window:
    """What this process has seen."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bucket, self._looked, self._read = "", 0.0, 0.0
        self._records = Records()

    def records(self, lasts: float) -> Records:
        bucket = settings.current().state_bucket
        with self._lock:
            if bucket != self._bucket:
                self._bucket, self._read, self._records = bucket, 0.0, Records()
            elif time.monotonic() - self._looked < lasts:
                return self._records
            self._looked, now = time.monotonic(), time.time()
            since = max(now - WINDOW, self._read - _LATE)
            new = [Ended.of(each) for each in islice(index.since(since), _AT_ONCE)]
            known = {each.id for each in new}
            old = (e for e in self._records.all if e.at >= now - WINDOW and e.id not in known)
            self._read, self._records = now, Records(islice([*new, *old], _MOST))
            return self._records


_window = _Window()


def records(lasts: float = FRESH) -> Records:
    """The records of the last minutes, by a look that is at most so many seconds old."""
    return _window.records(lasts)
