"""A running export: from the index through the records into a folder."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared import exports, settings, tasks
from shared.border import uploads
from shared.corrections import applied
from shared.errors import Rejected
from shared.exports import Choice, Tally, passes, prefetch, upright
from shared.exports.folder import Folder
from shared.exports.format import Copy, Format
from shared.exports.passes import Place
from shared.jobs import index, records
from shared.jobs.index import Entry
from shared.jobs.record import Record
from shared.model import ImageRef

_AHEAD = 64  # photos that wait to be copied
_COPIERS = 4  # photos copied at once; they may be large
_MARK = 100  # records between two checkpoints


@dataclass(frozen=True, slots=True)
class Query:
    """Which records; an empty field is no condition."""

    prefix: str
    since: str  # ISO 8601, UTC, as in records
    task: str
    status: str

    def entries(self, after: str) -> Iterator[Entry]:
        """The matching index entries after a place, newest first."""
        for entry in index.newest(after=after, since=self.since, prefix=self.prefix):
            if tasks.is_of(entry.task, self.task) and self.status in {"", entry.status}:
                yield entry

    def count(self) -> int:
        """How many index entries match."""
        return sum(1 for _ in self.entries(""))


@dataclass(frozen=True, slots=True)
class Export:
    """One export and its progress."""

    choice: Choice
    query: Query
    folder: Folder
    tally: Tally
    place: Place

    @classmethod
    def begun(cls, choice: Choice, query: Query, folder: Folder) -> "Export":
        """A new export."""
        export = cls(choice, query, folder, Tally(choice.labels), passes.start())
        folder.start(export._mark(export.place))
        return export

    @classmethod
    def resumed(
        cls, choice: Choice, query: Query, folder: Folder, mark: Mapping[str, Any]
    ) -> "Export":
        """An export that continues at its checkpoint. Raises ValueError if its options differ."""
        if mark["asked"] != _asked(choice, query):
            raise ValueError("the unfinished export was begun with other options: give the same")
        try:
            labels = {label: place for place, label in enumerate(mark["labels"])}
            counts, place = Counter(mark["counts"]), Place(**mark["place"])
        except (KeyError, TypeError) as error:
            raise ValueError("the unfinished export is of another version: delete it") from error
        seen = {int(line, 16) for line in folder.lines(exports.SEEN)}
        return cls(choice, query, folder, Tally(choice.labels, labels, counts, seen), place)

    def run(self, step: Callable[[int], None], then: Callable[[Path], None] | None = None) -> None:
        """Write the rest, and finish; `step` is called with the number of records read.

        `then` is called with the folder of what was written, before that gets its name.
        """
        writer = exports.format_of(self.choice, self.tally)
        read = applied.attempt if self.choice.corrections else records.attempt
        with ThreadPoolExecutor(_COPIERS) as copiers:
            copies: deque[Future[str | None]] = deque()
            for entry, record in prefetch.records(self._entries(), read):
                self.tally.counts["read"] += 1
                if isinstance(record, Record):
                    copies += self._write(writer, record, copiers)
                else:
                    self.tally.counts["unreadable" if record else "gone"] += 1
                if self.tally.counts["read"] % _MARK == 0 or len(copies) > _AHEAD:
                    self._count(copies)
                    self.folder.keep(self._mark(self.place.behind(entry)))
                step(self.tally.counts["read"])
            self._count(copies)
        self.folder.finish(writer.ending(), exports.single(self.choice), then)

    def _entries(self) -> Iterator[Entry]:
        """The entries that are left; a table has all records, in any order."""
        if self.choice.table:
            return self.query.entries(self.place.at)
        return passes.entries(self.query.entries, self.place)

    def _write(
        self, writer: Format, record: Record, copiers: ThreadPoolExecutor
    ) -> Iterator["Future[str | None]"]:
        """Write what a record adds; yields its copies, which are under way."""
        for piece in writer.add(record):
            if not isinstance(piece, Copy):
                self.folder.write(piece)
            elif not self.folder.has(piece.name):
                yield copiers.submit(self._copy, piece)

    def _copy(self, piece: Copy) -> str | None:
        """Copy a photo; returns the reason if that failed."""
        photo = piece.photo
        try:
            limits = settings.current().limits
            ref = ImageRef(photo.bucket, photo.name, photo.generation)
            body = upright.copy(photo, uploads.read(ref, limits.bytes), limits)
        except Rejected as why:
            return "photos_gone" if why.reason == "source_gone" else "photos_unreadable"
        self.folder.save(piece.name, body)
        return None

    def _count(self, copies: "deque[Future[str | None]]") -> None:
        """Wait for the copies under way, and count those that failed."""
        while copies:
            if missing := copies.popleft().result():
                self.tally.counts[missing] += 1

    def _mark(self, place: Place) -> dict[str, Any]:
        return {
            "asked": _asked(self.choice, self.query),
            "place": asdict(place),
            "labels": list(self.tally.labels),
            "counts": dict(self.tally.counts),
        }


def _asked(choice: Choice, query: Query) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(json.dumps([asdict(choice), asdict(query)]))
    return asked
