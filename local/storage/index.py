"""The metadata of all objects, on disk: memory does not grow with their number."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from local.storage.listing import Key
from local.storage.objects import StoredObject

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  generation INTEGER PRIMARY KEY,
  bucket TEXT NOT NULL,
  name TEXT NOT NULL,
  deleted TEXT,
  record TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS names ON objects (bucket, name, generation);
"""


class Index:
    """One row per generation of an object; those with a time in `deleted` are noncurrent.

    Every change is one transaction, which outlives the process but not a power cut. Not safe
    for threads: the store's lock guards it.
    """

    def __init__(self, file: Path) -> None:
        self._rows = sqlite3.connect(file, check_same_thread=False)
        self._rows.execute("PRAGMA journal_mode = WAL").close()
        self._rows.execute("PRAGMA synchronous = OFF").close()
        self._rows.executescript(_SCHEMA).close()

    def close(self) -> None:
        self._rows.close()

    def live(self, bucket: str, name: str) -> StoredObject | None:
        """The generation that the name stands for."""
        return self._one("bucket = ? AND name = ? AND deleted IS NULL", bucket, name)

    def version(self, bucket: str, name: str, generation: int) -> StoredObject | None:
        """That generation, live or not."""
        return self._one("generation = ? AND bucket = ? AND name = ?", generation, bucket, name)

    def has(self, bucket: str, generation: int) -> bool:
        """Whether any object has that generation."""
        return self._one("generation = ? AND bucket = ?", generation, bucket) is not None

    def change(self, removed: Iterable[StoredObject], kept: Iterable[StoredObject]) -> None:
        """Forget some generations and keep others as they are given, all or nothing."""
        with self._rows:
            for gone in removed:
                delete = "DELETE FROM objects WHERE generation = ?"
                self._rows.execute(delete, (gone.generation,)).close()
            for each in kept:
                row = (each.generation, each.bucket, each.name, each.deleted, _written(each))
                write = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)"
                self._rows.execute(write, row).close()

    def keys(self, bucket: str, start: Key, *, versions: bool) -> Iterator[Key]:
        """Names and generations from `start` on, by name and then by age."""
        which = "" if versions else "AND deleted IS NULL"
        query = f"""
            SELECT name, generation FROM objects
            WHERE bucket = ? AND (name, generation) >= (?, ?) {which} ORDER BY name, generation
        """  # noqa: S608
        with closing(self._rows.execute(query, (bucket, *start))) as found:
            yield from found

    def older(self, bucket: str, generation: int) -> list[StoredObject]:
        """The generations that are smaller than this one, which means: older."""
        query = "SELECT record FROM objects WHERE generation < ? AND bucket = ?"
        with closing(self._rows.execute(query, (generation, bucket))) as found:
            return [_read(record) for (record,) in found]

    def empty(self, bucket: str) -> bool:
        return next(self.keys(bucket, ("", 0), versions=True), None) is None

    def unknown(self, generations: list[int]) -> set[int]:
        """Those of some generations that belong to no object."""
        query = """
            SELECT value FROM json_each(?) WHERE value NOT IN (SELECT generation FROM objects)
        """
        with closing(self._rows.execute(query, (json.dumps(generations),))) as found:
            return {value for (value,) in found}

    def _one(self, which: str, *values: str | int) -> StoredObject | None:
        query = f"SELECT record FROM objects WHERE {which}"  # noqa: S608
        with closing(self._rows.execute(query, values)) as found:
            row = found.fetchone()
        return row and _read(row[0])


def _written(stored: StoredObject) -> str:
    return json.dumps(asdict(stored))


def _read(record: str) -> StoredObject:
    return StoredObject(**json.loads(record))
