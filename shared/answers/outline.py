"""An outline as models write it: rings of corners; the box shows which number is x."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from shared.answers.geometry import overlap
from shared.answers.problems import Unreadable
from shared.answers.values import to_float

Pair = tuple[float, float]  # x and y, or y and x: only the box beside it shows which

_FARTHEST = 1e6  # in the model's units; what is beyond is no coordinate
_CLEAR = 0.05  # difference of the two agreements that decides
_LEAST = 0.2  # agreement below which the outline is of something else
_FAIR = 0.5  # agreement from which no other units are tried
_GOOD = 0.8  # agreement from which other units are accepted


@dataclass(frozen=True, slots=True)
class Outline:
    """Rings, each of three corners at least, in the model's units and its order."""

    rings: tuple[tuple[Pair, ...], ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The least of the first and of the second numbers, then the greatest."""
        ones, others = zip(*(corner for ring in self.rings for corner in ring), strict=True)
        return min(ones), min(others), max(ones), max(others)

    def moved(self, left: float, top: float, wide: float, tall: float) -> "Outline":
        """The same, each number that many times as large and then so far on."""
        return Outline(
            tuple(tuple((left + a * wide, top + b * tall) for a, b in ring) for ring in self.rings)
        )

    def turned(self) -> "Outline":
        """The same with the numbers of each corner swapped."""
        return Outline(tuple(tuple((b, a) for a, b in ring) for ring in self.rings))


def read(value: list[Any], notes: list[str]) -> Outline:
    """The outline in the list, however it is nested; Unreadable if there is none."""
    rings = [_ring(listed, notes) for listed in _unchunked(list(_rings(value)), notes)]
    whole = tuple(ring for ring in rings if len(set(ring)) >= 3)
    if not whole:
        raise Unreadable("mask_few_corners" if rings else "mask_unreadable")
    if len(whole) < len(rings):
        notes.append("mask_corners_lost")
    return Outline(whole)


def _unchunked(lists: list[list[Any]], notes: list[str]) -> list[list[Any]]:
    """One list of corners, where it was written in lines of a few each."""
    counts = [len(each) // 2 if _is_number(each[0]) else len(each) for each in lists]
    even = len(set(counts[:-1])) == 1 and len({_is_number(each[0]) for each in lists}) == 1
    if not even or (counts[0] >= 3 and (counts[-1] >= 3 or len(counts) < 3)):
        return lists
    notes.append("mask_corners")
    return [[number for each in lists for number in each]]


def _rings(value: list[Any]) -> Iterator[list[Any]]:
    """The innermost lists that hold corners."""
    if not value:
        return
    if _is_number(value[0]) or _is_corner(value[0]):
        yield value
        return
    for each in value:
        if isinstance(each, list):
            yield from _rings(each)


def _ring(listed: list[Any], notes: list[str]) -> tuple[Pair, ...]:
    """The corners of one ring: pairs, objects with x and y, or all numbers in a row."""
    corners = listed
    if _is_number(listed[0]):
        if len(listed) % 2:
            raise Unreadable("mask_unreadable")  # which one is missing?
        corners = list(zip(listed[::2], listed[1::2], strict=True))
    pairs = [_pair(each) for each in corners]
    good = tuple(pair for pair in pairs if pair)
    if len(good) < len(pairs):
        notes.append("mask_corners_lost")
    if any(not isinstance(each, list) or _has_text(each) for each in corners):
        notes.append("mask_corners")
    return good


def _pair(corner: Any) -> Pair | None:
    if not _is_corner(corner):
        return None
    numbers = [corner["x"], corner["y"]] if isinstance(corner, dict) else corner
    one, other = map(to_float, numbers)
    known = all(isfinite(each) and abs(each) <= _FARTHEST for each in (one, other))
    return (one, other) if known else None


def _is_corner(value: Any) -> bool:
    if isinstance(value, dict):
        return "x" in value and "y" in value
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and not any(isinstance(each, list | dict) for each in value)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | str)


def _has_text(corner: list[Any]) -> bool:
    return any(isinstance(each, str) for each in corner)


def leaning(pairs: Iterable[tuple[Outline, Sequence[float]]]) -> float:
    """How far the outlines of an answer agree with their boxes better if x comes first.

    Below zero if y first agrees better: one answer keeps to one order, and a square on the
    diagonal fits its box either way.
    """
    return sum(first - second for first, second in (_agreements(*pair) for pair in pairs))


def x_first(outline: Outline, box: Sequence[float], lean: float, notes: list[str]) -> Outline:
    """The outline with x before y; Unreadable if it does not agree with its box in any order."""
    as_written, turned = _agreements(outline, box)
    if max(as_written, turned) < _LEAST:
        raise Unreadable("mask_misfit")
    better = as_written - turned
    if (better if abs(better) > _CLEAR else lean) >= 0:
        return outline
    notes.append("mask_y_first")
    return outline.turned()


def refitted(
    outline: Outline,
    box: Sequence[float],
    extent: tuple[float, float],
    step: tuple[float, float],
    notes: list[str],
) -> Outline | None:
    """The outline in the units of its box, x first, if it was written in others; else None.

    `extent` is what the model counts to across and down, `step` how many pixels one of that is.
    """
    if max(_agreements(outline, box)) >= _FAIR:
        return None
    top, bottom = sorted(box[0::2])
    left, right = sorted(box[1::2])
    within = (left, top, right, bottom)
    scales = [*_scales(within, extent, step)]
    moved = [each.moved(*scale) for each in (outline, outline.turned()) for scale in scales]
    best = max(moved, key=lambda each: overlap(each.bounds, within))
    if overlap(best.bounds, within) < _GOOD:
        return None
    notes.append("mask_units")
    return best


def _scales(
    within: tuple[float, float, float, float],
    extent: tuple[float, float],
    step: tuple[float, float],
) -> Iterator[tuple[float, float, float, float]]:
    """The units that models write outlines in, as arguments of `moved`."""
    left, top, right, bottom = within
    wide, tall = right - left, bottom - top
    yield 0, 0, 1 / step[0], 1 / step[1]  # pixels
    yield left, top, 1 / step[0], 1 / step[1]  # pixels from the corner of the box
    yield 0, 0, extent[0], extent[1]  # fractions
    yield 0, 0, extent[0] / 1000, extent[1] / 1000  # the grid
    yield left, top, wide, tall  # fractions of the box
    yield left, top, wide / 1000, tall / 1000  # a grid in the box


def _agreements(outline: Outline, box: Sequence[float]) -> tuple[float, float]:
    """Intersection over union of the outline's bounds and the box: x first, and y first."""
    top, bottom = sorted(box[0::2])
    left, right = sorted(box[1::2])
    bounds = outline.bounds
    return overlap(bounds, (left, top, right, bottom)), overlap(bounds, (top, left, bottom, right))
