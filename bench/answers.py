"""Answers as long as a model's usual ones, for estimates of what they cost."""

import json
import re
from collections.abc import Sequence
from typing import Any

OBJECTS = 10
CORNERS = 30  # of an outline
# Tokens: a digit; four letters, with a space before them; other signs up to such a space.
_TOKEN = re.compile(r"\d| ?[^\W\d_]{1,4}|[\W_]+?(?= ?[^\W_])|[\W_]+")
_CAPTION = (
    "Two people push their bicycles over a wet crossing in the evening. Behind them a tram waits, "
    "and shop windows light the street."
)


def of(tasks: Sequence[str]) -> str:
    """The answer to some tasks in one call; to one alone, if it is only one."""
    parts = {name: _part(name) for name in tasks}
    return json.dumps(parts if len(parts) > 1 else next(iter(parts.values())))


def tokens(text: str) -> int:
    """How many tokens an answer has, estimated."""
    return len(_TOKEN.findall(text))


def _part(task: str) -> Any:
    if task == "caption":
        return {"caption": _CAPTION}
    things = [_thing(number) for number in range(OBJECTS)]
    if task == "detect":
        return things
    return {"boxes": [{**each, "mask": _outline(number)} for number, each in enumerate(things)]}


def _thing(number: int) -> dict[str, object]:
    top, left = 110 + 60 * number, 120 + 50 * number
    return {"box_2d": [top, left, top + 200, left + 300], "label": f"red bicycle {number}"}


def _outline(number: int) -> list[list[int]]:
    """Corners [x, y] down the right side of the object's box and up the left one."""
    top, left = 110 + 60 * number, 120 + 50 * number
    half = CORNERS // 2
    rows = [top + 200 * step // (half - 1) for step in range(half)]
    return [[left + 300, row] for row in rows] + [[left, row] for row in reversed(rows)]
