"""Copies: a model that runs on names the same thing again and again."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.answers.problems import Log
from shared.model import Box, Detection, Point, Polygon

_SAME = 0.95  # intersection over union from which two boxes with one label are one


@dataclass(slots=True)
class _Kept:
    item: int
    detection: Detection
    copies: int = 0


def distinct(
    found: Iterable[tuple[int, Detection]], limit: int, log: Log
) -> list[tuple[int, Detection]]:
    """The first of every set of near-copies with its position, `limit` at most."""
    kept: list[_Kept] = []
    by_label: dict[str, list[_Kept]] = {}
    beyond = 0
    for item, each in found:
        rivals = by_label.setdefault(each.label, [])
        twin = next((one for one in rivals if _same(one.detection.shape, each.shape)), None)
        if twin:
            twin.copies += 1
        elif len(kept) < limit:
            kept.append(_Kept(item, each))
            rivals.append(kept[-1])
        else:
            beyond += 1
    if beyond:
        log.say("beyond_limit", count=beyond)
    for one in kept:
        if one.copies:
            log.say("duplicate", one.item, count=one.copies)
    return [(one.item, one.detection) for one in kept]


def _same(one: Box | Point | Polygon, other: Box | Point | Polygon) -> bool:
    if not (isinstance(one, Box) and isinstance(other, Box)):
        return one == other
    wide = min(one.right, other.right) - max(one.left, other.left)
    tall = min(one.bottom, other.bottom) - max(one.top, other.top)
    if wide <= 0 or tall <= 0:
        return False
    common = wide * tall
    return common > _SAME * (_area(one) + _area(other) - common)


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)
