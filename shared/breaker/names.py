"""Names that are made of other names: out/x-thumb.jpg of x.jpg; pure."""

import re
from collections.abc import Iterator
from itertools import pairwise

_APART = re.compile(r"[^0-9A-Za-z\u0080-\U0010ffff]+")
_MOST = 12  # places at which a name is cut


def split(name: str) -> tuple[str, str]:
    """The folder of a name, and the rest without its extension."""
    folder, slash, last = name.rpartition("/")
    stem, dot, _ = last.rpartition(".")
    return folder + slash, stem if dot and stem else last


def shorter(stem: str) -> Iterator[str]:
    """The stems that a stem may have been made of, the longest first; itself in another folder."""
    cuts = list(_APART.finditer(stem))
    found = {stem}
    for cut in [*cuts[:_MOST], *cuts[-_MOST:]]:
        found |= {stem[: cut.start()], stem[cut.end() :]}
    yield from sorted(filter(None, found), key=lambda each: (-len(each), each))


def is_of(name: str, other: str) -> bool:
    """Whether a name may have been made of another one, one of whose stems it has."""
    (mine, stem), (its, other_stem) = split(name), split(other)
    if stem == other_stem:
        return mine != its and _within(mine, its)
    return mine == its or _within(mine, its)


def repeats(name: str) -> bool:
    """Whether a word comes twice in a row, as in x-out-out.jpg; numbers may."""
    words = [word for word in _APART.split(name) if word and not word.isdecimal()]
    return any(one == next_ for one, next_ in pairwise(words))


def _within(folder: str, other: str) -> bool:
    """Whether one folder is a part of the other, at its beginning or its end."""
    longer, shorter_ = sorted((folder, other), key=len, reverse=True)
    return longer.startswith(shorter_) or longer.endswith(f"/{shorter_}")
