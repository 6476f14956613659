"""Globs: how recipes.toml says which names, types and values are meant."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Self

_WILD = re.compile(r"(\*\*|\*|\?)")


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for a whole text; all but the wildcards stands for itself.

    In a path `*` and `?` stay within a folder and `**` crosses folders. Elsewhere a slash is a
    character like any other, and `*` is any text.
    """

    text: str
    path: bool = True

    def fits(self, value: str) -> bool:
        """Whether the whole value is as the glob says."""
        return _compiled(self.text, self.path).fullmatch(value) is not None

    def covers(self, other: Self) -> bool:
        """Whether it surely fits all that `other` fits; False where that is not plain to see."""
        if self == other:
            return True
        head, *rest = _WILD.split(self.text)
        everything = ["**", ""] if self.path else ["*", ""]
        return rest == everything and _WILD.split(other.text)[0].startswith(head)


@cache
def _compiled(text: str, path: bool) -> re.Pattern[str]:  # noqa: FBT001 - a glob's own two fields
    within = "[^/]" if path else "."
    meaning = {"**": ".*", "*": f"{within}*", "?": within}
    parts = (meaning.get(part, re.escape(part)) for part in _WILD.split(text))
    return re.compile("".join(parts), re.DOTALL)
