"""What is moderated: a closed list of categories, and the severities that are too much.

The key `moderate` of a recipe is a table of `mode`, `thresholds` and `mark`. They are no part of
what the model is asked: the same answer gives another verdict after a change of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, get_args

Mode = Literal["shadow", "enforce"]
Mark = Literal["metadata", "hold"]  # hold: metadata, and a photo that is blocked cannot be deleted

_KEYS = ("mode", "thresholds", "mark")
MOST = 6  # the greatest severity
NEVER = MOST + 1  # as a limit
CATEGORIES: Mapping[str, str] = {
    "sexual": "nudity or sexual acts",
    "minors": "anything that puts a minor at risk, sexualised or abused minors above all",
    "violence": "violence, injuries, cruelty, gore",
    "hate": "symbols or words of hate against a group of people",
    "self_harm": "self-harm or suicide, shown or encouraged",
    "weapons": "weapons or ammunition, shown for use or sale",
    "drugs": "illegal drugs or their use",
    "personal_data": "identity documents, bank cards, addresses, passwords or medical data that "
    "can be read",
    "spam": "advertising, links or codes laid over the picture",
}


class Limits(NamedTuple):
    """The severities from which a person is to look, and from which the photo is blocked."""

    review: int
    block: int


_USUAL = Limits(3, 5)
_OTHER: Mapping[str, Limits] = {
    "minors": Limits(1, 3),
    "personal_data": Limits(4, NEVER),
    "spam": Limits(4, NEVER),
}


def limits(given: Mapping[str, Any], category: str) -> Limits:
    """The limits of a category, by a table `moderate` that has no fault."""
    own = given.get("thresholds", {}).get(category, {})
    return (_OTHER.get(category, _USUAL))._replace(**own)


def is_enforced(given: Mapping[str, Any]) -> bool:
    """Whether a verdict is announced as an event of its own."""
    return bool(given.get("mode", "shadow") == "enforce")


def mark(given: Mapping[str, Any]) -> Mark | None:
    """How a verdict that is enforced is marked on the upload itself; None if it is not."""
    marked: Mark | None = given.get("mark")
    return marked


def complaint(given: object) -> str | None:
    """What is wrong with a table `moderate`, as the end of a sentence; None if nothing is."""
    if not isinstance(given, dict):
        return "must be a table of mode, thresholds and mark"
    return next(_faults(given), None)


def _faults(given: Mapping[Any, Any]) -> Iterator[str]:
    if unknown := next((key for key in given if key not in _KEYS), None):
        yield f"has {str(unknown)[:60]!r}; there are: {', '.join(_KEYS)}"
    if given.get("mode", "shadow") not in get_args(Mode):
        yield f"mode must be {' or '.join(get_args(Mode))}"
    if "mark" in given and given["mark"] not in get_args(Mark):
        yield f"mark must be {' or '.join(get_args(Mark))}"
    elif "mark" in given and not is_enforced(given):
        yield 'mark needs mode = "enforce"'
    yield from _wrong_thresholds(given.get("thresholds", {}))


def _wrong_thresholds(thresholds: object) -> Iterator[str]:
    if not isinstance(thresholds, dict):
        yield "thresholds must be a table with a table for a category"
        return
    for category, own in thresholds.items():
        if category not in CATEGORIES:
            yield f"thresholds has {str(category)[:60]!r}; there are: {', '.join(CATEGORIES)}"
        elif what := _wrong_limits(category, own):
            yield f"thresholds.{category} {what}"


def _wrong_limits(category: str, own: object) -> str | None:
    if not isinstance(own, dict) or not {*own} <= {*Limits._fields}:
        return "must be a table, { review = 3, block = 5 }"
    if any(type(each) is not int or not 0 < each <= NEVER for each in own.values()):
        return f"must have whole numbers from 1 to {MOST}, or {NEVER} for never"
    found = limits({"thresholds": {category: own}}, category)
    if found.review > found.block:
        return f"has review at {found.review} and block at {found.block}: review comes first"
    return None
