"""How far a text is from the true one: edits of characters and of words."""

from collections.abc import Hashable, Sequence
from unicodedata import normalize

from cli.grading.labels import plain


def edits(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """The Levenshtein distance: insertions, deletions and replacements.

    By bits, a column of the table in one number (H. Hyyrö, "A bit-vector algorithm for computing
    Levenshtein and Damerau edit distances", 2003).
    """
    if not one:
        return len(other)
    whole, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    places: dict[Hashable, int] = {}
    for at, sign in enumerate(one):
        places[sign] = places.get(sign, 0) | 1 << at
    up, down, distance = whole, 0, len(one)  # where the column goes up by one, and down
    for sign in other:
        here = places.get(sign, 0)
        level = (((here & up) + up) ^ up) | here | down
        right_up, right_down = down | ~(level | up) & whole, level & up
        distance += bool(right_up & last) - bool(right_down & last)
        right_up = right_up << 1 | 1
        right_down <<= 1
        up = (right_down | ~(level | right_up)) & whole
        down = right_up & level & whole
    return distance


def tidy(text: str) -> str:
    """The text as it is compared: NFC, and every stretch of white space as one space."""
    return " ".join(normalize("NFC", text).split())


def bare(text: str) -> str:
    """The text without case, hyphens and underscores, and without marks at its end."""
    return plain(text).rstrip(" .!?")
