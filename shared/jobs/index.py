"""The index: an entry per terminal record, newest first, so that nobody has to read them all.

An entry is an empty state object whose name sorts by time and whose metadata says the little that
a list shows: a thousand of them come in one listing. The record itself stays the truth.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared import naming
from shared.border import storage

_PREFIX = "index/"
_FOREVER = 10**14  # ms; counted down from, so that the newest name is the first
_ROOM = 8_000  # bytes; Cloud Storage takes 8 KiB of metadata with an object
_KEY = 16  # hexadecimal digits
_WRITTEN = re.compile(rf"{_PREFIX}\d+-([0-9a-f]{{{_KEY}}})")
_GLANCE = 200  # characters
_LABELS = 20
_KINDS: Mapping[str, Any] = {
    **dict.fromkeys(("id", "created", "bucket", "name", "task", "status", "model"), str),
    **dict.fromkeys(("generation", "objects", "calls"), int),
    **dict.fromkeys(("reason", "text"), str | None),
    "labels": list,
    "overlay": bool,
    "cost_usd": float | int | None,
}

_log = logging.getLogger("darkroom")
_CANNOT = "offline_cannot"  # answers/offline.py says so; to import that takes all of answers


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index says of a record."""

    at: str  # its place in the index: a list goes on after it
    id: str  # the job's key
    created: str
    bucket: str
    name: str  # of the upload; a comparison's first image
    generation: int
    task: str
    status: str
    reason: str | None
    labels: tuple[str, ...]  # the first different ones
    objects: int
    text: str | None  # the beginning of a caption, an answer or what was read
    overlay: bool
    cost_usd: float | None
    model: str
    calls: int = 0  # that may have cost money

    @property
    def folder(self) -> str:
        """Where its record and pictures lie in the results bucket, ending in a slash."""
        return naming.place(self.name, self.generation, self.task, self.id)


def add(record: Mapping[str, Any]) -> None:
    """Enter a record; its entry follows from the record alone, so twice does no harm."""
    storage.mark(_name(record), {"entry": _encoded(record)})


def newest(after: str = "", since: str = "", prefix: str = "") -> Iterator[Entry]:
    """Entries, newest first, beginning after the place `after`.

    It ends with the last one created at or after `since` (ISO 8601, UTC); `prefix` is the
    beginning of the upload's name.
    """
    begins = naming.composed(prefix)
    for name, metadata in storage.marks(_PREFIX, after=_PREFIX + after):
        entry = _read(name, metadata.get("entry", ""))
        if entry is None:
            continue
        if entry.created < since:
            return
        if naming.composed(entry.name).startswith(begins):
            yield entry


def _read(name: str, told: str) -> Entry | None:
    """The entry, or None, and said, if another version of this program wrote what we cannot read.

    While a new version is rolled out or taken back, two of them write and read side by side.
    """
    try:
        return Entry(at=_at(name), **_known(json.loads(told)))
    except (RecursionError, TypeError, ValueError) as error:
        _log.warning("an entry of the index cannot be read: %s: %r", name, error)
        return None


def _at(name: str) -> str:
    if not _WRITTEN.fullmatch(name):
        raise ValueError("the name is none of an entry's")
    return name.removeprefix(_PREFIX)


def _known(facts: Any) -> dict[str, Any]:
    """The facts that this version knows. Raises TypeError or ValueError for one that is not so."""
    known = {name: facts[name] for name in _KINDS if name in dict(facts)}
    for name, value in known.items():
        if not isinstance(value, _KINDS[name]):
            raise TypeError(f"{name} is of the type {type(value).__name__}")
    known["labels"] = tuple(map(str, known.get("labels", ())))
    json.dumps(known, ensure_ascii=False, allow_nan=False).encode()  # or nobody could be told
    return known


def numbers(since: float, until: float) -> Iterator[int]:
    """The `number` of each record created after `since` and up to `until` (s since the epoch)."""
    for name in storage.state_names(_place(until), _place(since)):
        if key := _WRITTEN.fullmatch(name):  # whatever else lies there is none of ours
            yield number(key[1])


def number(key: str) -> int:
    """The part of a job's key that an entry's name has."""
    return int(key[:_KEY], 16)


def _name(record: Mapping[str, Any]) -> str:
    created = datetime.fromisoformat(record["created"])
    return f"{_place(created.timestamp())}-{record['id'][:_KEY]}"


def _place(moment: float) -> str:
    """Where entries of a moment begin; later ones come first."""
    return f"{_PREFIX}{_FOREVER - int(moment * 1000):014d}"


def _encoded(record: Mapping[str, Any]) -> str:
    """The entry as JSON; labels and text go one by one until there is room for the rest."""
    facts = _facts(record)
    while len((told := json.dumps(facts, ensure_ascii=False)).encode()) > _ROOM:
        if facts["labels"]:
            facts["labels"] = facts["labels"][:-1]
        else:
            facts["text"] = None
    return told


def _facts(record: Mapping[str, Any]) -> dict[str, Any]:
    image, found, usage = record["images"][0], record["findings"] or {}, record["usage"] or {}
    objects = found.get("objects", ())
    named = [each["label"] for each in objects] + [each["name"] for each in found.get("labels", ())]
    text = found.get("answer") or found.get("text")
    return {
        "id": record["id"],
        "created": record["created"],
        "bucket": image["bucket"],
        "name": image["name"],
        "generation": image["generation"],
        "task": record["task"],
        "status": record["status"],
        "reason": _reason(record),
        "labels": list(dict.fromkeys(label[:_GLANCE] for label in named))[:_LABELS],
        "objects": len(objects),
        "text": text and text[:_GLANCE],
        "overlay": any(each["name"] == "overlay.jpg" for each in record["artifacts"]),
        "cost_usd": usage.get("cost_usd"),
        "model": usage.get("model", "")[:_GLANCE],
        "calls": usage.get("paid_calls", 0),
    }


def _reason(record: Mapping[str, Any]) -> str | None:
    """Why there is no result; also where a record is done, but nothing was looked at."""
    if record["reason"]:
        return str(record["reason"]["code"])
    cannot = any(each["code"] == _CANNOT for each in record.get("problems", ()))
    return _CANNOT if cannot else None
