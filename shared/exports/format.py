"""What an export is made of, piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.exports.example import Example, Photo
from shared.jobs.record import Record


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be added to a part: something that grows until all is joined."""

    part: str
    text: str  # without the line's end


@dataclass(frozen=True, slots=True)
class File:
    """A whole file of the export."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """A photo that belongs into the export, upright."""

    name: str
    photo: Photo


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of a part, each but the first behind `comma`."""

    part: str
    comma: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """A file of the export, made of texts and of parts."""

    name: str
    pieces: tuple[str | Lines, ...]


Piece = Line | File | Copy
Ending = File | Joined


class Format(Protocol):
    """A way to write records down."""

    def add(self, record: Record, /) -> Iterator[Piece]:
        """What one more record adds."""

    def ending(self) -> Iterator[Ending]:
        """What makes an export of all that was added."""


class PhotoFormat(Protocol):
    """A way to write photos and the objects in them down."""

    def add(self, example: Example, /) -> Iterator[Piece]:
        """What one more photo adds."""

    def ending(self) -> Iterator[Ending]:
        """What makes an export of all that was added."""
