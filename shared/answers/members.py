"""The members of an object, whatever way their names are spelled."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

_NO_NAME = re.compile(r"[\W_]+")


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
