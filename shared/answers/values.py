"""JSON values, and how much of one could be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DEEPEST = 64  # brackets in brackets: far more than any answer has


class Mended(dict[str, Any]):
    """An object whose own text had to be repaired."""


class Unfinished(dict[str, Any]):
    """An object that the text breaks off in: only what was whole by then is in it."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A JSON value, and what was done to get it.

    Not `complete`: the text breaks off inside it. Arrays hold what was whole by then; an
    unfinished object is kept, as Unfinished, only on the way to a list of whole objects or
    outside every list.
    """

    value: Any
    complete: bool = True
    repairs: tuple[str, ...] = ()  # keys of REPAIRS


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


def is_shallow(value: Any) -> bool:
    """Whether it is no deeper than DEEPEST."""
    level = [value]
    for _ in range(DEEPEST):
        level = [child for node in level for child in children(node)]
        if not level:
            return True
    return False
