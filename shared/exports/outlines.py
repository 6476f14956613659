"""A mask as polygons, one per part; a hole is cut out by a seam, walked there and back.

Two conventions are in use, and a polygon of one is half a pixel off for a reader of the other:

- corners: 0 is the left or upper edge of the image, and a pixel belongs if its centre is inside.
  pycocotools reads polygons so (`rleFrPoly` in maskApi.c); all other coordinates here are corners.
- pixels: a corner is a pixel, and the pixels under the line belong, too. OpenCV's `fillPoly`, which
  supervision and Ultralytics use, draws them so.

Both fill by the even-odd rule: a seam adds nothing in corners, and in pixels it covers only pixels
of the mask.
"""

from collections.abc import Callable, Iterator, Sequence

from shared.exports.contours import Contours, Seam, follow
from shared.exports.rle import Columns, bounds
from shared.exports.simplify import Point, simplified
from shared.masks import outline
from shared.model import Box

Polygon = list[tuple[int, int]]
_ENOUGH = 0.995  # IoU with the mask itself
_SHORT = 200  # corners; a polygon with fewer is not simplified
_COARSEST = 0.02  # of area over contour length: the largest tolerance tried
_STAIR = 0.7  # pixels; a finer tolerance keeps the stairs of slanting contours

_Walk = Callable[[Contours, int, dict[int, list[Point]]], Iterator[Point]]


def in_corners(columns: Columns) -> list[Polygon]:
    """Polygons for readers that count corners, simplified."""
    contours = follow(columns)
    tours = _tours(contours, _corners)
    return _thin(tours, _tolerance(tours, bounds(columns)))


def in_pixels(columns: Columns) -> list[Polygon]:
    """Polygons for readers that count pixels, simplified with the same tolerance."""
    contours = follow(columns)
    tolerance = _tolerance(_tours(contours, _corners), bounds(columns))
    return _thin(_tours(contours, _pixels), tolerance)


def _thin(tours: Sequence[Sequence[Point]], tolerance: float) -> list[Polygon]:
    return [[(x, y) for x, y, _ in simplified(tour, tolerance)] for tour in tours]


def _tolerance(tours: Sequence[Sequence[Point]], box: Box) -> float:
    """The tolerance in pixels with which the mask hardly changes."""
    if sum(map(len, tours)) <= _SHORT:
        return 0
    try:
        truth = _filled(tours, box)
    except outline.TooComplex:
        return 0
    tolerance = _COARSEST * truth.bit_count() / sum(map(_length, tours))
    while tolerance > _STAIR:
        drawn = _filled([simplified(tour, tolerance) for tour in tours], box)
        if (drawn & truth).bit_count() >= _ENOUGH * (drawn | truth).bit_count():
            return tolerance
        tolerance /= 2
    return 0


def _filled(tours: Sequence[Sequence[Point]], box: Box) -> int:
    """The pixels inside the outlines, as bits."""
    rings = [[(x, y) for x, y, _ in tour] for tour in tours]
    return int.from_bytes(outline.mask(rings, box).bits)


def _length(tour: Sequence[Point]) -> int:
    """The length of a tour of horizontal and vertical edges."""
    return sum(
        abs(x0 - x1) + abs(y0 - y1)
        for (x0, y0, _), (x1, y1, _) in zip(tour, (*tour[1:], tour[0]), strict=True)
    )


def _tours(contours: Contours, walk: _Walk) -> list[list[Point]]:
    """The outer contours, each with its holes sewn in, as closed tours."""
    toured: dict[int, list[Point]] = {}
    for number in sorted(
        range(len(contours.rings)), key=lambda each: _left(contours, each), reverse=True
    ):
        tour = list(walk(contours, number, toured))
        if number in contours.holes:
            tour[0] = (*tour[0][:2], True)  # here the seam ends
        toured[number] = tour
    return [toured[number] for number in range(len(contours.rings)) if number not in contours.holes]


def _left(contours: Contours, number: int) -> int:
    return contours.stretches[contours.rings[number][0]].x


def _corners(contours: Contours, number: int, toured: dict[int, list[Point]]) -> Iterator[Point]:
    """A contour along the edges of its pixels."""
    for each in contours.rings[number]:
        stretch = contours.stretches[each]
        yield stretch.x, stretch.start, False
        yield stretch.x, stretch.end, False
        for seam in contours.seams.get(each, ()):
            yield from _there_and_back((seam.x, stretch.end, True), seam, toured)


def _pixels(contours: Contours, number: int, toured: dict[int, list[Point]]) -> Iterator[Point]:
    """A contour over the outermost of its pixels."""
    ring = contours.rings[number]
    for each, following in zip(ring, (*ring[1:], ring[0]), strict=True):
        stretch, then = contours.stretches[each], contours.stretches[following]
        down, right = stretch.start < stretch.end, stretch.x < then.x
        column = stretch.x - down
        yield column, stretch.start - (not down), False
        yield column, stretch.end - down, False
        row = stretch.end - (not right)
        yield stretch.x - (not right), row, False
        for seam in contours.seams.get(each, ()):
            yield from _there_and_back((seam.x - 1, row, True), seam, toured)
        yield then.x - right, row, False


def _there_and_back(start: Point, seam: Seam, toured: dict[int, list[Point]]) -> Iterator[Point]:
    hole = toured[seam.hole]
    yield start
    yield from hole
    yield hole[0]
    yield start
