"""A mask from outlines."""

from collections.abc import Iterator, Sequence
from math import ceil

from shared.model import Box, Mask

Corner = tuple[float, float]  # x, y in pixels; 0 is the image's left or upper edge
_MOST_CROSSINGS = (
    400_000  # of an edge with a row: some tenths of a second, and far more than needed
)


class TooComplex(Exception):
    """The outline has so many crossings that filling it would take seconds."""


def mask(rings: Sequence[Sequence[Corner]], box: Box) -> Mask:
    """The pixels of the box whose middles are inside the rings, by the even-odd rule.

    Each row is one number, its leftmost pixel the highest bit: where an edge crosses it, all that
    is to the right changes sides. Raises TooComplex.
    """
    width, height = box.right - box.left, box.bottom - box.top
    edges = [edge for ring in rings for edge in _edges(ring, box)]
    if sum(_rows(edge, height)[1] for edge in edges) > _MOST_CROSSINGS:
        raise TooComplex
    rows = [0] * height
    for edge in edges:
        for row, x in _crossings(edge, height):
            right = width - ceil(min(max(x - 0.5, 0), width))
            rows[row] ^= (1 << right) - 1
    stride = (width + 7) // 8
    return Mask(box, b"".join((row << stride * 8 - width).to_bytes(stride) for row in rows))


_Edge = tuple[float, float, float, float]  # x, y of its upper end, then of its lower


def _edges(ring: Sequence[Corner], box: Box) -> Iterator[_Edge]:
    """The sides of the closed ring, in pixels of the box; level ones cross no row."""
    moved = [(x - box.left, y - box.top) for x, y in ring]
    for one, other in zip(moved, [*moved[1:], moved[0]], strict=True):
        if one[1] != other[1]:
            (x0, y0), (x1, y1) = (one, other) if one[1] < other[1] else (other, one)
            yield x0, y0, x1, y1


def _rows(edge: _Edge, height: int) -> tuple[int, int]:
    """The first of the rows whose middle the edge crosses, and how many there are."""
    _, top, _, bottom = edge
    first, end = (ceil(min(max(y - 0.5, 0), height)) for y in (top, bottom))
    return first, end - first


def _crossings(edge: _Edge, height: int) -> Iterator[tuple[int, float]]:
    """Each row that the edge crosses, and where."""
    x0, y0, x1, y1 = edge
    slope = (x1 - x0) / (y1 - y0)
    first, count = _rows(edge, height)
    for row in range(first, first + count):
        yield row, x0 + (row + 0.5 - y0) * slope
