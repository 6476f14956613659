"""What the model found, read from the text of its answer.

Asked for is `[{"box_2d": [ymin, xmin, ymax, xmax], "label": "..."}]` on a grid of 0 to 1000. What
comes back differs in many ways; each is read, and said, or left out, and said. Masks are not read
here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite, nan
from typing import Any

from shared import salvage
from shared.errors import BadAnswer
from shared.geometry import Mend, NotInImage, Units, to_box, to_point, units_of
from shared.model import Box, Detection, Findings, Point, Problem, Provenance, Size

UNLABELLED = "unlabelled"

_MOST_ITEMS = 1000  # an answer stuck in a loop has more; and it bounds the search for copies
_MOST_PROBLEMS = 50
_MOST_CHARACTERS = 500
_SAME = 0.95  # intersection over union from which two boxes with one label are one
_SENTENCES = {
    "bare_list": "A bare list of numbers was read as a box.",
    "beyond_limit": "More objects than asked for: {} were left out.",
    "box_3d": "The item is a three-dimensional box, which has no place in the image; left out.",
    "clamped": "The box reached beyond the image and was cut at its border.",
    "confidence_percent": "The confidence was read as a percentage.",
    "confidence_text": "The confidence was read from text.",
    "confidence_unusable": "The confidence is no number from 0 to 1 and was left out.",
    "duplicate": "Near-copies of this object: {} were left out.",
    "fifth_number": "A fifth number after the box was read as its confidence.",
    "fractions": "The coordinates were read as fractions of the image's sides.",
    "label_cleaned": "Control characters or broken characters in the label were replaced.",
    "label_cut": f"The label was cut after {_MOST_CHARACTERS} characters.",
    "label_not_text": "The label is not a text and was written as one.",
    "more_problems": "More problems than are listed: {}.",
    "named_sides": "The coordinates were given by name and not as a list.",
    "nested": "The box stood in a list of its own.",
    "no_coordinates": "The item has no coordinates that can be read and was left out.",
    "no_label": "The object has no label.",
    "not_an_object": "The item is not an object and was left out.",
    "not_finite": "A coordinate of the item is not a number; it was left out.",
    "other_key": "The box has another key than asked for and was read as y before x.",
    "outside_image": "The item lies outside the image and was left out.",
    "pixels": "The coordinates were read as pixels of the upright image.",
    "swapped_corners": "The corners of the box were the wrong way round.",
    "text_coordinates": "The coordinates were read from text.",
    "too_many_items": "The list is endless: only its first {} items were read.",
    "unfinished": "The item was cut off and left out.",
    "widened": "The box was thinner than a pixel and was widened to one.",
    "zero_area": "The box has no area and was left out.",
}


@dataclass(slots=True)
class _Sighting:
    """An item that could be read, in the model's own units, and what it took to read it."""

    item: int
    label: str
    numbers: list[float]  # four for a box, two for a point
    confidence: float | None
    notes: list[str]  # codes
    mended: bool  # in its JSON already


@dataclass(slots=True)
class _Kept:
    detection: Detection
    item: int
    copies: int = 0


@dataclass(slots=True)
class _Log:
    """Problems in the order they are found."""

    problems: list[Problem] = field(default_factory=list)

    def say(self, code: str, item: int | None = None, *, count: int = 0) -> None:
        self.problems.append(Problem(code, _SENTENCES[code].format(count), item))

    def listed(self) -> tuple[Problem, ...]:
        """The first of them, those of the answer as a whole in front; the rest only counted."""
        ordered = sorted(self.problems, key=lambda each: -1 if each.item is None else each.item)
        if len(ordered) > _MOST_PROBLEMS:
            more = len(ordered) - _MOST_PROBLEMS
            del ordered[_MOST_PROBLEMS:]
            ordered.append(Problem("more_problems", _SENTENCES["more_problems"].format(more)))
        return tuple(ordered)


def objects(text: str, size: Size, max_objects: int) -> Findings:
    """The things the answer lists, at most `max_objects`, all inside the image.

    Raises BadAnswer if there is no list in it, or if it lists things and none can be read: only
    an empty list means that nothing was found.
    """
    answer = salvage.read(text)
    log = _Log()
    for code in answer.repairs:
        if code not in salvage.HARMLESS:
            log.problems.append(Problem(code, salvage.REPAIRS[code]))
    sightings = _sightings(answer, log)
    units = units_of([each.numbers for each in sightings], size)
    if units != "grid":
        log.say(units)
    found = _distinct(_placed(sightings, size, units, log), max_objects, log)
    return Findings(tuple(found), log.listed(), answer.complete)


def _sightings(answer: salvage.Salvaged, log: _Log) -> list[_Sighting]:
    if not isinstance(answer.value, list | dict):
        raise BadAnswer("The answer is JSON, but neither a list nor an object.")
    items = list(islice(_items(answer.value, ""), _MOST_ITEMS + 1))
    if len(items) > _MOST_ITEMS:
        log.say("too_many_items", count=_MOST_ITEMS)
    sightings = []
    for position, (item, inherited) in enumerate(items[:_MOST_ITEMS]):
        try:
            sightings.append(_sighting(position, item, inherited))
        except _Unreadable as error:
            log.say(error.code, position)
    if not sightings and not answer.complete:
        raise BadAnswer("The answer was cut off before its first object was whole.")
    if not sightings and items:
        raise BadAnswer(f"No item of the answer can be read: {log.problems[-1].sentence}")
    return sightings


def _placed(
    sightings: list[_Sighting], size: Size, units: Units, log: _Log
) -> Iterator[tuple[int, Detection]]:
    """The sightings that are inside the image, in its pixels, with their positions."""
    for each in sightings:
        try:
            shape, mends = _shape(each.numbers, size, units)
        except NotInImage as misfit:
            log.say(misfit.code, each.item)
            continue
        notes = [*each.notes, *mends]
        for code in notes:
            log.say(code, each.item)
        exact = units == "grid" and not notes and not each.mended
        provenance: Provenance = "exact" if exact else "repaired"
        yield each.item, Detection(each.label, shape, each.confidence, provenance)


def _shape(numbers: list[float], size: Size, units: Units) -> tuple[Box | Point, tuple[Mend, ...]]:
    if len(numbers) == len(_SPOT):
        return to_point(numbers, size, units), ()
    return to_box(numbers, size, units)


def _distinct(placed: Iterator[tuple[int, Detection]], limit: int, log: _Log) -> list[Detection]:
    """The first of every set of near-copies, `limit` at most."""
    kept: list[_Kept] = []
    by_label: dict[str, list[_Kept]] = {}
    beyond = 0
    for item, found in placed:
        rivals = by_label.setdefault(found.label, [])
        twin = next((each for each in rivals if _same(each.detection.shape, found.shape)), None)
        if twin:
            twin.copies += 1
        elif len(kept) < limit:
            kept.append(_Kept(found, item))
            rivals.append(kept[-1])
        else:
            beyond += 1
    if beyond:
        log.say("beyond_limit", count=beyond)
    for each in kept:
        if each.copies:
            log.say("duplicate", each.item, count=each.copies)
    return [each.detection for each in kept]


def _same(one: Box | Point, other: Box | Point) -> bool:
    if isinstance(one, Point) or isinstance(other, Point):
        return one == other
    wide = min(one.right, other.right) - max(one.left, other.left)
    tall = min(one.bottom, other.bottom) - max(one.top, other.top)
    if wide <= 0 or tall <= 0:
        return False
    shared = wide * tall
    return shared > _SAME * (_area(one) + _area(other) - shared)


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)


# -- from the answer to its items -----------------------------------------------------------------

_BOX_KEYS = (
    "box2d",
    "bbox2d",
    "bbox",
    "box",
    "boundingbox2d",
    "boundingbox",
    "coordinates",
    "coords",
)
_POINT_KEYS = ("point", "point2d")
_CORNERS = (
    ("ymin", "xmin", "ymax", "xmax"),
    ("miny", "minx", "maxy", "maxx"),
    ("top", "left", "bottom", "right"),
    ("y0", "x0", "y1", "x1"),
    ("y1", "x1", "y2", "x2"),
)
_SIZED = (
    ("y", "x", "height", "width"),
    ("y", "x", "h", "w"),
    ("top", "left", "height", "width"),
)
_SPOT = ("y", "x")
_LABEL_KEYS = (
    "label",
    "name",
    "class",
    "classname",
    "category",
    "categoryname",
    "object",
    "objectname",
    "description",
    "title",
    "type",
)
_CONFIDENCE_KEYS = ("confidence", "score", "probability", "conf", "confidencescore")
_WRAPPERS = frozenset(
    {
        *("boxes", "bboxes", "boundingboxes", "masks", "segments", "points", "items", "list"),
        *("objects", "detections", "instances", "annotations", "predictions", "results"),
        *("answer", "data", "output", "response"),
    }
)
_PLACE_KEYS = frozenset({*_BOX_KEYS, *_POINT_KEYS, "box3d"})


def _items(value: Any, inherited: str) -> Iterator[tuple[Any, str]]:
    """Every item in the answer, in order, with the label of the list it is in, if that has one."""
    if isinstance(value, dict):
        yield from _items_of_object(value, inherited)
        return
    for each in value:
        if isinstance(each, dict) or _holds_containers(each):
            yield from _items(each, inherited)
        else:
            yield each, inherited


def _items_of_object(value: dict[str, Any], inherited: str) -> Iterator[tuple[Any, str]]:
    named = _named(value)
    lists = [held for key, held in named.items() if _lists_items(key, held)]
    if _has_place(named) and ("box2d" in named or not any(map(_holds_objects, lists))):
        yield from ((item, inherited) for item in _parted(value, named))
    elif inside := lists or [held for held in named.values() if isinstance(held, dict) and held]:
        label = next((named[key] for key in _LABEL_KEYS if isinstance(named.get(key), str)), "")
        for each in inside:
            yield from _items(each, label or inherited)
    else:
        yield value, inherited


def _named(value: Mapping[str, Any]) -> dict[str, Any]:
    """The members by their names in lower-case letters and digits; of equal names the first."""
    named: dict[str, Any] = {}
    for key, held in value.items():
        named.setdefault(re.sub(r"[\W_]+", "", key).lower(), held)
    return named


def _has_place(named: Mapping[str, Any]) -> bool:
    return not _PLACE_KEYS.isdisjoint(named) or _by_name(named) is not None


def _lists_items(key: str, held: Any) -> bool:
    known = key in _WRAPPERS and (held == [] or _holds_containers(held))
    return known or _holds_objects(held)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _holds_containers(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, list | dict) for each in value)


def _parted(value: dict[str, Any], named: Mapping[str, Any]) -> Iterator[Any]:
    """An item with several boxes as one item per box."""
    boxes = named.get("box2d")
    if not isinstance(boxes, list) or len(boxes) < 2 or isinstance(value, salvage.Unfinished):
        yield value
    elif all(isinstance(box, list) and len(box) >= 4 for box in boxes):
        kept = (*_LABEL_KEYS, *_CONFIDENCE_KEYS)
        rest = {key: named[key] for key in kept if key in named}
        yield from ({**rest, "box_2d": [box]} for box in boxes)
    else:
        yield value


# -- one item -------------------------------------------------------------------------------------

_DIGITS = r"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?"
_NUMBER = re.compile(rf"\s*+({_DIGITS})\s*+(%?)\s*+")
_NUMBERS = re.compile(rf"[\s\[(]*+{_DIGITS}(?:[\s,;]++{_DIGITS})*+[\s\])]*+")
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")
_HALVES = re.compile("[\ud800-\udfff]")


class _Unreadable(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _sighting(position: int, item: Any, inherited: str) -> _Sighting:
    if isinstance(item, salvage.Unfinished):
        raise _Unreadable("unfinished")
    if not isinstance(item, list | dict):
        raise _Unreadable("not_an_object")
    notes = ["bare_list"] if isinstance(item, list) else []
    named = _named(item) if isinstance(item, dict) else {}
    numbers = _corners(item, notes) if isinstance(item, list) else _place(named, notes)
    confidence = next((named[key] for key in _CONFIDENCE_KEYS if named.get(key) is not None), None)
    if len(numbers) == 5:
        notes.append("fifth_number")
        fifth = numbers.pop()
        confidence = fifth if confidence is None else confidence
    if not all(map(isfinite, numbers)):
        raise _Unreadable("not_finite")
    label = _label(named, inherited, notes)
    confidence = _confidence(confidence, notes)
    return _Sighting(position, label, numbers, confidence, notes, isinstance(item, salvage.Mended))


def _place(named: Mapping[str, Any], notes: list[str]) -> list[float]:
    """The four or five numbers of the item's box, or the two of its point."""
    for key in _BOX_KEYS:
        if named.get(key) is not None:
            if key != "box2d" and not isinstance(named[key], dict):
                notes.append("other_key")
            return _corners(named[key], notes)
    point = next((named[key] for key in _POINT_KEYS if named.get(key) is not None), None)
    if point is not None:
        return _numbers(point, notes, (2,))
    if _by_name(named) is not None:
        return _numbers(named, notes, (2, 4))
    raise _Unreadable("box_3d" if named.get("box3d") is not None else "no_coordinates")


def _corners(value: Any, notes: list[str]) -> list[float]:
    if isinstance(value, list) and value and all(isinstance(each, list) for each in value):
        notes.append("nested")  # one box in a list, or its two corners
        value = [number for each in value for number in each]
    if isinstance(value, list) and len(value) == 9:
        raise _Unreadable("box_3d")
    return _numbers(value, notes, (4, 5))


def _numbers(value: Any, notes: list[str], lengths: tuple[int, ...]) -> list[float]:
    """The numbers in it, nan for what is none; Unreadable if there are more or fewer."""
    if isinstance(value, Mapping):
        notes.append("named_sides")
        value = _by_name(_named(value))
    elif isinstance(value, str) and _NUMBERS.fullmatch(value):
        value = re.findall(_DIGITS, value)
    if not isinstance(value, list) or len(value) not in lengths:
        raise _Unreadable("no_coordinates")
    if any(isinstance(each, str) for each in value):
        notes.append("text_coordinates")
    return [_number(each) for each in value]


def _by_name(named: Mapping[str, Any]) -> list[Any] | None:
    """[ymin, xmin, ymax, xmax] or [y, x] of members that are named so."""
    for names in _CORNERS:
        if all(named.get(name) is not None for name in names):
            return [named[name] for name in names]
    for names in _SIZED:
        if all(named.get(name) is not None for name in names):
            y, x, height, width = (_number(named[name]) for name in names)
            return [y, x, y + height, x + width]
    if all(named.get(name) is not None for name in _SPOT):
        return [named[name] for name in _SPOT]
    return None


def _number(value: Any) -> float:
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        return float(match[1]) if match and not match[2] else nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    try:
        return float(value)
    except OverflowError:
        return nan


def _label(named: Mapping[str, Any], inherited: str, notes: list[str]) -> str:
    said = next((named[key] for key in _LABEL_KEYS if named.get(key) not in (None, "", [])), None)
    if said is not None and not isinstance(said, str):
        notes.append("label_not_text")
        said = _as_text(said)
    text = said or inherited
    clean = _CONTROLS.sub("", _BREAKS.sub(" ", _HALVES.sub("\ufffd", text)))
    if clean != text:
        notes.append("label_cleaned")
    clean = clean.strip()
    if len(clean) > _MOST_CHARACTERS:
        notes.append("label_cut")
    elif not clean:
        notes.append("no_label")
    return clean[:_MOST_CHARACTERS] or UNLABELLED


def _as_text(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(each) for each in values if isinstance(each, str | int | float))


def _confidence(value: Any, notes: list[str]) -> float | None:
    if value is None:
        return None
    number, percent = _number(value), False
    if isinstance(value, str):
        notes.append("confidence_text")
        match = _NUMBER.fullmatch(value)
        number, percent = (float(match[1]), bool(match[2])) if match else (nan, False)
    if percent or 1 < number <= 100:
        notes.append("confidence_percent")
        number /= 100
    if 0 <= number <= 1:
        return number
    notes.append("confidence_unusable")
    return None
