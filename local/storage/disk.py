"""The files of a store, and what a killed process may leave of them."""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from local.storage.buckets import Bucket
from local.storage.objects import StoredObject
from local.storage.spool import Spool

_RECORD = "bucket.json"


class Disk:
    """`buckets/<bucket>/bucket.json`, and beside it per generation `<n>.bytes` and `<n>.json`.

    The JSON file is the commit: bytes without one are no object, and of two generations
    of a name the higher one is the object. Every file is written under `incoming/` and
    moved into place whole. Nothing is fsynced: it outlives the process, not a power cut.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._lock = (root / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise BlockingIOError(f"{root} is in use by another storage emulator") from None
        self._buckets = root / "buckets"
        self._incoming = root / "incoming"
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._incoming.mkdir()
        self._buckets.mkdir(exist_ok=True)

    def close(self) -> None:
        """Let another process have the files."""
        self._lock.close()

    def load(self) -> Iterator[Bucket]:
        """Every bucket with its objects; what was never committed is removed on the way."""
        for folder in sorted(self._buckets.iterdir()):
            if (folder / _RECORD).exists():
                record = json.loads((folder / _RECORD).read_text())
                yield Bucket(record["resource"], record["notifications"], self._objects(folder))
            else:
                shutil.rmtree(folder)

    def spool(self) -> Spool:
        return Spool(self._scratch())

    def save_bucket(self, name: str, bucket: Bucket) -> None:
        (self._buckets / name).mkdir(exist_ok=True)
        self._save(self._buckets / name / _RECORD, bucket.record())

    def remove_bucket(self, name: str) -> None:
        (self._buckets / name / _RECORD).unlink()
        shutil.rmtree(self._buckets / name)

    def adopt(self, spool: Spool, stored: StoredObject) -> None:
        """Move the bytes to where the object will look for them."""
        spool.finish().replace(self._bytes(stored))

    def save(self, stored: StoredObject) -> None:
        """Commit the object."""
        self._save(self._json(stored), asdict(stored))

    def remove(self, stored: StoredObject) -> None:
        self._json(stored).unlink()
        self._bytes(stored).unlink()

    def open(self, stored: StoredObject) -> BinaryIO:
        return self._bytes(stored).open("rb")

    def _objects(self, folder: Path) -> list[StoredObject]:
        newest: dict[str, StoredObject] = {}
        for file in sorted(folder.glob("[0-9]*.json"), key=lambda file: int(file.stem)):
            stored = StoredObject(**json.loads(file.read_text()))
            if stored.name in newest:
                self.remove(newest[stored.name])
            newest[stored.name] = stored
        committed = {str(stored.generation) for stored in newest.values()}
        for orphan in folder.glob("*.bytes"):
            if orphan.stem not in committed:
                orphan.unlink()
        return list(newest.values())

    def _save(self, path: Path, record: Mapping[str, Any]) -> None:
        scratch = self._scratch()
        scratch.write_text(json.dumps(record))
        scratch.replace(path)

    def _scratch(self) -> Path:
        return self._incoming / uuid4().hex

    def _bytes(self, stored: StoredObject) -> Path:
        return self._buckets / stored.bucket / f"{stored.generation}.bytes"

    def _json(self, stored: StoredObject) -> Path:
        return self._buckets / stored.bucket / f"{stored.generation}.json"
