"""The border of a mask, followed along the edges of its pixels."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from shared.exports.rle import Columns, Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """An upright piece of the border, as long as it is straight.

    Whoever walks it from `start` to `end` has the mask on the right.
    """

    x: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Seam:
    """A way from a level piece of the border straight down to a hole, over the mask's pixels.

    It starts at `x`, the right border of the column it runs in; the hole's border starts where
    it arrives.
    """

    x: int
    hole: int  # number of the border


@dataclass(frozen=True, slots=True)
class Contours:
    """All contours of a mask, each the numbers of its stretches in the order they are walked.

    Parts that touch at a corner alone may share a border or not. A hole's begins with its leftmost
    stretch, the uppermost of them. `seams` are those that start between the end of a stretch and
    the next one, from left to right; following them from the outer contours, every hole is come to
    once.
    """

    stretches: Sequence[Stretch]
    rings: Sequence[Sequence[int]]
    holes: frozenset[int]
    seams: dict[int, list[Seam]]


def follow(columns: Columns) -> Contours:
    """The contours of a mask, each traced once. It works on runs: pixels are not looked at."""
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
    """The left and right sides of all columns that have any of the mask."""
    return sorted({side for x in columns for side in (x, x + 1)})


# A corner is (x, number): 2 n for where stretch n starts, 2 n + 1 for where it ends. On every row
# of corners the first and second are joined by a level piece of the border, the third and fourth...


def _enter(
    x: int,
    left: Sequence[Span],
    right: Sequence[Span],
    stretches: list[Stretch],
    corners: dict[int, list[tuple[int, int]]],
) -> None:
    """Note what the border has between two columns."""
    if left == right:
        return
    for top, bottom, mask_is_left in _differences(left, right):
        at = 2 * len(stretches)
        upper, lower = (at, at + 1) if mask_is_left else (at + 1, at)
        stretches.append(Stretch(x, *((top, bottom) if mask_is_left else (bottom, top))))
        corners.setdefault(top, []).append((x, upper))
        corners.setdefault(bottom, []).append((x, lower))


def _differences(left: Sequence[Span], right: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """Where just one of two columns has the mask: first row, the one after the last, is it left."""
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
    """Which stretch comes after each."""
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
    """Sew a hole to the level piece of the border right above its first corner.

    The piece belongs to a border that reaches further to the left: so no way goes round in circles.
    """
    first = contours.stretches[contours.rings[hole][0]]
    spans = columns[first.x - 1]
    top, _ = spans[bisect_right(spans, first.start, key=itemgetter(0)) - 1]
    row = corners[top]
    _, end = row[bisect_right(row, first.x - 1, key=itemgetter(0)) - 1]
    contours.seams.setdefault(end // 2, []).append(Seam(first.x, hole))
