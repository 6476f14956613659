"""Globs over names, as `matchGlob` of Cloud Storage has them.

`*` and `?` stay within a folder, `**` crosses folders; `[a-z]` is one character, `{a,b}` is either
text. Source: Cloud Storage's page "List objects", section "Filter by glob".
"""

import re
from functools import cache

_PARTS = re.compile(r"\*\*|[*?{},]|\[!?[^]]+]|[^*?{}\[\],]+|.", re.DOTALL)
_MEANING = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}


@cache
def pattern(glob: str) -> re.Pattern[str]:
    """The glob as a regular expression for a whole name. Raises ValueError."""
    depth, found = 0, list[str]()
    for part in _PARTS.findall(glob):
        depth += (part == "{") - (part == "}")
        if part == "," and depth:
            found.append("|")
        elif part[0] == "[" and len(part) > 1:
            found.append(_one(part[1:-1]))
        else:
            found.append(_MEANING.get(part, re.escape(part)))
        if depth not in {0, 1}:
            raise ValueError("braces must be closed, and not lie in one another")
    if depth:
        raise ValueError("a brace is not closed")
    return re.compile("".join(found), re.DOTALL)


def _one(inside: str) -> str:
    """One character of a set, or none of it."""
    negated = inside.startswith("!")
    letters = "".join(c if c == "-" else re.escape(c) for c in inside.removeprefix("!"))
    return f"[{'^' * negated}{letters}]"
