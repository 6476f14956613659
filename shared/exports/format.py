"""The interface of a format, and the pieces of an export."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.exports.example import Example, Photo
from shared.jobs.record import Record


@dataclass(frozen=True, slots=True)
class Line:
    """A line to append to a part; parts are joined at the end."""

    part: str
    text: str  # without the line's end


@dataclass(frozen=True, slots=True)
class File:
    """A whole file of the export."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """A photo to be copied into the export, upright."""

    name: str
    photo: Photo


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of a part; `comma` precedes each but the first, `end` ends each."""

    part: str
    comma: str = ""
    end: str = ""

    def framed(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines as they are in the file."""
        comma, end = self.comma.encode(), self.end.encode() + b"\n"
        for at, line in enumerate(lines):
            whole = line.removesuffix(b"\n") + end if self.end else line
            yield comma + whole if at else whole


@dataclass(frozen=True, slots=True)
class Joined:
    """A file of the export, joined from texts and parts."""

    name: str
    pieces: tuple[str | Lines, ...]


Piece = Line | File | Copy
Ending = File | Joined


class Format(Protocol):
    """A format of records."""

    def add(self, record: Record, /) -> Iterator[Piece]:
        """The pieces of one more record."""

    def ending(self) -> Iterator[Ending]:
        """The files to write at the end."""


class PhotoFormat(Protocol):
    """A format of photos and the objects in them."""

    def add(self, example: Example, /) -> Iterator[Piece]:
        """The pieces of one more photo."""

    def ending(self) -> Iterator[Ending]:
        """The files to write at the end."""
