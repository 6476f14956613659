"""Descales the model's coordinates to pixels of the upright original.

The model counts from 0 to 1000 along each side and gives y before x. No other module does.
"""

from collections.abc import Sequence
from math import floor, isfinite
from typing import Literal

from shared.model import Box, Point, Size

Units = Literal["grid", "fractions", "pixels"]
Misfit = Literal["not_finite", "zero_area", "outside_image"]
Mend = Literal["swapped_corners", "clamped", "widened"]

_GRID = 1000
_OVERSHOOT = 1.1  # the model leaves its scale now and then, but not by a tenth of it
_SLACK = 1.01  # one that counts pixels leaves the image by less


class NotInImage(Exception):
    """The numbers name no part of the image; `code` says why."""

    def __init__(self, code: Misfit) -> None:
        super().__init__(code)
        self.code = code


def to_box(
    corners: Sequence[float], size: Size, units: Units = "grid"
) -> tuple[Box, tuple[Mend, ...]]:
    """The box with the corners [ymin, xmin, ymax, xmax], and what was mended; or NotInImage.

    Every edge goes to the nearest edge between pixels, halves up: it is off by half a pixel and
    half a step of the grid at most, and boxes that touch still touch. A box thinner than a pixel
    is widened to the pixel that holds its middle.
    """
    _check_finite(corners)
    tall, wide = _extent(size, units)
    ymin, xmin, ymax, xmax = corners
    rows, row_mends = _span(ymin, ymax, tall, size.height)
    columns, column_mends = _span(xmin, xmax, wide, size.width)
    mends = tuple(dict.fromkeys(row_mends + column_mends))
    return Box(columns[0], rows[0], columns[1], rows[1]), mends


def to_point(spot: Sequence[float], size: Size, units: Units = "grid") -> Point:
    """The pixel that holds the spot [y, x]; the far border belongs to the last pixel."""
    _check_finite(spot)
    tall, wide = _extent(size, units)
    y, x = spot
    if not (0 <= y <= tall and 0 <= x <= wide):
        raise NotInImage("outside_image")
    return Point(_pixel(x, wide, size.width), _pixel(y, tall, size.height))


def units_of(shapes: Sequence[Sequence[float]], size: Size) -> Units:
    """What the numbers of a whole answer ([ymin, xmin, ymax, xmax] or [y, x] each) count in.

    Fractions: none is above 1 by more than a tenth; on the grid all of it would be a speck in the
    corner. Pixels of the upright original: most shapes leave the grid by more than a tenth, and
    none leaves the image. Everything else is the grid, also what could be either: pixels of an
    image below 1000 look like it.
    """
    numbers = [number for shape in shapes for number in shape]
    if not numbers or not all(map(isfinite, numbers)):
        return "grid"
    if 0 < max(map(abs, numbers)) <= _OVERSHOOT:
        return "fractions"
    far = sum(max(shape) > _OVERSHOOT * _GRID for shape in shapes)
    if 2 * far > len(shapes) and all(_within(shape, size) for shape in shapes):
        return "pixels"
    return "grid"


def steps(size: Size, units: Units) -> tuple[float, float]:
    """How many pixels one of the model's units is, down and across."""
    tall, wide = _extent(size, units)
    return size.height / tall, size.width / wide


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes, each of its two least and its two greatest numbers."""
    down = min(one[2], other[2]) - max(one[0], other[0])
    across = min(one[3], other[3]) - max(one[1], other[1])
    if down <= 0 or across <= 0:
        return 0.0
    common = down * across
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return common / (sum(areas) - common)


def _within(shape: Sequence[float], size: Size) -> bool:
    rows, columns = shape[0::2], shape[1::2]
    return (
        min(shape) >= 0
        and max(rows) <= _SLACK * size.height
        and max(columns) <= _SLACK * size.width
    )


def _check_finite(numbers: Sequence[float]) -> None:
    if not all(map(isfinite, numbers)):
        raise NotInImage("not_finite")


def _extent(size: Size, units: Units) -> tuple[float, float]:
    """What the model counts to, down and across."""
    if units == "pixels":
        return size.height, size.width
    return (1, 1) if units == "fractions" else (_GRID, _GRID)


def _span(
    start: float, end: float, extent: float, pixels: int
) -> tuple[tuple[int, int], tuple[Mend, ...]]:
    """The pixels from `start` to `end` along one side of the image, `end` exclusive."""
    mends: list[Mend] = []
    if start > end:
        start, end = end, start
        mends.append("swapped_corners")
    if start == end:
        raise NotInImage("zero_area")
    if end <= 0 or start >= extent:  # before clamping, which would make it a box on the border
        raise NotInImage("outside_image")
    if start < 0 or end > extent:
        start, end = max(start, 0), min(end, extent)
        mends.append("clamped")
    first, last = (floor(edge * pixels / extent + 0.5) for edge in (start, end))
    if first == last:
        first = _pixel((start + end) / 2, extent, pixels)
        last = first + 1
        mends.append("widened")
    return (first, last), tuple(mends)


def _pixel(spot: float, extent: float, pixels: int) -> int:
    return min(floor(spot * pixels / extent), pixels - 1)
