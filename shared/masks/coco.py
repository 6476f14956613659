"""COCO's compressed run lengths, the text that pycocotools reads and writes as "counts"."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from operator import sub

_FIRST = 48  # the character for 0: "0"


def compressed(counts: Sequence[int]) -> str:
    """The text of run lengths that begin with the background.

    From the fourth on, a run is stored as its difference from the last but one. Each number is cut
    into groups of five bits, lowest first, two's complement; a sixth bit says that more follow
    (`rleToString` in COCO's maskApi.c).
    """
    numbers = chain(counts[:3], map(sub, counts[3:], counts[1:]))
    return b"".join(map(_groups, numbers)).decode("ascii")


@lru_cache(maxsize=4096)  # most differences are small, and come again
def _groups(number: int) -> bytes:
    characters = bytearray()
    while True:
        group = number & 0x1F
        number >>= 5
        if number == (-1 if group & 0x10 else 0):  # the sign is in the last group's highest bit
            characters.append(_FIRST + group)
            return bytes(characters)
        characters.append(_FIRST + (group | 0x20))
