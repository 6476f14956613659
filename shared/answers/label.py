"""What the model calls an object: data, kept as far as it can be written."""

import re
from collections.abc import Mapping
from typing import Any

KEYS = (
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
LONGEST = 500  # characters

_UNLABELLED = "unlabelled"
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")
_HALVES = re.compile("[\ud800-\udfff]")  # of a surrogate pair


def read(members: Mapping[str, Any], inherited: str, notes: list[str]) -> str:
    """The label of an item, or of the list it is in; on one line and never empty."""
    said = next((members[key] for key in KEYS if members.get(key) not in (None, "", [])), None)
    if said is not None and not isinstance(said, str):
        notes.append("label_not_text")
        said = _as_text(said)
    text = said or inherited
    clean = _CONTROLS.sub("", _BREAKS.sub(" ", _HALVES.sub("\ufffd", text)))
    if clean != text:
        notes.append("label_cleaned")
    clean = clean.strip()
    if len(clean) > LONGEST:
        notes.append("label_cut")
    elif not clean:
        notes.append("no_label")
    return clean[:LONGEST] or _UNLABELLED


def of_list(members: Mapping[str, Any]) -> str:
    """What an object calls the things in its lists; "" if nothing."""
    return next((members[key] for key in KEYS if isinstance(members.get(key), str)), "")


def _as_text(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(each) for each in values if isinstance(each, str | int | float))
