"""Things listed in columns: `{"boxes": [..], "labels": [..], "scores": [..]}`."""

from collections.abc import Mapping
from typing import Any

from shared.answers import confidence, label, place
from shared.answers.values import first, plain

_MOST_ROWS = 1001  # one more than are looked at
_SEVERAL = ("boxes", "boxes2d", "box2ds", "bboxes", "boundingboxes")
_NAMES = {
    "label": (*label.KEYS, "names", "classes", "classnames", "categories", "objects", "types"),
    "text": label.TEXT_KEYS,
    "score": (*confidence.KEYS, "probabilities", "probs"),
    "box2d": (*place.BOX_KEYS, *_SEVERAL),
    "point": (*place.POINT_KEYS, "points"),
    "mask": (*place.MASK_KEYS, "segmentations", "outlines"),
}
_SIDES = frozenset(side for names in (*place.CORNERS, *place.SIZED) for side in names)


def rows(members: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each thing's members, where an object holds a list for each of them; else nothing."""
    if sum(isinstance(held, list) for held in members.values()) < 2:
        return []
    found = {kind: _column(members, kind) for kind in _NAMES}
    columns = {kind: column for kind, column in found.items() if column is not None}
    columns |= {side: members[side] for side in _SIDES & members.keys() if _plain(members[side])}
    alone = len(columns.get("box2d", [])) == 1 and members.keys().isdisjoint(_SEVERAL)
    if not _are_columns(columns) or (alone and len(columns.get("label", [])) != 1):
        return []  # among others one thing with several names
    count = min(max(map(len, columns.values())), _MOST_ROWS)
    alike = {kind: held for kind in ("label", "text", "score") if (held := _alone(members, kind))}
    return [alike | _row(columns, at) for at in range(count)]


def _alone(members: Mapping[str, Any], kind: str) -> Any:
    """A value that is given once for all things."""
    return first({name: held for name, held in members.items() if not _plain(held)}, _NAMES[kind])


def _are_columns(columns: Mapping[str, list[Any]]) -> bool:
    named = any(name in columns for name in ("label", "text", "score"))
    placed = any(name in columns for name in ("box2d", "point")) or len(columns.keys() & _SIDES) > 3
    return (named and placed) or ("label" in columns and "score" in columns)


def _column(members: Mapping[str, Any], kind: str) -> list[Any] | None:
    for name in _NAMES[kind]:
        held = members.get(name)
        if not isinstance(held, list) or not held:
            continue
        if kind in ("box2d", "point"):
            if (listed := _places(held)) is not None:
                return listed
        elif kind == "mask" or _plain(held):
            return held
    return None


def _places(held: list[Any]) -> list[Any] | None:
    """The boxes of a column; None if it holds things that have names of their own."""
    if all(isinstance(each, int | float) for each in held):
        return [held] if len(held) in (2, 4, 5) else None
    if all(isinstance(each, dict) for each in held):
        own = any(label.find(plain(each), label.KEYS) is not None for each in held)
        return None if own else held
    return held if all(isinstance(each, list | None) for each in held) else None


def _plain(held: Any) -> bool:
    """Whether it is a list of words and numbers."""
    return isinstance(held, list) and not any(isinstance(each, list | dict) for each in held)


def _row(columns: Mapping[str, list[Any]], at: int) -> dict[str, Any]:
    row: dict[str, Any] = {name: held[at] for name, held in columns.items() if at < len(held)}
    inner = row.get("box2d")
    if isinstance(inner, dict) and place.is_in(plain(inner)):
        del row["box2d"]
        return {**plain(inner), **row}
    return row
