"""Where an item is, in the model's own units: box or point, y first; and its mask as written."""

import json
import re
from collections.abc import Mapping
from typing import Any

from shared.answers.problems import Unreadable
from shared.answers.values import NUMBER, first, is_shallow, plain, to_float

BOX_KEYS = (
    "box2d",
    "bbox2d",
    "bbox",
    "box",
    "boundingbox2d",
    "boundingbox",
    "coordinates",
    "coords",
)
POINT_KEYS = ("point", "point2d")
CORNERS = (
    ("ymin", "xmin", "ymax", "xmax"),
    ("miny", "minx", "maxy", "maxx"),
    ("top", "left", "bottom", "right"),
    ("y0", "x0", "y1", "x1"),
    ("y1", "x1", "y2", "x2"),
)
SIZED = (
    ("y", "x", "height", "width"),
    ("y", "x", "h", "w"),
    ("top", "left", "height", "width"),
)
_SPOT = ("y", "x")
KEYS = frozenset({*BOX_KEYS, *POINT_KEYS, "box3d"})
_NUMBER = re.compile(NUMBER)
_NUMBERS = re.compile(rf"[\s\[(]*+{NUMBER}(?:[\s,;]++{NUMBER})*+[\s\])]*+")
MASK_KEYS = ("mask", "segmentation", "segmentationmask", "polygon", "polygons", "masks", "outline")
_INSIDE = (*MASK_KEYS, "points", "corners", "contour", "data", "png")
_CORNER = {"x", "y"}


def is_in(members: Mapping[str, Any]) -> bool:
    """Whether an object with these members is meant to have a place."""
    return not KEYS.isdisjoint(members) or _by_name(members) is not None


def read(members: Mapping[str, Any], notes: list[str]) -> list[float]:
    """The numbers of the object's box, with a fifth if there is one, or of its point."""
    for key in BOX_KEYS:
        if members.get(key) is not None:
            if key != "box2d" and not isinstance(members[key], dict):
                notes.append("other_key")
            return box(members[key], notes)
    point = first(members, POINT_KEYS)
    if point is not None:
        return _numbers(point, notes, (2,))
    if _by_name(members) is not None:
        return _numbers(members, notes, (2, 4))
    raise Unreadable("box_3d" if members.get("box3d") is not None else "no_coordinates")


def box(value: Any, notes: list[str]) -> list[float]:
    """The four or five numbers of a box."""
    if isinstance(value, list) and value and all(isinstance(each, list) for each in value):
        notes.append("nested")  # one box in a list, or its two corners
        value = [number for each in value for number in each]
    if isinstance(value, list) and len(value) == 9:
        raise Unreadable("box_3d")
    return _numbers(value, notes, (4, 5))


def _numbers(value: Any, notes: list[str], lengths: tuple[int, ...]) -> list[float]:
    """The numbers in it, nan for what is none; Unreadable if there are more or fewer."""
    if isinstance(value, Mapping):
        notes.append("named_sides")
        value = _by_name(plain(value))
    elif isinstance(value, str) and _NUMBERS.fullmatch(value):
        value = _NUMBER.findall(value)
    if not isinstance(value, list) or len(value) not in lengths:
        raise Unreadable("no_coordinates")
    if any(isinstance(each, str) for each in value):
        notes.append("text_coordinates")
    return [to_float(each) for each in value]


def _by_name(members: Mapping[str, Any]) -> list[Any] | None:
    """[ymin, xmin, ymax, xmax] or [y, x] of members that are named so."""
    for names in (*CORNERS, *SIZED, _SPOT):
        held = [members.get(name) for name in names]
        if None not in held:
            return _with_far_corner(held) if names in SIZED else held
    return None


def _with_far_corner(sized: list[Any]) -> list[float]:
    y, x, height, width = map(to_float, sized)
    return [y, x, y + height, x + width]


def mask(members: Mapping[str, Any]) -> Any:
    """The text or the list that stands for the mask, as the model wrote it; None if nothing."""
    value = first(members, MASK_KEYS)
    if isinstance(value, dict):
        value = first(plain(value), _INSIDE) or value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        value = value[0]
    return _parsed(value) if isinstance(value, str) and value.lstrip()[:1] == "[" else value


def has_corners(value: Any) -> bool:
    """Whether it is a list of corners or of rings: part of one item, and not a list of items."""
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(each, dict) for each in value):
        return all(set(each) == _CORNER for each in value)
    return not any(isinstance(each, dict) for each in value)


def _parsed(text: str) -> Any:
    """The list that the text is, else the text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if is_shallow(value) else text
