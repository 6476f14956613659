"""What is hidden in the copy of a photo that is fit to show, and how.

The key `redact` of a recipe is a table of `hide`, `what`, `how`, `margin` and `if_unsure`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, get_args

What = Literal["box", "mask"]
How = Literal["fill", "pixelate"]
IfUnsure = Literal["withhold", "hide_all"]

LEAST_MARGIN, MOST_MARGIN = 0.03, 1.0
_MOST_LABELS = 50
_LONGEST = 100  # characters of a label
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "what": get_args(What),
    "how": get_args(How),
    "if_unsure": get_args(IfUnsure),
}


class Terms(NamedTuple):
    """A table `redact`, read. `margin` is around each thing, as a share of its longer side."""

    hide: tuple[str, ...]
    what: What = "box"
    how: How = "fill"
    margin: float = 0.05
    if_unsure: IfUnsure = "withhold"


def terms(given: Mapping[str, Any]) -> Terms:
    """The terms in a table that has no fault."""
    return Terms(**{**given, "hide": tuple(given["hide"])})


def complaint(given: object) -> str | None:
    """What is wrong with a table `redact`, as the end of a sentence; None if nothing is."""
    if not isinstance(given, dict):
        return 'must be a table, { hide = ["face", "license plate"] }'
    return next(_faults(given), None)


def _faults(given: Mapping[Any, Any]) -> Iterator[str]:
    known = ", ".join(Terms._fields)
    if unknown := next((key for key in given if key not in Terms._fields), None):
        yield f"has {str(unknown)[:60]!r}; there are: {known}"
    if what := _wrong_labels(given.get("hide")):
        yield f"hide {what}"
    for key, choices in _CHOICES.items():
        if given.get(key, choices[0]) not in choices:
            yield f"{key} must be {' or '.join(choices)}"
    margin = given.get("margin", LEAST_MARGIN)
    number = isinstance(margin, int | float) and not isinstance(margin, bool)
    if not (number and LEAST_MARGIN <= margin <= MOST_MARGIN):
        yield (
            f"margin must be a number from {LEAST_MARGIN} to {MOST_MARGIN:g}: a share of the "
            "longer side of what is hidden"
        )


def _wrong_labels(labels: object) -> str | None:
    if not isinstance(labels, list) or not labels:
        return 'must be a list of what to hide, ["face", "license plate"]'
    if len(labels) > _MOST_LABELS:
        return f"has {len(labels):,} entries; {_MOST_LABELS} are the limit"
    if not all(isinstance(each, str) and 0 < len(each.strip()) <= _LONGEST for each in labels):
        return f"must have texts of 1 to {_LONGEST} characters"
    return None
