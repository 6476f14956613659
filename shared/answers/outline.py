"""An outline as models write it: rings of corners, and of each corner two numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from shared.answers.numbers import to_float
from shared.answers.problems import Unreadable

Pair = tuple[float, float]  # x and y, or y and x: only the box beside it can tell

_FARTHEST = 1e6  # in the model's units; what is beyond is no coordinate


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
