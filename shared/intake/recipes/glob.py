"""Globs: the patterns of recipes.toml for names, types and metadata."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from shared import naming

_WILD = re.compile(r"(\*\*|\*|\?)")
_FOLDERS = re.compile(r"(?:(?<=/)|^)(?:\*\*/)+")  # any number of them, or none


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for a whole text; all but the wildcards is literal.

    In a path `*` and `?` stay within a folder and `**` crosses folders; `**/` is any folders or
    none. Elsewhere a slash is a character like any other, and `*` is any text.
    """

    text: str
    path: bool = True

    def fits(self, value: str) -> bool:
        """Whether the whole value matches, in any Unicode normalization; in linear time."""
        pattern = _pattern(naming.composed(self.text), self.path)
        reached = 1 | (1 & pattern.folders) << 1
        for letter in naming.composed(value):
            reached = pattern.after(reached, letter)
        return bool(reached >> pattern.length)

    def covers(self, other: Self) -> bool:
        """Whether it surely matches all that `other` matches; False if that is not obvious."""
        mine, its = naming.composed(self.text), naming.composed(other.text)
        if (mine, self.path) == (its, other.path):
            return True
        head, *rest = _WILD.split(mine)
        everything = ["**", ""] if self.path else ["*", ""]
        return rest == everything and _WILD.split(its)[0].startswith(head)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A glob as a nondeterministic automaton; bit n is the state after its first n letters and ?.

    Not a regular expression: backtracking takes hours over *-*-*-* and a name of hyphens, and
    uploaders choose the names.
    """

    length: int
    letters: Mapping[str, int]  # states that this letter leaves
    any_letter: int  # states that ? leaves
    folders: int  # states at **/, which may be empty
    within: int  # states at *
    across: int  # states at **
    path: bool

    def after(self, reached: int, letter: str) -> int:
        """The states after another letter."""
        apart = self.path and letter == "/"
        on = self.letters.get(letter, 0) | (0 if apart else self.any_letter)
        stay = self.across | (0 if apart else self.within)
        arrived = (reached & on) << 1
        return arrived | (arrived & self.folders) << 1 | reached & stay


@cache
def _pattern(text: str, path: bool) -> _Pattern:  # noqa: FBT001 - a glob's own two fields
    letters: Counter[str] = Counter()
    wild = dict.fromkeys(("?", "*", "**"), 0)
    place = folders = 0
    if path:
        text = _FOLDERS.sub("**/", text)
    parts = _WILD.split(text)
    for number, part in enumerate(parts):
        if part in wild:
            wild[part] |= 1 << place
            folders |= (path and _is_folders(parts, number)) << place
            place += part == "?"
        else:
            for letter in part:
                letters[letter] |= 1 << place
                place += 1
    return _Pattern(place, letters, wild["?"], folders, wild["*"], wild["**"], path)


def _is_folders(parts: Sequence[str], number: int) -> bool:
    """Whether this part is the ** of a **/ at the beginning of a folder's name."""
    before = parts[number - 1]
    begins = before.endswith("/") or (number == 1 and not before)
    return begins and parts[number] == "**" and parts[number + 1].startswith("/")
