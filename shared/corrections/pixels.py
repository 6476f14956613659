"""Masks of corrections: checked, compared, moved and cut."""

import re
from collections.abc import Mapping, Sequence

from shared.exports.rle import Columns, Span, lengths
from shared.exports.rle import Rle as Runs
from shared.jobs.record import MaskFile, Rle
from shared.masks import coco
from shared.model import Box, Size

_LONGEST = 2_000_000  # characters of run lengths
_COUNTS = re.compile("(?:[P-o]{0,6}[0-O])+")  # numbers of at most 35 bits


def checked(mask: MaskFile, size: Size) -> MaskFile:
    """A mask whose run lengths are well-formed, with its true area.

    Raises ValueError, whose text is the end of a sentence.
    """
    runs = mask.rle
    if runs is None or runs.size != (size.height, size.width):
        raise ValueError("is not of the photo's size")
    if len(runs.counts) > _LONGEST or not _COUNTS.fullmatch(runs.counts):
        raise ValueError("has no run lengths as COCO writes them")
    numbers = lengths(runs.counts)
    if min(numbers) < 0 or sum(numbers) > size.width * size.height:
        raise ValueError("has run lengths that do not fit the photo")
    area = sum(numbers[1::2])
    if not area:
        raise ValueError("has no pixel")
    return MaskFile(mask.file, area, runs)


def columns(mask: MaskFile) -> Columns:
    """The spans of a mask's pixels in each column."""
    height, width = mask.rle.size if mask.rle else (1, 1)
    return Runs(Size(width, height), mask.rle.counts if mask.rle else "", 0).columns()


def same(one: MaskFile | None, other: MaskFile | None) -> bool:
    """Whether two masks have the same pixels, however they are written."""
    if one is None or other is None or one.rle == other.rle:
        return one is other or bool(one and other)
    return one.area == other.area and columns(one) == columns(other)


def carried(mask: MaskFile, before: Box, after: Box, size: Size) -> MaskFile | None:
    """The mask of an object whose box was moved, or resized; None if no pixel of it is left.

    It moves along with a box that keeps its size. Of another box it keeps what is inside.
    """
    across, down = after.left - before.left, after.top - before.top
    if (after.right - before.right, after.bottom - before.bottom) != (across, down):
        return _encoded(_cut(columns(mask), after), size)
    moved = {
        x + across: [(top + down, bottom + down) for top, bottom in spans]
        for x, spans in columns(mask).items()
    }
    return _encoded(_cut(moved, Box(0, 0, *size)), size)


def _cut(spans: Columns, box: Box) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = {}
    for x in sorted(spans):
        inside = [(max(top, box.top), min(bottom, box.bottom)) for top, bottom in spans[x]]
        kept = [(top, bottom) for top, bottom in inside if top < bottom]
        if kept and box.left <= x < box.right:
            found[x] = kept
    return found


def _encoded(spans: Mapping[int, Sequence[Span]], size: Size) -> MaskFile | None:
    counts = list[int]()
    done = area = 0
    for x, each in spans.items():
        for top, bottom in each:
            start, end = x * size.height + top, x * size.height + bottom
            if counts and start == done:  # from the foot of one column to the head of the next
                counts[-1] += end - start
            else:
                counts += (start - done, end - start)
            done, area = end, area + end - start
    if not area:
        return None
    if rest := size.width * size.height - done:
        counts.append(rest)
    return MaskFile("", area, Rle((size.height, size.width), coco.compressed(counts)))
