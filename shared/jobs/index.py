"""The index: an entry per terminal record, newest first; lists need not read the records.

An entry is an empty state object whose name sorts by time and whose metadata has what a list
shows: one listing returns a thousand. The record itself stays the truth. An entry that is written
late has a copy under another prefix, for readers of parts (shared/jobs/parts.py).
"""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from shared import codec, naming
from shared.border.storage import STATE
from shared.jobs import doubts
from shared.jobs.record import Found, Record
from shared.model import Usage

LATE = 600.0  # s after its record's creation; an entry written later has a copy
SETTLED = 1_800.0  # s; LATE, a function's longest time-out, and ten minutes for clocks
_ROUND = 900  # s; sweeps that run at once settle up to the same moment
_PREFIX = "index/"
_LATE = "index-late/"
_FOREVER = 10**14  # ms; names count down from it, so the newest sorts first
_ROOM = 8_000  # bytes; Cloud Storage takes 8 KiB of metadata with an object
_KEY = 16  # hexadecimal digits
_PLACED = re.compile(rf"{_PREFIX}(\d{{14}})-[0-9a-f]{{{_KEY}}}", re.ASCII)
_WRITTEN = re.compile(rf"{_PREFIX}\d+-([0-9a-f]{{{_KEY}}})")
_GLANCE = 200  # characters
END = f"{_FOREVER - 1}-{'f' * _KEY}"  # no place is behind it
_LABELS = 20
_WORD = 40  # characters of a warning, which is one word
UNREADABLE = "unreadable"  # the status of an entry that only its place is known of
ERASED = "erased"  # that of one whose photo was erased: only what it cost is left
_log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the index: the places behind `after`, up to `through` and with it."""

    after: str
    through: str

    def covers(self, place: str) -> bool:
        """Whether it has that place."""
        return self.after < place <= self.through


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the index."""

    id: str  # the job's key
    created: str
    bucket: str
    name: str  # of the upload; a comparison's first image
    generation: int
    task: str
    status: str
    reason: str | None
    objects: int
    text: str | None  # the beginning of a caption, an answer or what was read
    overlay: bool
    cost_usd: float | None
    model: str
    labels: tuple[str, ...] = ()  # the first distinct ones
    calls: int = 0  # paid calls, and those that may have been
    tier: str = "standard"
    cannot: str | None = None  # where nothing is found: what the model says that it could not do
    thumbnail: bool | None = None  # None in early entries: it has one if it has an overlay
    problems: int = 0  # of the answer, without what the model says that it could not do
    warnings: tuple[str, ...] = ()  # about the photos, each once
    size: tuple[int, int] | None = None  # width and height of the first photo, if it was opened
    doubt: int | None = None  # points of shared/jobs/doubts.py; None in early entries
    content: str = ""  # of the first photo, the same for equal bytes; "" if it was not read
    at: str = ""  # its place in the index; not written: it is the name

    @property
    def folder(self) -> str:
        """The folder of its record and pictures in the results bucket, ending in a slash."""
        return naming.place(self.name, self.generation, self.task, self.id)

    @property
    def doubts(self) -> int:
        """How much there is to doubt, in points, as far as it is known."""
        return doubts.glance(self.problems, self.warnings) if self.doubt is None else self.doubt


def add(record: Record) -> None:
    """Add a record. Idempotent: the entry follows from the record alone."""
    name, metadata = _name(record), {"entry": _encoded(_entry(record))}
    if time.time() - datetime.fromisoformat(record.created).timestamp() > LATE:
        STATE.create(_LATE + _at(name), b"", "text/plain", metadata)  # first: none is missed
    STATE.create(name, b"", "text/plain", metadata)


def erase(record: Record) -> str:
    """Replace the entry of a record by a bare one, and delete its copy; returns its place.

    The bare one has no name, label or text. It keeps sums and counts as they are.
    """
    name, entry = _name(record), _entry(record)
    bare = Entry(
        id=entry.id,
        created=entry.created,
        bucket="",
        name="",
        generation=0,
        task=entry.task,
        status=ERASED,
        reason=None,
        objects=0,
        text=None,
        overlay=False,
        cost_usd=entry.cost_usd,
        model=entry.model,
        calls=entry.calls,
        tier=entry.tier,
    )
    stored = STATE.about(name)
    if stored:
        STATE.swap(name, ERASED.encode(), stored.generation, {"entry": _encoded(bare)})
    STATE.delete(_LATE + _at(name))
    return _at(name)


def newest(after: str = "", since: str = "", prefix: str = "") -> Iterator[Entry]:
    """Entries, newest first, after the place `after`, created at or after `since` (ISO 8601, UTC).

    `prefix` is the beginning of the upload's name.
    """
    begins = naming.composed(prefix)
    for entry in everything(after):
        if entry.status == UNREADABLE:
            continue
        if entry.created < since:
            return
        if naming.composed(entry.name).startswith(begins):
            yield entry


def everything(after: str = "") -> Iterator[Entry]:
    """Entries, newest first, after a place, with those that cannot be read."""
    return (entry for entry in _every(after) if entry.status != ERASED)


def counted(since: str) -> Iterator[Entry]:
    """Entries created at or after `since` (ISO 8601, UTC), with the bare ones of erased photos."""
    for entry in _every(""):
        if entry.created < since:
            return
        if entry.status != UNREADABLE:
            yield entry


def between(span: Span) -> Iterator[Entry]:
    """The entries of a span, newest first."""
    listed = STATE.listing(_PREFIX, after=_PREFIX + span.after, end=f"{_PREFIX}{span.through}~")
    return filter(None, (_shown(each.name, each.metadata) for each in listed))


def since(moment: float) -> Iterator[Entry]:
    """The entries of records that were created after a moment (s since the epoch), newest first."""
    for each in STATE.listing(_PREFIX, end=_place(moment)):
        if entry := _read(each.name, each.metadata.get("entry", "")):
            yield entry


def late(after: str) -> Iterator[Entry]:
    """The copies of entries that were written late, newest first, after the place `after`."""
    for each in STATE.listing(_LATE, after=_LATE + after):
        name = _PREFIX + each.name.removeprefix(_LATE)
        if entry := _shown(name, each.metadata):
            yield entry


def at(place: str) -> Entry | None:
    """The entry at a place; None if it is gone or cannot be read."""
    listed = STATE.about(_PREFIX + place)
    return _shown(listed.name, listed.metadata) if listed else None


def settled(now: float) -> str:
    """The place behind which only late entries, which have copies, are added from `now` on.

    `now` is in seconds since the epoch.
    """
    moment = int(now - SETTLED) // _ROUND * _ROUND
    return f"{_FOREVER - moment * 1000 - 1:014d}-{'f' * _KEY}"


def slices(span: Span, count: int) -> list[Span]:
    """The span in pieces of equal time, to be listed at once."""
    first, last = (int(place.partition("-")[0] or 0) for place in (span.after, span.through))
    step = (last - first) // count
    inner = (
        [f"{first + step * piece:014d}-{'f' * _KEY}" for piece in range(1, count)] if step else []
    )
    bounds = [span.after, *inner, span.through]
    return [Span(*each) for each in pairwise(bounds)]


def _every(after: str) -> Iterator[Entry]:
    """All entries after a place, whatever they are."""
    for each in STATE.listing(_PREFIX, after=_PREFIX + after):
        if entry := _read(each.name, each.metadata.get("entry", "")) or _unread(each.name):
            yield entry


def _shown(name: str, metadata: Mapping[str, str]) -> Entry | None:
    """The entry in an object's metadata; None if it is bare or cannot be read."""
    entry = _read(name, metadata.get("entry", ""))
    return None if entry is None or entry.status == ERASED else entry


def _read(name: str, written: str) -> Entry | None:
    """The entry; None, and logged, if it cannot be read.

    During a rollout or a rollback, another version of this program writes entries, too.
    """
    try:
        entry = replace(codec.decode(written, Entry), at=_at(name))
        _dumped(entry)  # lists write it as JSON
    except ValueError as error:
        _log.warning("cannot read an entry of the index: %s: %s", name, error)
        return None
    return entry


def _unread(name: str) -> Entry | None:
    """What the name of an entry says of one that cannot be read; None if it is no such name."""
    placed = _PLACED.fullmatch(name)
    if placed is None:
        return None
    place, moment = name.removeprefix(_PREFIX), (_FOREVER - int(placed[1])) / 1000
    created = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return Entry(
        id=place,
        created=created.replace("+00:00", "Z"),
        bucket="",
        name="",
        generation=0,
        task="",
        status=UNREADABLE,
        reason=None,
        objects=0,
        text=None,
        overlay=False,
        cost_usd=None,
        model="",
        at=place,
    )


def _at(name: str) -> str:
    if not _WRITTEN.fullmatch(name):
        raise ValueError("not the name of an entry")
    return name.removeprefix(_PREFIX)


def numbers(since: float, until: float) -> Iterator[int]:
    """The `number` of each record created after `since` and up to `until` (s since the epoch)."""
    for name in STATE.names(_place(until), _place(since)):
        if key := _WRITTEN.fullmatch(name):  # other objects may lie there
            yield number(key[1])


def number(key: str) -> int:
    """The part of a job's key in an entry's name."""
    return int(key[:_KEY], 16)


def _name(record: Record) -> str:
    created = datetime.fromisoformat(record.created)
    return f"{_place(created.timestamp())}-{record.id[:_KEY]}"


def _place(moment: float) -> str:
    """The beginning of the names of a moment's entries; later ones sort first."""
    return f"{_PREFIX}{_FOREVER - int(moment * 1000):014d}"


def _encoded(entry: Entry) -> str:
    """The entry as JSON; labels, then warnings but the first, then texts are dropped to fit."""
    while len((written := _dumped(entry)).encode()) > _ROOM:
        if entry.labels:
            entry = replace(entry, labels=entry.labels[:-1])
        elif len(entry.warnings) > 1:
            entry = replace(entry, warnings=entry.warnings[:-1])
        elif entry.text or entry.cannot:
            entry = replace(entry, text=None, cannot=None)
        else:
            break  # no name is so long
    return written


def _dumped(entry: Entry) -> str:
    """The entry as JSON. Raises ValueError for invalid Unicode, NaN and infinity."""
    members = codec.plain(entry)
    del members["at"]
    written = json.dumps(members, ensure_ascii=False, allow_nan=False)
    written.encode()
    return written


def _entry(record: Record) -> Entry:
    photo, found, usage = record.photo, record.findings or Found(), record.usage or Usage("")
    named = [each.label for each in found.objects] + [each.name for each in found.labels]
    text = " ".join(filter(None, (found.verdict, found.answer, found.text, found.form)))
    warned = dict.fromkeys(each[:_WORD] for image in record.images for each in image.warnings)
    return Entry(
        id=record.id,
        created=record.created,
        bucket=photo.bucket,
        name=photo.name,
        generation=photo.generation,
        task=record.task,
        status=record.status,
        reason=record.code,
        labels=tuple(dict.fromkeys(label[:_GLANCE] for label in named))[:_LABELS],
        objects=len(found.objects),
        text=text[:_GLANCE] or found.text,
        overlay=any(each.name == "overlay.jpg" for each in record.artifacts),
        thumbnail=any(each.name == "thumbnail.jpg" for each in record.artifacts),
        cost_usd=usage.cost_usd,
        model=usage.model[:_GLANCE],
        calls=usage.paid_calls,
        tier=usage.tier,
        problems=len(record.problems) - len(record.cannot),
        warnings=tuple(warned),
        size=(photo.width, photo.height) if photo.width and photo.height else None,
        content=naming.content(photo.crc32c, photo.bytes),
        cannot=" ".join(record.cannot)[:_GLANCE] or None if found.is_empty else None,
        doubt=doubts.points(record),
    )
