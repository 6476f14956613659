"""Traces the contours of a mask along the edges of its pixels."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from shared.exports.rle import Columns, Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """A vertical edge of a contour; from `start` to `end`, the mask is on the right."""

    x: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Seam:
    """A vertical line from a horizontal edge down to a hole, over the mask's pixels.

    It starts at `x`, the right edge of the column it runs in, and ends where the hole's contour
    starts.
    """

    x: int
    hole: int  # number of the contour


@dataclass(frozen=True, slots=True)
class Contours:
    """All contours of a mask, each the numbers of its stretches, in order.

    Parts that touch only at a corner may share a contour or not. A hole's contour begins with its
    leftmost stretch, the uppermost of several. `seams` has, by stretch, the seams that start
    between its end and the next stretch, from left to right; followed from the outer contours,
    they reach every hole once.
    """

    stretches: Sequence[Stretch]
    rings: Sequence[Sequence[int]]
    holes: frozenset[int]
    seams: dict[int, list[Seam]]


def follow(columns: Columns) -> Contours:
    """The contours of a mask, each traced once. It works on runs, not on pixels."""
    stretches: list[Stretch] = []
    corners: dict[int, list[tuple[int, int]]] = {}
    for x in _edges(columns):
        _enter(x, columns.get(x - 1, ()), columns.get(x, ()), stretches, corners)
    rings = list(_rings(_following(stretches, corners)))
    turned = [_from_leftmost(ring, stretches) for ring in rings]
    holes = frozenset(number for number, ring in enumerate(turned) if _is_hole(ring, stretches))
    contours = Contours(stretches, turned, holes, {})
    for number in sorted(holes, key=lambda each: stretches[turned[each][0]].x):
        _sew(contours, number, columns, corners)
    return contours


def _edges(columns: Columns) -> list[int]:
    """The left and right sides of all columns with pixels of the mask."""
    return sorted({side for x in columns for side in (x, x + 1)})


# A corner is (x, number): 2 n for where stretch n starts, 2 n + 1 for where it ends. On every row
# of corners a horizontal edge joins the first and second, another the third and fourth...


def _enter(
    x: int,
    left: Sequence[Span],
    right: Sequence[Span],
    stretches: list[Stretch],
    corners: dict[int, list[tuple[int, int]]],
) -> None:
    """Add the stretches between two columns."""
    if left == right:
        return
    for top, bottom, mask_is_left in _differences(left, right):
        at = 2 * len(stretches)
        upper, lower = (at, at + 1) if mask_is_left else (at + 1, at)
        stretches.append(Stretch(x, *((top, bottom) if mask_is_left else (bottom, top))))
        corners.setdefault(top, []).append((x, upper))
        corners.setdefault(bottom, []).append((x, lower))


def _differences(left: Sequence[Span], right: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """The rows where only one of two columns has the mask: first, end (exclusive), is it left."""
    events = sorted(
        [(y, True) for span in left for y in span] + [(y, False) for span in right for y in span]
    )
    inside = {True: False, False: False}
    since = 0
    for y, is_left in events:
        if inside[True] != inside[False] and since < y:
            yield since, y, inside[True]
        inside[is_left] = not inside[is_left]
        since = y


def _following(
    stretches: Sequence[Stretch], corners: dict[int, list[tuple[int, int]]]
) -> list[int]:
    """The next stretch of each."""
    after = [0] * len(stretches)
    for row in corners.values():
        for (_, one), (_, other) in zip(row[::2], row[1::2], strict=True):
            end, start = (one, other) if one % 2 else (other, one)
            after[end // 2] = start // 2
    return after


def _rings(after: list[int]) -> Iterator[list[int]]:
    seen = bytearray(len(after))
    for first in range(len(after)):
        ring = []
        at = first
        while not seen[at]:
            seen[at] = 1
            ring.append(at)
            at = after[at]
        if ring:
            yield ring


def _from_leftmost(ring: list[int], stretches: Sequence[Stretch]) -> list[int]:
    def place(at: int) -> tuple[int, int]:
        stretch = stretches[ring[at]]
        return stretch.x, min(stretch.start, stretch.end)

    first = min(range(len(ring)), key=place)
    return ring[first:] + ring[:first]


def _is_hole(ring: Sequence[int], stretches: Sequence[Stretch]) -> bool:
    """Whether the mask is to the left of the ring's leftmost stretch."""
    return stretches[ring[0]].start < stretches[ring[0]].end


def _sew(
    contours: Contours, hole: int, columns: Columns, corners: dict[int, list[tuple[int, int]]]
) -> None:
    """Add a seam from the horizontal edge above the hole's first corner.

    The edge belongs to a contour that reaches further left, so seams form no cycle.
    """
    first = contours.stretches[contours.rings[hole][0]]
    spans = columns[first.x - 1]
    top, _ = spans[bisect_right(spans, first.start, key=itemgetter(0)) - 1]
    row = corners[top]
    _, end = row[bisect_right(row, first.x - 1, key=itemgetter(0)) - 1]
    contours.seams.setdefault(end // 2, []).append(Seam(first.x, hole))
