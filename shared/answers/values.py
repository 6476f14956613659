"""JSON values: what was read of a text, members by plain names, numbers."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import nan
from typing import Any

DEEPEST = 64  # brackets in brackets: far more than any answer has
NUMBER = r"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?"
_NO_NAME = re.compile(r"[\W_]+")
_WHOLE_TEXT = re.compile(rf"\s*+({NUMBER})\s*+")


class Mended(dict[str, Any]):
    """An object whose own text had to be repaired."""


class Unfinished(dict[str, Any]):
    """An object that the text breaks off in: only what was whole by then is in it."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A JSON value, what was done to get it, and the values of its kind that came before it.

    `cannot` is what the model says it could not do, which is in none of the values.

    Not `complete`: the text breaks off inside it. Arrays hold what was whole by then; an
    unfinished object is kept, as Unfinished, only on the way to a list of whole objects or
    outside every list.
    """

    value: Any
    complete: bool = True
    repairs: tuple[str, ...] = ()  # keys of REPAIRS
    before: tuple["Salvaged", ...] = ()
    lead: str = ""  # the text in front of it
    cannot: tuple[str, ...] = ()  # sentences: shortfall.py


def children(node: Any) -> list[Any]:
    """What an object or a list holds; nothing, for everything else."""
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def nodes(value: Any) -> Iterator[Any]:
    """The value and everything in it, in no particular order."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(children(node))


def whole(pairs: Sequence[tuple[str, Any]]) -> Any:
    """The object of these members; a list of objects if a name comes twice with another value.

    That happens where "}, {" was left out. Where the members of one kind stand together, each
    object takes one of each; else a new one begins with the name that was there.
    """
    apart = _in_turn(pairs)
    if len(apart) == 1:
        return apart[0]
    counts: dict[str, int] = {}
    stacked: list[Mended] = []
    for key, held in pairs:
        counts[key] = counts.get(key, 0) + 1
        if counts[key] > len(stacked):
            stacked.append(Mended())
        stacked[counts[key] - 1][key] = held
    return min(apart, stacked, key=len)


def _in_turn(pairs: Sequence[tuple[str, Any]]) -> list[Any]:
    objects: list[dict[str, Any]] = [{}]
    for key, held in pairs:
        known = objects[-1].get(key)
        if known is not None and held is not None and known != held:
            objects.append({})
        if held is not None or known is None:
            objects[-1][key] = held
    return objects if len(objects) == 1 else [Mended(each) for each in objects]


def decoded(value: Any) -> Any:
    """What a text stands for that is a list or an object in JSON; everything else as it is."""
    text = value.strip() if isinstance(value, str) else ""
    if text[:1] + text[-1:] not in ("[]", "{}"):
        return value
    try:
        inner = json.loads(text, strict=False, object_pairs_hook=whole)
    except (ValueError, RecursionError):
        return value
    return inner if is_shallow(inner) else value


def is_shallow(value: Any) -> bool:
    """Whether it is no deeper than DEEPEST."""
    level = [value]
    for _ in range(DEEPEST):
        level = [child for node in level for child in children(node)]
        if not level:
            return True
    return False


def plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """The members by their names in lower-case letters and digits; of equal names the first."""
    members: dict[str, Any] = {}
    for key, held in value.items():
        members.setdefault(name(key), held)
    return members


@lru_cache(maxsize=1000)
def name(key: str) -> str:
    """The key in lower-case letters and digits."""
    return _NO_NAME.sub("", key).lower()


def first(members: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The first of those so named that is there and not null; None if there is none."""
    return next((members[name] for name in names if members.get(name) is not None), None)


def to_float(value: Any) -> float:
    """The number, or the number in the text; nan for everything else, percentages too."""
    if isinstance(value, str):
        match = _WHOLE_TEXT.fullmatch(value)
        return float(match[1]) if match else nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    try:
        return float(value)
    except OverflowError:
        return nan
