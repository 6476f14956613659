"""/api/export: an export, streamed while it is made."""

import errno
import time
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import closing
from threading import Lock
from typing import cast, get_args

from shared import beside, exports, tasks
from shared.corrections import applied
from shared.exports import Choice, Tally, passes, prefetch
from shared.exports.format import Format, Joined, Line
from shared.exports.prefetch import Placed
from shared.jobs import index, records
from shared.jobs.index import Entry
from shared.jobs.record import Record
from shared.model import ImageRef
from shared.web.gallery.document import Document
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply
from shared.web.gallery.zipped import Parts, zipped
from shared.web.problem import Problem

_CSV = "text/csv; charset=utf-8"
_TABLES = {"csv": _CSV, "fields": _CSV, "jsonl": "application/jsonl"}
_OF_THE_COMMAND = {"bigquery", "parquet"}  # they need a file, or libraries that functions lack
_FORMATS = tuple(each for each in get_args(exports.Name) if each not in _OF_THE_COMMAND)
_NAMES = {"fields": "darkroom-fields.csv"}
_MOST = 1_000  # photos that are chosen one by one
_BUSY = "Another export is in progress."
_PATIENCE = 10.0  # s for a reader to take the next piece, once another export is requested
_LONGEST = 600.0  # s for a whole export, once another is requested
_lock = Lock()
_running: "list[_Exclusive]" = []  # at most one: two would take the memory of two


def answer(query: Query) -> Reply:
    """The export of the records that match the query. Raises Problem."""
    query.needed("format")
    prefers = query.any_of("prefer", ["corrections"])
    choice = _choice(query.one_of("format", *_FORMATS), prefers)
    newest = _newest(query.moment("since"), query.text("prefix"), query.task())
    places = newest("") if choice.table else _in_passes(newest)
    return _streamed(choice, _records(places, choice))


def chosen(document: Document) -> Reply:
    """The export of the records of these photos. Raises Problem."""
    name = document.text("format", "|".join(_FORMATS), "the name of a format")
    prefers = document.given.get("prefer", "")
    if prefers not in ("", "corrections"):
        document.refuse({"prefer": "is not corrections"})
    choice, photos = _choice(name, prefers), dict.fromkeys(document.photos(_MOST))
    return _streamed(choice, _records_of(photos, choice))


def _choice(name: str, prefers: str) -> Choice:
    named = cast("exports.Name", name)
    return Choice(named, "link", polygons=False, labels=(), corrections=prefers == "corrections")


def _streamed(choice: Choice, found: Iterator[Record]) -> Reply:
    name, writer = choice.format, exports.format_of(choice, Tally())
    if choice.table:
        body = _Exclusive((_gathered if name == "fields" else _table)(writer, found))
        return Reply(body, _TABLES[name], attachment=_NAMES.get(name, f"darkroom.{name}"))
    body = _Exclusive(zipped(writer, found))
    return Reply(body, "application/zip", attachment=f"darkroom-{name}.zip")


def _records_of(photos: Collection[ImageRef], choice: Choice) -> Iterator[Record]:
    """The records of photos; in the passes of an export, or photo by photo."""
    looked_up = [beside.start(records.places, each.name, each.generation) for each in photos]
    places = [place for future in looked_up for place in future.result()]
    if not choice.table:
        places.sort(key=lambda place: passes.pass_of(place.task))
    wanted = {(each.name, each.generation) for each in photos}
    for record in _records(places, choice):
        if (record.photo.name, record.photo.generation) in wanted:
            yield record


def _newest(since: str, prefix: str, only: str) -> passes.Newest:
    def newest(after: str) -> Iterator[Entry]:
        entries = index.newest(after=after, since=since, prefix=prefix)
        return (entry for entry in entries if tasks.is_of(entry.task, only))

    return newest


def _in_passes(newest: passes.Newest) -> Iterator[Entry]:
    yield from passes.entries(newest, passes.start())


def _records(places: Iterable[Placed], choice: Choice) -> Iterator[Record]:
    read = applied.attempt if choice.corrections else records.attempt
    found = (record for _, record in prefetch.records(places, read))
    return (each for each in found if isinstance(each, Record))


def _table(writer: Format, records: Iterator[Record]) -> Generator[bytes, None, None]:
    """The one file, streamed; its ending has the texts before and after the lines."""
    (ending,) = writer.ending()
    for piece in cast("Joined", ending).pieces:
        if isinstance(piece, str):
            yield piece.encode()
        else:
            lines = (cast("Line", each).text for record in records for each in writer.add(record))
            yield from (f"{line}\n".encode("utf-8", "replace") for line in lines)


def _gathered(writer: Format, records: Iterator[Record]) -> Generator[bytes, None, None]:
    """The one file, whose header depends on all records."""
    with closing(Parts()) as parts:
        for record in records:
            for piece in writer.add(record):
                line = cast("Line", piece)
                parts.add(line.part, line.text)
        (ending,) = writer.ending()
        yield from parts.joined(cast("Joined", ending).pieces)


class _Exclusive:
    """The only export of this process until it is closed. Raises Problem 503 if one is in progress.

    One whose reader stalls, or takes too long, gives way to the next.
    """

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self._pieces = pieces
        self._began = self._read = time.monotonic()
        self._working = False  # on the next piece, not waiting for the reader
        with _lock:
            for other in _running:
                if not other.gives_way():
                    raise Problem(503, "busy", _BUSY, headers={"Retry-After": "30"})
            for other in tuple(_running):
                other.end()
            _running.append(self)

    def gives_way(self) -> bool:
        """Whether its reader has stalled or used up its time."""
        now = time.monotonic()
        stalled, over = now - self._read > _PATIENCE, now - self._began > _LONGEST
        return not self._working and (stalled or over)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with _lock:
            if self not in _running:  # a regular end would look like a complete file
                raise ConnectionResetError(errno.ECONNRESET, "the export gave way to another")
            self._working = True
        try:
            return next(self._pieces)
        except StopIteration:  # before the client sees the end and requests the next export
            self._working = False
            self.close()
            raise
        finally:
            self._read, self._working = time.monotonic(), False

    def close(self) -> None:
        """End it, when it is complete or the client has disconnected."""
        with _lock:
            self.end()

    def end(self) -> None:
        """End it; the caller holds the lock."""
        if self in _running:
            _running.remove(self)
            self._pieces.close()
