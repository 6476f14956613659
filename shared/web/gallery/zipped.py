"""An export that is a folder, as a ZIP archive that is sent while it is written."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from gzip import GzipFile
from tempfile import TemporaryFile
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from shared.exports.format import Copy, Ending, File, Format, Joined, Line, Lines, Piece
from shared.jobs.record import Record


def zipped(writer: Format, records: Iterable[Record]) -> Generator[bytes, None, None]:
    """The archive, piece by piece, of what the format makes of the records."""
    sent = _Sent()
    with closing(_Parts()) as parts:
        with ZipFile(cast("IO[bytes]", sent), "w", ZIP_DEFLATED) as archive:
            for record in records:
                for piece in writer.add(record):
                    _put(piece, archive, parts)
                    yield from sent.taken()
            for ending in writer.ending():
                for _ in _finished(ending, archive, parts):
                    yield from sent.taken()
        yield from sent.taken()


def _put(piece: Piece, archive: ZipFile, parts: "_Parts") -> None:
    match piece:
        case Line(part, text):
            parts.add(part, text)
        case File(name, body):
            archive.writestr(name, body)
        case Copy(name):
            raise ValueError(f"no photos are copied, and {name} is one")


def _finished(ending: Ending, archive: ZipFile, parts: "_Parts") -> Iterator[None]:
    """Write a file; yields whenever something of it is written."""
    match ending:
        case File(name, body):
            archive.writestr(name, body)
            yield
        case Joined(name, pieces):
            with archive.open(name, "w", force_zip64=True) as file:
                for block in parts.joined(pieces):
                    file.write(block)
                    yield


class _Sent:
    """A file that can only be written, and forgets what is taken of it."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, block: bytes) -> int:
        self._waiting += block
        return len(block)

    def flush(self) -> None:
        """Nothing: all is here."""

    def taken(self) -> Iterator[bytes]:
        """What was written since, if anything was."""
        if self._waiting:
            block = bytes(self._waiting)
            self._waiting.clear()
            yield block


class _Parts:
    """Lines that wait for the end, packed: in Cloud Run a file takes memory."""

    def __init__(self) -> None:
        self._files: dict[str, IO[bytes]] = {}
        self._packed: dict[str, GzipFile] = {}

    def add(self, part: str, text: str) -> None:
        if part not in self._files:
            self._files[part] = TemporaryFile()  # noqa: SIM115 - closed with all others
            self._packed[part] = GzipFile(fileobj=self._files[part], mode="wb", compresslevel=1)
        self._packed[part].write(text.encode("utf-8", "replace") + b"\n")

    def joined(self, pieces: Iterable[str | Lines]) -> Iterator[bytes]:
        """Texts, and all lines of parts, each but the first behind its comma."""
        for piece in pieces:
            match piece:
                case str():
                    yield piece.encode()
                case Lines(part, comma):
                    for at, line in enumerate(self._lines(part)):
                        yield comma.encode() + line if at else line

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _lines(self, part: str) -> Iterator[bytes]:
        if part in self._files:
            self._packed[part].close()
            self._files[part].seek(0)
            yield from GzipFile(fileobj=self._files[part], mode="rb")
