"""Candidates made detections: placed in the image, without near-copies.

A model that is stuck in a loop lists the same thing again and again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.answers import confidence
from shared.answers.geometry import Mend, NotInImage, Units, to_box, to_point
from shared.answers.listing import Listing
from shared.answers.problems import Log
from shared.model import Box, Detection, Point, Polygon, Provenance, Size

_SAME = 0.95  # intersection over union from which two boxes with one label are one


@dataclass(slots=True)
class _Kept:
    item: int
    detection: Detection
    copies: int = 0


def placed_in(seen: Listing, size: Size, units: Units, log: Log) -> list[tuple[int, Detection]]:
    """What is inside the image, in its pixels, with its position in the answer."""
    certain = confidence.scale(each.confidence for each in seen.candidates.values())
    placed = []
    for item, each in seen.candidates.items():
        try:
            shape, mends = _shape(each.numbers, size, units)
        except NotInImage as misfit:
            log.add(misfit.code, item)
            continue
        notes = [*each.notes, *mends]
        sure = confidence.share(each.confidence, certain, notes)
        for code in notes:
            log.add(code, item)
        exact = units == "grid" and not notes and not each.mended
        provenance: Provenance = "exact" if exact else "repaired"
        placed.append((item, Detection(each.label, shape, sure, provenance)))
    return placed


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
        log.add("beyond_limit", count=beyond)
    for one in kept:
        if one.copies:
            log.add("duplicate", one.item, count=one.copies)
    return [(one.item, one.detection) for one in kept]


def _shape(numbers: list[float], size: Size, units: Units) -> tuple[Box | Point, tuple[Mend, ...]]:
    if len(numbers) == 2:
        return to_point(numbers, size, units), ()
    return to_box(numbers, size, units)


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
