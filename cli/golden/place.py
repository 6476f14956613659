"""The folder of a golden set: on this machine, or in a bucket (gs://BUCKET/FOLDER)."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from google.api_core.exceptions import NotFound, PreconditionFailed

from shared.border import storage

BUCKET = "gs://"  # how the address of a folder in a bucket begins


class Place(Protocol):
    """Files by their names; those of a folder have slashes in them."""

    def read(self, name: str) -> bytes | None:
        """The file, or None if there is none."""

    def create(self, name: str, body: bytes) -> bool:
        """Write a new file; False, and nothing is written, if there is one."""

    def swap(self, name: str, body: bytes, before: bytes) -> bool:
        """Write a file; False, and nothing is written, if it is not as it was `before`.

        A file that is not there counts as an empty one.
        """

    def delete(self, name: str) -> None:
        """Delete the file, if there is one."""

    def names(self, folder: str) -> Iterator[str]:
        """The names of the files in a folder, without the folder."""


def of(address: str) -> Place:
    """The folder of that address. Raises ValueError if it cannot hold a set."""
    if not address.startswith(BUCKET):
        return _Local(Path(address))
    bucket, _, folder = address.removeprefix(BUCKET).partition("/")
    if not bucket or not folder.strip("/"):
        raise ValueError(f"{address!r} names no folder of a bucket: gs://BUCKET/FOLDER")
    if bucket == os.environ.get("UPLOADS_BUCKET"):
        raise ValueError(f"gs://{bucket} takes uploads: photos of a set there would be asked about")
    return _InBucket(bucket, folder.strip("/"))


class _Local:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __str__(self) -> str:
        return str(self._root)

    def read(self, name: str) -> bytes | None:
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            return None

    def create(self, name: str, body: bytes) -> bool:
        new = self._written(name, body)
        try:
            (self._root / name).hardlink_to(new)  # unlike a rename, it never replaces a file
        except FileExistsError:
            return False
        finally:
            new.unlink()
        return True

    def swap(self, name: str, body: bytes, before: bytes) -> bool:
        if (self.read(name) or b"") != before:
            return False
        self._written(name, body).replace(self._root / name)
        return True

    def delete(self, name: str) -> None:
        (self._root / name).unlink(missing_ok=True)

    def names(self, folder: str) -> Iterator[str]:
        with suppress(FileNotFoundError):
            for path in (self._root / folder).iterdir():
                if not path.name.startswith("."):  # not written to its end
                    yield path.name

    def _written(self, name: str, body: bytes) -> Path:
        """A whole file beside the place where it is to be."""
        new = (self._root / name).with_name(f".{uuid4().hex}")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(body)
        return new


class _InBucket:
    """A folder in a bucket."""

    def __init__(self, bucket: str, folder: str) -> None:
        self._bucket, self._folder = bucket, folder

    def __str__(self) -> str:
        return f"{BUCKET}{self._bucket}/{self._folder}"

    def read(self, name: str) -> bytes | None:
        try:
            return storage.typed(self._blob(name).download_as_bytes())
        except NotFound:
            return None

    def create(self, name: str, body: bytes) -> bool:
        return self._write(name, body, 0)

    def swap(self, name: str, body: bytes, before: bytes) -> bool:
        blob = self._blob(name)
        try:
            now = storage.typed(blob.download_as_bytes())
        except NotFound:
            return not before and self._write(name, body, 0)
        return now == before and self._write(name, body, int(blob.generation))

    def delete(self, name: str) -> None:
        with suppress(NotFound):
            self._blob(name).delete()

    def names(self, folder: str) -> Iterator[str]:
        prefix = f"{self._folder}/{folder}/"
        for blob in storage.client().list_blobs(self._bucket, prefix=prefix):
            yield str(blob.name).removeprefix(prefix)

    def _write(self, name: str, body: bytes, generation: int) -> bool:
        try:
            self._blob(name).upload_from_string(body, if_generation_match=generation)
        except PreconditionFailed:  # perhaps by our own write, whose reply was lost
            return self.read(name) == body
        return True

    def _blob(self, name: str) -> storage.Blob:
        return storage.bucket(self._bucket).blob(f"{self._folder}/{name}")
