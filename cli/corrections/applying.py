"""From what a tool says of a photo to the findings of a correction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cli.corrections.sheet import Drawn, Sheet, rounded
from cli.golden.readers.annotations import by_outlines, extent
from shared.answers import label
from shared.corrections import pixels
from shared.corrections.correction import Refused
from shared.corrections.saving import State
from shared.exports import outlines
from shared.exports.example import Thing, number
from shared.jobs.record import Found, MaskFile, Object
from shared.model import Box, Point, Polygon, Shape, Size


def found(sheet: Sheet, state: State) -> Found:
    """The findings as the tool has them. Raises Refused.

    An object that is as it was exported stays as it was. One that the file cannot hold, or is not
    about, stays, too; any other that is not in it was deleted.
    """
    if sheet.size and sheet.size != state.original.size:
        raise Refused(
            f"it is {sheet.size.width} x {sheet.size.height} pixels in the file, and "
            f"{state.original.size.width} x {state.original.size.height} upright here"
        )
    numbers = numbers_of(state)
    if not sheet.record and _renumbered(sheet, state, numbers):
        raise Refused(
            "none of its objects has a number that our export wrote, or lies where one did: "
            "another tool has numbered them"
        )
    try:
        things = _things(sheet, state, numbers)
    except (OverflowError, ValueError) as why:
        raise Refused(str(why)) from why
    return replace(state.last, objects=tuple(things))


def numbers_of(state: State) -> dict[int, int]:
    """By the number that exports write, the index of an object."""
    return {number(state.original.record.id, index): index for index in state.known}


def _renumbered(sheet: Sheet, state: State, numbers: dict[int, int]) -> bool:
    if not sheet.things or not state.last.objects:
        return False
    return not any(
        each.number in numbers or any(_is_at(each, one) for one in state.last.objects)
        for each in sheet.things
    )


def _things(sheet: Sheet, state: State, numbers: dict[int, int]) -> Iterable[Object]:
    known, size = state.known, state.original.size
    drawn: dict[int, Object] = {}
    following = max(known, default=-1) + 1
    for each in sorted(sheet.things, key=lambda one: not _is_kept(one, state, numbers)):
        index = _index(each, state, numbers, drawn)
        if index is None:
            index, following = following, following + 1
        drawn[index] = _object(each, index, known.get(index, ()), size)
    stay = [each for each in state.last.objects if _stays(each, sheet) and each.index not in drawn]
    return sorted([*drawn.values(), *stay], key=lambda each: each.index)


def _index(
    each: Drawn, state: State, numbers: dict[int, int], taken: dict[int, Object]
) -> int | None:
    """The index of the object that it was; None: it is a new one, or the copy of another."""
    index = numbers.get(each.number or 0)
    if index is not None and index not in taken:
        return index
    if each.number is None or index is None:
        free = (one for one in state.last.objects if one.index not in taken)
        return next((one.index for one in free if _is_as(each, one)), None)
    return None


def _is_kept(each: Drawn, state: State, numbers: dict[int, int]) -> bool:
    """Whether it lies where it did: of an object and its copy, the one that stayed counts."""
    index = numbers.get(each.number or 0)
    known = state.last.objects if index is None else state.known[index]
    return any(_is_at(each, one) for one in known)


def _stays(each: Object, sheet: Sheet) -> bool:
    if sheet.tool == "coco" and isinstance(each.shape, Point):
        return True  # COCO has no points
    return sheet.labels is not None and each.label not in sheet.labels


def _object(each: Drawn, index: int, known: Sequence[Object], size: Size) -> Object:
    name = label.clean(each.label)
    if as_it_was := next((one for one in known if _is_as(each, one)), None):
        return as_it_was
    if there := next((one for one in known if _is_at(each, one)), None):
        return replace(there, label=name)
    shape, mask = _place(each, known[0] if known else None, size)
    return Object(index, name, shape, None, "corrected", mask)


def _place(each: Drawn, last: Object | None, size: Size) -> tuple[Shape, MaskFile | None]:
    mask = each.mask
    if each.rings and last and isinstance(last.shape, Polygon) and last.mask is None:
        return Polygon(each.rings), None
    if each.rings:
        is_its_own = last and last.mask and _outline(last.mask) == each.rings
        mask = last.mask if last and is_its_own else by_outlines(each.rings, size)
    if each.shape:
        return each.shape, mask
    if mask is None:
        raise ValueError(f"a {each.label} has no place")
    return extent(mask), mask


def _is_as(each: Drawn, one: Object) -> bool:
    return label.clean(each.label) == one.label and _is_at(each, one)


def _is_at(each: Drawn, one: Object) -> bool:
    """Whether it is where our export would have written the object."""
    box = Thing(0, "", one.shape, None, "", None).box
    if isinstance(one.shape, Polygon) and one.mask is None:
        return each.rings == rounded(one.shape.rings) and each.shape in (None, box)
    if each.rings:
        drawn = one.mask is not None and each.rings == _outline(one.mask)
        return drawn and each.shape in (None, box)
    if each.shape is None:
        return pixels.same(each.mask, one.mask)
    where: Box | Point | None = one.shape if isinstance(one.shape, Point) else box
    return each.shape == where and pixels.same(each.mask, one.mask)


def _outline(mask: MaskFile) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The outlines that an export writes instead of run lengths, if it is asked to."""
    return rounded(outlines.in_corners(pixels.columns(mask)))
