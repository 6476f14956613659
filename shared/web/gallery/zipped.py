"""An export of a folder as a ZIP archive, streamed while it is written."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from gzip import GzipFile
from tempfile import TemporaryFile
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from shared.exports.format import Copy, Ending, File, Format, Joined, Line, Lines, Piece
from shared.jobs.record import Record


def zipped(writer: Format, records: Iterable[Record]) -> Generator[bytes, None, None]:
    """The archive of the records in a format, in pieces."""
    sent = _Sent()
    with closing(Parts()) as parts:
        with ZipFile(cast("IO[bytes]", sent), "w", ZIP_DEFLATED) as archive:
            for record in records:
                for piece in writer.add(record):
                    _put(piece, archive, parts)
                    yield from sent.taken()
            for ending in writer.ending():
                for _ in _finished(ending, archive, parts):
                    yield from sent.taken()
        yield from sent.taken()


def _put(piece: Piece, archive: ZipFile, parts: "Parts") -> None:
    match piece:
        case Line(part, text):
            parts.add(part, text)
        case File(name, body):
            archive.writestr(name, body)
        case Copy(name):
            raise ValueError(f"no photos are copied, and {name} is one")


def _finished(ending: Ending, archive: ZipFile, parts: "Parts") -> Iterator[None]:
    """Write a file; yields after each block."""
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
    """A write-only buffer; what is taken is removed."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, block: bytes) -> int:
        self._waiting += block
        return len(block)

    def flush(self) -> None:
        """Nothing to flush."""

    def taken(self) -> Iterator[bytes]:
        """What was written since the last call, if anything."""
        if self._waiting:
            block = bytes(self._waiting)
            self._waiting.clear()
            yield block


class Parts:
    """Lines to write at the end, compressed: on Cloud Run files are in memory."""

    def __init__(self) -> None:
        self._files: dict[str, IO[bytes]] = {}
        self._packed: dict[str, GzipFile] = {}

    def add(self, part: str, text: str) -> None:
        """Append a line to a part."""
        if part not in self._files:
            self._files[part] = TemporaryFile()  # noqa: SIM115 - closed with all others
            self._packed[part] = GzipFile(fileobj=self._files[part], mode="wb", compresslevel=1)
        self._packed[part].write(text.encode("utf-8", "replace") + b"\n")

    def joined(self, pieces: Iterable[str | Lines]) -> Iterator[bytes]:
        """Texts, and the lines of parts."""
        for piece in pieces:
            match piece:
                case str():
                    yield piece.encode()
                case Lines():
                    yield from piece.framed(self._lines(piece.part))

    def close(self) -> None:
        """Delete all."""
        for file in self._files.values():
            file.close()

    def _lines(self, part: str) -> Iterator[bytes]:
        if part in self._files:
            self._packed[part].close()
            self._files[part].seek(0)
            yield from GzipFile(fileobj=self._files[part], mode="rb")
