"""The objects of a correction: each as the model had it, or as a person says that it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite

from shared.answers import label as labels
from shared.corrections import pixels
from shared.corrections.correction import Changes, Refused
from shared.exports.example import Thing
from shared.jobs.record import MaskFile, Object
from shared.model import Box, Point, Polygon, Shape, Size

MOST = 1_000  # objects
_MOST_CORNERS = 10_000  # of an outline
_LARGEST_INDEX = 1_000_000


def checked(
    given: Sequence[Object], known: Mapping[int, Sequence[Object]], size: Size
) -> tuple[Object, ...]:
    """The objects, those that are as they were before exactly so, the others marked as corrected.

    `known` has by index what an object was: in the newest correction first, at last in the record.
    A mask without run lengths is the one that it had. Raises Refused.
    """
    if len(given) > MOST:
        raise Refused(f"there are {len(given):,} objects, and {MOST:,} are the limit")
    faults = [fault for each in given if (fault := _fault(each, known, size))]
    indexes = [each.index for each in given]
    if len({*indexes}) < len(indexes):
        faults.append("two objects have the same index")
    if faults:
        raise Refused(*faults)
    return tuple(_settled(each, known.get(each.index, ()), size) for each in given)


def compared(before: Sequence[Object], after: Sequence[Object]) -> Changes:
    """What was changed of the objects that the model found."""
    was = {each.index: each for each in before}
    now = {each.index: each for each in after}
    both = [(was[index], now[index]) for index in was.keys() & now.keys()]
    return Changes(
        kept=sum(one == other for one, other in both),
        moved=sum(not is_there(one, other) for one, other in both),
        relabelled=sum(one.label != other.label for one, other in both),
        added=len(now.keys() - was.keys()),
        deleted=len(was.keys() - now.keys()),
    )


def is_there(one: Object, other: Object) -> bool:
    """Whether two objects have the same place and the same pixels."""
    return one.shape == other.shape and pixels.same(one.mask, other.mask)


def _settled(given: Object, known: Sequence[Object], size: Size) -> Object:
    last = known[0] if known else None
    mask = _mask(given, last, size) if given.mask else None
    told = replace(given, mask=mask, confidence=None, provenance="corrected")
    there = [each for each in known if is_there(each, told)]
    if same := next((each for each in there if each.label == told.label), None):
        return same
    return replace(told, mask=there[0].mask) if there else told


def _mask(given: Object, last: Object | None, size: Size) -> MaskFile | None:
    """The mask that is given, or the one that the object had, which goes with its box."""
    if given.mask and given.mask.rle:
        return pixels.checked(replace(given.mask, file=""), size)
    if last is None or last.mask is None:
        return None
    before, after = _box(last), _box(given)
    if last.shape == given.shape or before is None or after is None:
        return last.mask
    return pixels.carried(last.mask, before, after, size)


def _box(thing: Object) -> Box | None:
    return Thing(0, thing.label, thing.shape, None, "", None).box


def _fault(given: Object, known: Mapping[int, Sequence[Object]], size: Size) -> str:
    """What is wrong with an object, in a sentence; "" if nothing is."""
    who = f"object {given.index + 1}"  # people count from 1
    if not 0 <= given.index <= _LARGEST_INDEX:
        return f"{who} has an impossible index"
    if labels.clean(given.label) != given.label or not 0 < len(given.label) <= labels.LONGEST:
        return (
            f"the label of {who} must be a line of 1 to {labels.LONGEST} characters, none of "
            "them a control character"
        )
    if what := next(_misplaced(given.shape, size), ""):
        return f"{who} {what}"
    if given.mask is None:
        return ""
    if given.mask.rle is None:
        had = known.get(given.index, ())
        return "" if had and had[0].mask else f"{who} never had a mask"
    try:
        pixels.checked(given.mask, size)
    except ValueError as why:
        return f"the mask of {who} {why}"
    return ""


def _misplaced(shape: Shape, size: Size) -> Iterator[str]:
    within = f"the photo, which is {size.width} x {size.height} pixels"
    match shape:
        case Box(left, top, right, bottom):
            if not (0 <= left < right <= size.width and 0 <= top < bottom <= size.height):
                yield f"is not a box inside {within}"
        case Point(x, y):
            if not (0 <= x < size.width and 0 <= y < size.height):
                yield f"is not a point inside {within}"
        case Polygon(rings):
            if not rings or min(map(len, rings)) < 3 or sum(map(len, rings)) > _MOST_CORNERS:
                yield f"is not an outline of 3 to {_MOST_CORNERS:,} corners"
            corners = [corner for ring in rings for corner in ring]
            if not all(
                _is_inside(x, size.width) and _is_inside(y, size.height) for x, y in corners
            ):
                yield f"is not an outline inside {within}"


def _is_inside(place: float, side: int) -> bool:
    return isfinite(place) and 0 <= place <= side
