"""The things that an answer lists, however they are wrapped."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.answers import columns, confidence, label, place
from shared.answers.problems import Unreadable
from shared.answers.values import DEEPEST, Mended, Unfinished, decoded, name, plain, to_float

_WRAPPERS = frozenset(
    {
        *("boxes", "bboxes", "boundingboxes", "masks", "segments", "points", "items", "list"),
        *("objects", "detections", "instances", "annotations", "predictions", "results"),
        *("answer", "data", "output", "response"),
    }
)
# Words that name a part of an answer, and no thing in a picture.
_STRUCTURAL = re.compile(
    r"(?:detected|detection|found|finding|final|all|visible|prominent|identified|recogni[sz]ed|"
    r"list|of|object|item|thing|entity|entities|element|instance|annotation|prediction|result|"
    r"answer|data|output|response|json|value|content|payload|entry|entries|record|region|area|"
    r"segment|segmentation|mask|polygon|outline|point|box|boxes|bbox|bboxes|bounding|2d|"
    r"coordinate|image|img|photo|picture|page|frame|part|child|children|component|subpart|detail|"
    r"match|class|classes|category|categories|label|name|text|ocr|line|word|block|paragraph|"
    r"group|batch|section|es|s|\d+)*"
)


@dataclass(frozen=True, slots=True)
class Item:
    """An object, or what else stands in its place; `label` is that of the list it is in, or ""."""

    value: Any
    members: Mapping[str, Any]  # of an object, by their plain names
    label: str = ""
    from_key: bool = False  # the label is the name it stood under
    part: bool = False  # of the item before it that is none


def items(value: Any) -> Iterator[Item]:
    """Every item in a list or an object, in order."""
    return _Finder().within(value, Item(None, {}))


@dataclass(slots=True)
class _Finder:
    """Looks for items, and caches which objects have places in them."""

    known: dict[int, bool] = field(default_factory=dict)  # by identity: whether places are in it
    kept: list[Any] = field(default_factory=list)  # so that no identity is used twice
    depth: int = 0

    def within(self, value: Any, of: Item) -> Iterator[Item]:
        """The items in a value; `of` has what they inherit."""
        self.depth += 1
        if isinstance(value, dict):
            yield from self._in_object(value, of)
        elif isinstance(value, list):
            for each in value:
                yield from self._listed(each, of)
        self.depth -= 1

    def _listed(self, each: Any, of: Item) -> Iterator[Item]:
        each = self._decoded(each)
        if (named := _named_row(each)) is not None:
            yield Item(each, named, of.label, of.from_key, of.part)
        elif isinstance(each, dict) or _holds(each, dict, list):
            yield from self.within(each, of)
        else:
            yield Item(each, {}, of.label, of.from_key, of.part)

    def _in_object(self, value: dict[str, Any], of: Item) -> Iterator[Item]:
        members = plain(value)
        if rows := columns.rows(members):
            yield from _rows(value, rows, of)
            return
        inside = [(key, self._decoded(held)) for key, held in value.items()]
        inside = [(key, held) for key, held in inside if self._has_items(key, held)]
        if _is_placed(members) or (place.is_in(members) and not inside):
            yield from _per_box(Item(value, members, of.label, of.from_key, of.part))
            for key, held in _beside_place(inside):
                yield from self.within(held, _under(key, {}, Item(None, {}, part=True)))
        elif inside or (inside := _bare_boxes(value)):
            for key, held in inside:
                yield from self.within(_as_items(held), _under(key, members, of))
            yield from _without_place(value, inside, of)
        else:
            yield Item(value, members, of.label, of.from_key, of.part)

    def _decoded(self, value: Any) -> Any:
        if not isinstance(value, str) or self.depth > DEEPEST:
            return value
        inner = decoded(value)
        if inner is value or not self._has_places(inner):
            return value
        self.kept.append(inner)
        return inner

    def _has_items(self, key: str, held: Any) -> bool:
        named = name(key)
        if named in place.MASK_KEYS and place.has_corners(held):
            return False
        if named in _WRAPPERS and (held == [] or _holds(held, list)):
            return True
        return isinstance(held, dict | list) and self._has_places(held)

    def _has_places(self, value: Any) -> bool:
        """Whether there is an object in it that is meant to have a place."""
        if not isinstance(value, dict | list):
            return False
        if id(value) not in self.known:
            self.known[id(value)] = self._look(value)
        return self.known[id(value)]

    def _look(self, value: Any) -> bool:
        if isinstance(value, list):
            return any(list(map(self._has_places, value)))
        if value.keys() == {"x", "y"}:
            return False  # a corner
        members = plain(value)
        inside = [
            self._has_places(held)
            for key, held in value.items()
            if not (name(key) in place.MASK_KEYS and place.has_corners(held))
        ]
        return any(inside) or place.is_in(members) or bool(columns.rows(members))


def _holds(value: Any, *kinds: type) -> bool:
    """Whether it is a list with something of these kinds directly in it."""
    return isinstance(value, list) and any(isinstance(each, kinds) for each in value)


def _is_placed(members: Mapping[str, Any]) -> bool:
    """Whether the object itself has a place, and not only what is in it."""
    if "box2d" in members and not _holds(members["box2d"], dict):
        return True
    try:
        return bool(place.read(members, []))
    except Unreadable:
        return False


def _rows(value: dict[str, Any], rows: list[dict[str, Any]], of: Item) -> Iterator[Item]:
    """Things listed in columns; if the text breaks off in one, those that are whole."""
    kind = Mended if isinstance(value, Mended) else dict
    whole = max(map(len, rows)) if isinstance(value, Unfinished) else 0
    for row in rows:
        if len(row) >= whole:
            yield Item(kind(row), row, of.label, of.from_key, of.part)


def _beside_place(inside: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(key, held) for key, held in inside if not _is_place(key)]


def _is_place(key: str) -> bool:
    return name(key) in place.KEYS or name(key) in place.MASK_KEYS


def _under(key: str, members: Mapping[str, Any], of: Item) -> Item:
    """What items inherit that stand under this key of an object with these members."""
    if named := label.of_list(members):
        return Item(None, {}, named, part=of.part)
    if _STRUCTURAL.fullmatch(name(key)):
        return of
    return Item(None, {}, key, from_key=True, part=of.part)


def _bare_boxes(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The members that are boxes without more, as in `{"cat": [1, 2, 3, 4]}`."""
    found = [(key, held) for key, held in value.items() if _is_box(held) or _lists_boxes(held)]
    return [(key, held) for key, held in found if not _is_place(key)]


def _as_items(held: Any) -> Any:
    return [held] if _is_box(held) else held


def _lists_boxes(held: Any) -> bool:
    return isinstance(held, list) and bool(held) and all(map(_is_box, held))


def _is_box(held: Any) -> bool:
    numbers = isinstance(held, list) and all(type(each) in (int, float) for each in held)
    return numbers and len(held) in (4, 5)


def _without_place(
    value: Mapping[str, Any], inside: list[tuple[str, Any]], of: Item
) -> Iterator[Item]:
    """Objects beside the items that look like items, but have no place."""
    keys = {key for key, _ in inside}
    for key, held in value.items():
        for each in held if isinstance(held, list) else [held]:
            members = plain(each) if isinstance(each, dict) and key not in keys else {}
            if not members.keys().isdisjoint((*label.KEYS, *confidence.KEYS)):
                under = _under(key, {}, of)
                yield Item(each, members, under.label, under.from_key, of.part)


def _named_row(value: Any) -> dict[str, Any] | None:
    """The members of `["cat", [1, 2, 3, 4]]` or `[1, 2, 3, 4, "cat", 0.9]`; None of all else."""
    if not isinstance(value, list) or not 2 <= len(value) <= 7:
        return None
    words = [each for each in value if isinstance(each, str) and to_float(each) != to_float(each)]
    boxes = [each for each in value if _is_box(each)]
    rest = [each for each in value if type(each) in (int, float)]
    if len(words) != 1 or len(words) + len(boxes) + len(rest) < len(value):
        return None
    if boxes and len(boxes) == 1 and len(rest) <= 1:
        numbers, scores = boxes[0], rest
    else:
        numbers, scores = rest[:4], rest[4:]
    if boxes[1:] or len(numbers) < 4 or len(scores) > 1:
        return None
    return {"label": words[0], "box2d": numbers} | ({"score": scores[0]} if scores else {})


def _per_box(item: Item) -> Iterator[Item]:
    """An item with several boxes as one item per box."""
    boxes = item.members.get("box2d", [])
    if isinstance(item.value, Unfinished) or not _is_several(boxes):
        yield item
        return
    kept = (*label.NAMES, *confidence.KEYS)  # only these: they are copied for every box
    rest = {name: item.members[name] for name in kept if name in item.members}
    for box in boxes:
        members = {**rest, "box2d": [box]}
        yield Item(item.value, members, item.label, item.from_key, item.part)


def _is_several(boxes: Any) -> bool:
    if not isinstance(boxes, list) or len(boxes) < 2:
        return False
    return all(isinstance(box, list) and len(box) >= 4 for box in boxes)
