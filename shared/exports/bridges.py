"""Polygons bridged into one by lines, for formats with only one polygon per object."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot

from shared.exports.outlines import Polygon

_LOOKED_AT = 24  # corners of a polygon that are tried
_LOOKED_BACK = 64  # polygons that are tried; a mask of thousands of specks would take minutes


@dataclass(frozen=True, slots=True)
class Joined:
    """One polygon around all; `line` is the total length of the bridges, in pixels.

    Readers that also draw the outline draw the bridges, a pixel wide.
    """

    polygon: Polygon
    line: float


@dataclass(frozen=True, slots=True)
class _Part:
    """A polygon, the box around it, and some of its corners."""

    polygon: Polygon
    box: tuple[int, int, int, int]
    some: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, polygon: Polygon) -> "_Part":
        across, down = [x for x, _ in polygon], [y for _, y in polygon]
        step = -(-len(polygon) // _LOOKED_AT)
        return cls(polygon, (min(across), min(down), max(across), max(down)), polygon[::step])

    def gap(self, other: "_Part") -> float:
        """The distance between the two boxes."""
        across = max(self.box[0] - other.box[2], other.box[0] - self.box[2], 0)
        down = max(self.box[1] - other.box[3], other.box[1] - self.box[3], 0)
        return hypot(across, down)


@dataclass(frozen=True, slots=True)
class _Bridge:
    """A line between a corner of one part and a corner of a later one."""

    length: float
    start: tuple[int, int]
    part: int
    end: tuple[int, int]


def joined(polygons: Sequence[Polygon]) -> Joined:
    """All in one: from left to right, each is bridged to the nearest before it, there and back."""
    parts = sorted(map(_Part.of, polygons), key=lambda part: part.box)
    bridges: dict[int, list[_Bridge]] = {}
    for number in range(1, len(parts)):
        before, bridge = _nearest(number, parts)
        bridges.setdefault(before, []).append(bridge)
    line = sum(bridge.length for each in bridges.values() for bridge in each)
    return Joined(_walked(parts, bridges), line)


def _nearest(number: int, parts: Sequence[_Part]) -> tuple[int, _Bridge]:
    part = parts[number]
    first = max(0, number - _LOOKED_BACK)
    best = (first, _bridge(parts[first], number, part))
    for at in range(first + 1, number):
        if parts[at].gap(part) < best[1].length:
            other = (at, _bridge(parts[at], number, part))
            best = min(best, other, key=lambda each: each[1].length)
    return best


def _bridge(earlier: _Part, number: int, part: _Part) -> _Bridge:
    """The shortest bridge between two parts, among the corners that are tried."""
    length, start, end = min(
        (hypot(x0 - x1, y0 - y1), (x0, y0), (x1, y1))
        for x0, y0 in earlier.some
        for x1, y1 in part.some
    )
    return _Bridge(length, start, number, end)


def _walked(parts: Sequence[_Part], bridges: dict[int, list[_Bridge]]) -> Polygon:
    """Walk around the first part, and over every bridge around the part behind it."""
    walked: dict[int, Polygon] = {}
    entries = {bridge.part: bridge.end for each in bridges.values() for bridge in each}
    for number in reversed(range(len(parts))):
        polygon = parts[number].polygon
        first = polygon.index(entries[number]) if number in entries else 0
        turned = polygon[first:] + polygon[:first]
        walked[number] = list(_with_bridges(turned, bridges.get(number, ()), walked))
    return walked[0]


def _with_bridges(
    polygon: Polygon, bridges: Sequence[_Bridge], walked: dict[int, Polygon]
) -> Iterator[tuple[int, int]]:
    leaving: dict[tuple[int, int], list[_Bridge]] = {}
    for bridge in bridges:
        leaving.setdefault(bridge.start, []).append(bridge)
    for corner in polygon:
        yield corner
        for bridge in leaving.pop(corner, ()):
            yield from walked[bridge.part]
            yield bridge.end
            yield corner
