"""What an item says of its mask, in whatever form."""

import json
from collections.abc import Mapping
from typing import Any

from shared.answers.members import first, plain
from shared.answers.values import is_shallow

KEYS = ("mask", "segmentation", "segmentationmask", "polygon", "polygons", "masks", "outline")
_INSIDE = (*KEYS, "points", "corners", "contour", "data", "png")
_CORNER = {"x", "y"}


def said(members: Mapping[str, Any]) -> Any:
    """The text or the list that stands for the mask, as the model wrote it; None if nothing."""
    value = first(members, KEYS)
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
