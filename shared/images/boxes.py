"""Boxes, of which MP4 and HEIF files are made (ISO/IEC 14496-12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Box(NamedTuple):
    """`start` and `end` are those of its content."""

    kind: bytes
    start: int
    end: int


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Each box between `start` and `end`, as far as they make sense."""
    while start + 8 <= end:
        length, header = int.from_bytes(data[start : start + 4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        if length == 0:
            length = end - start
        if length < header:
            return
        yield Box(data[start + 4 : start + 8], start + header, min(start + length, end))
        start += length


def first(data: bytes, kind: bytes, start: int, end: int) -> Box:
    """The first box of that kind, or an empty one."""
    found = (box for box in boxes(data, start, end) if box.kind == kind)
    return next(found, Box(kind, end, end))


@dataclass(slots=True)
class Cursor:
    """Numbers in a row, between two places."""

    data: bytes
    at: int
    end: int

    def number(self, size: int) -> int:
        """The next one, of so many bytes; ValueError where the row is at its end."""
        self.at += size
        if self.at > self.end:
            raise ValueError("a box is cut short")
        return int.from_bytes(self.data[self.at - size : self.at], "big")
