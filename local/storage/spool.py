"""Bytes on their way into an object."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import google_crc32c

from local.emulator.body import BLOCK
from local.storage.errors import invalid


class Source(Protocol):
    """Anything that gives up to `size` bytes, and none at its end."""

    def read(self, size: int, /) -> bytes: ...


class Spool:
    """A temporary file that knows its size and checksums as it grows.

    Leaving the `with` block removes the file, unless it has become an object's by then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = path.open("xb", buffering=0)  # unbuffered: a full disk fails the write itself
        self._crc32c = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.discard()

    @property
    def crc32c(self) -> str:
        return b64encode(self._crc32c.to_bytes(4, "big")).decode()

    @property
    def md5(self) -> str:
        return b64encode(self._md5.digest()).decode()

    def write(self, block: bytes) -> None:
        """Append the block: all of it, or nothing where there is no room."""
        rest = memoryview(block)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            self._file.truncate(self.size)
            self._file.seek(self.size)
            raise
        self._crc32c = google_crc32c.extend(self._crc32c, block)
        self._md5.update(block)
        self.size += len(block)

    def fill(self, source: Source) -> None:
        """Append all that `source` has left."""
        while block := source.read(BLOCK):
            self.write(block)

    def verify(self, checksums: Mapping[str, str]) -> None:
        """Refuse, with 400, content that does not match its sender's checksums."""
        for kind, actual in (("crc32c", self.crc32c), ("md5", self.md5)):
            if checksums.get(kind, actual) != actual:
                raise invalid(f"The {kind} sent is {checksums[kind]}, the content's is {actual}.")

    def finish(self) -> Path:
        """The complete file, ready to be moved to its place."""
        self._file.close()
        return self.path

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)
