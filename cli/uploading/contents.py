"""Whether a file is something that Darkroom reads, judged before anything of it is sent."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shared import settings
from shared.border import uploads
from shared.errors import Rejected
from shared.images import sniff
from shared.intake import job_file


@dataclass(frozen=True, slots=True)
class Content:
    """A file at its beginning, and what is in it."""

    file: BinaryIO
    size: int
    media_type: str
    crc32c: str


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """The file, open. Raises Rejected `unreadable` for one that cannot be opened."""
    with ExitStack() as closing:
        try:
            if not stat.S_ISREG(Path(path).stat().st_mode):  # opening a pipe would wait
                raise Rejected("unreadable", "It is a device, a pipe or a socket.")
            file = closing.enter_context(Path(path).open("rb"))
        except OSError as error:
            raise _unreadable(error) from error
        yield file


def of(name: str, file: BinaryIO) -> Content:
    """What is in a file. Raises Rejected if ingest would reject it, or if it cannot be read."""
    try:
        media_type = _media_type(name, file)
        file.seek(0)
        crc32c, size = uploads.checksum(file), file.tell()
        file.seek(0)
    except OSError as error:
        raise _unreadable(error) from error
    return Content(file, size, media_type, crc32c)


def _media_type(name: str, file: BinaryIO) -> str:
    size = os.fstat(file.fileno()).st_size
    if job_file.is_one(name):
        job_file.check_bytes(size)
        job_file.parse(file.read())
        return "application/json"
    settings.current().limits.check_bytes(size)
    return sniff.photo_type(file.read(sniff.HEAD_BYTES))


def _unreadable(error: OSError) -> Rejected:
    return Rejected("unreadable", f"It cannot be read: {error.strerror}.")
