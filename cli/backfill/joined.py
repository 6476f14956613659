"""Uploads with their records, by two listings that are read side by side; memory stays flat.

Both come by name. The records of the upload `a` begin with `a/`, which is behind `a.jpg`: so an
upload waits until the records have passed everything that begins with its name and a slash.
"""

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from shared import naming
from shared.border import uploads
from shared.border.storage import RESULTS, Listed
from shared.jobs.records import FILE
from shared.model import Upload

_RECORD = re.compile(r"(.+)/([1-9]\d{0,18})/([^/]+)-([0-9a-f]{12})/" + re.escape(FILE), re.DOTALL)
_BEHIND = "0"  # the letter after the slash
_LONG = 800  # bytes of a name whose records may be under its digest


@dataclass(frozen=True, slots=True)
class Taken:
    """A record, as a listing shows it."""

    root: str
    generation: int
    task: str
    key: str  # the first twelve digits
    status: str  # "" for a record of an earlier version
    name: str

    @property
    def folder(self) -> str:
        """The folder of the record, ending in a slash."""
        return self.name.removesuffix(FILE)


Joined = tuple[Upload, list[Taken]]


def joined(first: str = "", end: str = "") -> Iterator[Joined]:
    """Every upload from a name to before another, with the records of its version."""
    live = (each for each in uploads.live(first=first, end=end))
    return merged(live, RESULTS.matching(f"**/{FILE}", first))


def merged(found: Iterable[Upload], records: Iterable[Listed]) -> Iterator[Joined]:
    """The same, from the two listings. Records are read no further than they are needed."""
    rest, line = iter(found), _Line()
    upload = next(rest, None)
    for record in records:
        while upload and upload.ref.name < record.name:
            yield from line.joined(upload, record.name)
            upload = next(rest, None)
        yield from line.passed(record.name)
        line.take(record)
        if upload is None and line.is_empty:
            return
    yield from line.passed(None)
    yield from ((each, []) for each in chain([upload] if upload else [], rest))


class _Line:
    """Uploads whose records may still come."""

    def __init__(self) -> None:
        self._ends = list[tuple[str, str]]()  # a heap: the end of its records, and its name
        self._waiting = dict[str, Joined]()

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    def joined(self, upload: Upload, reached: str) -> Iterator[Joined]:
        """The upload itself, if its records would have come before the name that was reached."""
        name = upload.ref.name
        if len(name.encode()) >= _LONG:
            yield upload, _looked_up(upload)
        elif (end := name + _BEHIND) <= reached:
            yield upload, []
        else:
            heapq.heappush(self._ends, (end, name))
            self._waiting[name] = (upload, [])

    def passed(self, reached: str | None) -> Iterator[Joined]:
        """The uploads that need not wait any more."""
        while self._ends and (reached is None or self._ends[0][0] <= reached):
            _, name = heapq.heappop(self._ends)
            yield self._waiting.pop(name)

    def take(self, listed: Listed) -> None:
        """Give a record to its upload, if it is about the same version."""
        record = _taken(listed)
        if record and (waiting := self._waiting.get(record.root)):
            upload, records = waiting
            if upload.ref.generation == record.generation:
                records.append(record)


def _looked_up(upload: Upload) -> list[Taken]:
    roots = naming.roots(upload.ref.name)
    folders = (f"{root}/{upload.ref.generation}/" for root in roots)
    found = (_taken(each) for folder in folders for each in RESULTS.listing(folder))
    return [each for each in found if each and each.root in roots]


def _taken(listed: Listed) -> Taken | None:
    match = _RECORD.fullmatch(listed.name)
    if match is None:
        return None
    root, generation, task, key = match.groups()
    status = listed.metadata.get("status", "")
    return Taken(root, int(generation), task, key, status, listed.name)
