"""A record's mask from its run lengths: by columns, as they are stored, and by rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from shared.model import Box, Size

Span = tuple[int, int]  # first row, and end (exclusive)
Columns = Mapping[int, Sequence[Span]]  # of each nonempty column, from left to right

_FIRST = ord("0")
_RUN = re.compile(rb"\xff+")


@dataclass(frozen=True, slots=True)
class Rle:
    """COCO's compressed run lengths of a mask over a whole image."""

    size: Size
    counts: str
    area: int  # pixels

    def columns(self) -> Columns:
        """The spans of the mask in each column."""
        height = self.size.height
        spans: dict[int, list[Span]] = {}
        for start, end in self._stretches():
            for column in range(start // height, (end - 1) // height + 1):
                head = column * height
                span = (max(start - head, 0), min(end - head, height))
                spans.setdefault(column, []).append(span)
        return spans

    def _stretches(self) -> Iterator[Span]:
        """The mask's pixels, numbered down the columns."""
        at = 0
        belongs = False
        for length in lengths(self.counts):
            if belongs and length:
                yield at, at + length
            at += length
            belongs = not belongs


def lengths(counts: str) -> list[int]:
    """The run lengths in COCO's string, background first (`rleFrString` in maskApi.c)."""
    found: list[int] = []
    number = shift = 0
    for character in counts.encode():
        group = character - _FIRST
        number |= (group & 0x1F) << shift
        shift += 5
        if not group & 0x20:
            if group & 0x10:
                number -= 1 << shift
            found.append(number + found[-2] if len(found) > 2 else number)
            number = shift = 0
    return found


def bounds(columns: Columns) -> Box:
    """The smallest box around the mask's pixels."""
    top = min(spans[0][0] for spans in columns.values())
    bottom = max(spans[-1][1] for spans in columns.values())
    return Box(min(columns), top, max(columns) + 1, bottom)


def rows(columns: Columns, frame: Box) -> list[int]:
    """Run lengths of the pixels of a frame around the mask, row by row, background first."""
    width = frame.right - frame.left
    found: list[int] = []
    done = 0
    for start, end in _row_spans(columns, frame, width):
        if found and start == done:  # from the end of one row to the beginning of the next
            found[-1] += end - start
        else:
            found += (start - done, end - start)
        done = end
    if rest := width * (frame.bottom - frame.top) - done:
        found.append(rest)
    return found


def _row_spans(columns: Columns, frame: Box, width: int) -> Iterator[Span]:
    """The mask's pixels, numbered along the rows of the frame."""
    box = bounds(columns)
    stride = box.right - box.left + 1  # an empty pixel after every row separates it from the next
    for run in _RUN.finditer(_picture(columns, box).tobytes()):
        row, column = divmod(run.start(), stride)
        start = (box.top - frame.top + row) * width + box.left - frame.left + column
        yield start, start + len(run[0])


def _picture(columns: Columns, box: Box) -> Image.Image:
    """The box's pixels and an empty column, in mode "L": 255 where the mask is."""
    size = (box.bottom - box.top, box.right - box.left + 1)
    lying = b"".join(_line(columns.get(x, ()), box) for x in range(box.left, box.right + 1))
    return Image.frombytes("L", size, lying).transpose(Image.Transpose.TRANSPOSE)


def _line(spans: Sequence[Span], box: Box) -> bytes:
    """The pixels of one column."""
    pieces: list[bytes] = []
    done = box.top
    for top, bottom in spans:
        pieces += (bytes(top - done), b"\xff" * (bottom - top))
        done = bottom
    return b"".join((*pieces, bytes(box.bottom - done)))
