"""The files of a store."""

import json
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from local.emulator.folder import Folder
from local.storage.buckets import Bucket
from local.storage.index import Index
from local.storage.objects import StoredObject
from local.storage.spool import Spool

_RECORD = "bucket.json"


class Disk:
    """`buckets/<bucket>/bucket.json`, and beside it the bytes of every generation `<n>.bytes`.

    What the index has no row for is no object, whatever its bytes.
    """

    def __init__(self, root: Path) -> None:
        """Raise BlockingIOError if another process has the root."""
        self._folder = Folder(root, "storage")
        self._buckets = root / "buckets"
        self._buckets.mkdir(exist_ok=True)

    def close(self) -> None:
        """Release the root to other processes."""
        self._folder.close()

    def load(self, index: Index) -> Iterator[Bucket]:
        """Every bucket; what was never committed is removed on the way."""
        for folder in sorted(self._buckets.iterdir()):
            if (folder / _RECORD).exists():
                _import_files(folder, index)
                _tidy(folder, index)
                record = json.loads((folder / _RECORD).read_text())
                yield Bucket(record["resource"], record["notifications"])
            else:
                shutil.rmtree(folder)

    def spool(self) -> Spool:
        return Spool(self._folder.scratch())

    def save_bucket(self, name: str, bucket: Bucket) -> None:
        (self._buckets / name).mkdir(exist_ok=True)
        self._folder.save(self._buckets / name / _RECORD, bucket.record())

    def remove_bucket(self, name: str) -> None:
        (self._buckets / name / _RECORD).unlink()
        shutil.rmtree(self._buckets / name)

    def adopt(self, spool: Spool, stored: StoredObject) -> None:
        """Move the bytes into place."""
        spool.finish().replace(self._bytes(stored))

    def remove(self, stored: StoredObject) -> None:
        """Remove the bytes of an object."""
        self._bytes(stored).unlink()

    def open(self, stored: StoredObject) -> BinaryIO:
        return self._bytes(stored).open("rb")

    def _bytes(self, stored: StoredObject) -> Path:
        return self._buckets / stored.bucket / f"{stored.generation}.bytes"


def _tidy(folder: Path, index: Index) -> None:
    """Remove bytes that belong to no object."""
    files = folder.glob("*.bytes")
    while some := [int(file.stem) for file in islice(files, 1000)]:
        for generation in index.unknown(some):
            (folder / f"{generation}.bytes").unlink()


def _import_files(folder: Path, index: Index) -> None:
    """Import into the index what earlier versions kept in a file per object.

    Of two generations of a name the higher one was the object.
    """
    files = sorted(folder.glob("[0-9]*.json"), key=lambda file: int(file.stem))
    found = (StoredObject(**json.loads(file.read_text())) for file in files)
    index.change((), {stored.name: stored for stored in found}.values())
    for file in files:
        file.unlink()
