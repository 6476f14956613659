"""Hides things in a picture, so that nothing of them can be got back.

What is hidden is whole blocks of the original. A lossy format stores a block together: a pixel
leaves traces in all of it, and through coarser colours one pixel beyond it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import ceil
from typing import Self

from PIL import Image, ImageDraw

from shared.images.developed import Developed
from shared.model import Box, Detection, Mask, Point, Polygon, Size
from shared.redaction import How, Terms

_INK = (64, 64, 64)
_LEAST = 3  # pixels around a thing, whatever the margin
_STEPS = 1000  # of the grid on which a model says where things are
_BEYOND = 2  # pixels next to a block that its coarser colours reach
_COARSE = 8  # squares on the longer side of what is pixelated

Rows = tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of an upright picture; a corner of one is at `first`."""

    size: Size
    block: Size
    first: tuple[int, int]

    @classmethod
    def of(cls, photo: Developed) -> Self:
        """Those of a photo: they begin at the upper left corner as it is stored."""
        across, down = photo.size.width % photo.block.width, photo.size.height % photo.block.height
        from_right, from_below = (
            photo.orientation in (2, 3, 6, 7),
            photo.orientation in (3, 4, 7, 8),
        )
        first = (across if from_right else 0, down if from_below else 0)
        return cls(photo.size, photo.block, first)

    def around(self, thing: Detection, margin: float, *, by_mask: bool) -> Rows:
        """The blocks that a thing touches with its margin, as boxes, each a row's or less.

        `margin` is a share of the longer side of its box.
        """
        box = _box(thing)
        longest = max(box.right - box.left, box.bottom - box.top)
        by = max(ceil(margin * longest), _LEAST + ceil(max(self.size) / _STEPS))
        if by_mask and thing.mask:
            return tuple(self._touched(thing.mask, by))
        return (self._whole(Box(box.left - by, box.top - by, box.right + by, box.bottom + by)),)

    def _whole(self, box: Box) -> Box:
        """The blocks that a box touches, as one, and a little beyond them."""
        (across, down), (left, top) = self.block, self.first
        return self._clamped(
            _floor(box.left, across, left),
            _floor(box.top, down, top),
            _floor(box.right - 1, across, left) + across,
            _floor(box.bottom - 1, down, top) + down,
        )

    def _touched(self, mask: Mask, by: int) -> Iterator[Box]:
        """The boxes of blocks within `by` pixels of the mask, and a little beyond them."""
        box, rows = mask.box, _rows(mask)
        height = self.block.height
        top = _floor(max(0, box.top - by), height, self.first[1])
        for upper in range(top, min(self.size.height, box.bottom + by), height):
            near = slice(max(0, upper - by - box.top), max(0, upper + height + by - box.top))
            touched = 0
            for row in rows[near]:
                touched |= row
            width = box.right - box.left + 2 * by
            for left, right in self._runs(_spread(touched, by), box.left - by, width):
                yield self._clamped(left, upper, right, upper + height)

    def _runs(self, bits: int, left: int, width: int) -> Iterator[tuple[int, int]]:
        """The runs of blocks in which bits are set; the first of `width` bits is at `left`."""
        if not bits:
            return
        text = f"{bits:0{width}b}"
        step, begun = self.block.width, None
        first = _floor(left, step, self.first[0])
        for at in range(first, left + width + step, step):
            piece = text[max(0, at - left) : max(0, at + step - left)]
            if "1" in piece:
                begun = at if begun is None else begun
            elif begun is not None:
                yield begun, at
                begun = None

    def _clamped(self, left: int, top: int, right: int, bottom: int) -> Box:
        return Box(
            max(0, left - _BEYOND),
            max(0, top - _BEYOND),
            min(self.size.width, right + _BEYOND),
            min(self.size.height, bottom + _BEYOND),
        )


def hide(picture: Image.Image, photo: Developed, things: list[Detection], terms: Terms) -> None:
    """Hides the things in an upright RGB picture of the photo's size."""
    blocks = Blocks.of(photo)
    for thing in things:
        rows = blocks.around(thing, terms.margin, by_mask=terms.what == "mask")
        _cover(picture, rows, terms.how)


def hide_all(picture: Image.Image, how: How) -> None:
    """Hides the whole picture."""
    _cover(picture, (Box(0, 0, *picture.size),), how)


def _cover(picture: Image.Image, rows: Rows, how: How) -> None:
    if how == "fill":
        canvas = ImageDraw.Draw(picture)
        for row in rows:
            canvas.rectangle((row.left, row.top, row.right - 1, row.bottom - 1), _INK)
        return
    left, right = min(row.left for row in rows), max(row.right for row in rows)
    top, bottom = min(row.top for row in rows), max(row.bottom for row in rows)
    coarse = _pixelated(picture.crop((left, top, right, bottom)))
    for row in rows:
        part = (row.left - left, row.top - top, row.right - left, row.bottom - top)
        picture.paste(coarse.crop(part), (row.left, row.top))


def _pixelated(part: Image.Image) -> Image.Image:
    """A few squares of its mean colours: at most eight on the longer side."""
    longest = max(part.size)
    few = Size(*(max(1, round(_COARSE * side / longest)) for side in part.size))
    return part.resize(few, Image.Resampling.BOX).resize(part.size, Image.Resampling.NEAREST)


def _box(thing: Detection) -> Box:
    match thing.shape:
        case Box():
            return thing.shape
        case Polygon(rings):
            xs, ys = zip(*chain.from_iterable(rings), strict=True)
            return Box(int(min(xs)), int(min(ys)), ceil(max(xs)), ceil(max(ys)))
        case Point(x, y):
            return Box(x, y, x + 1, y + 1)


def _rows(mask: Mask) -> list[int]:
    """The rows of a mask as numbers, the leftmost pixel the highest bit."""
    width = mask.box.right - mask.box.left
    stride = (width + 7) // 8
    return [
        int.from_bytes(mask.bits[at : at + stride]) >> stride * 8 - width
        for at in range(0, len(mask.bits), stride)
    ]


def _spread(bits: int, by: int) -> int:
    """Every bit, and `by` bits on either side of it; the number grows by twice as many."""
    wanted, have = 2 * by + 1, 1
    while have < wanted:
        more = min(have, wanted - have)
        bits |= bits << more
        have += more
    return bits


def _floor(at: int, step: int, offset: int) -> int:
    """The last corner of a block that is not beyond `at`."""
    return (at - offset) // step * step + offset
