"""What a tool's file says of one photo, by the numbers that our export gave to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.corrections.correction import Tool
from shared.jobs.record import MaskFile
from shared.model import Box, Point, Size

Rings = tuple[tuple[tuple[float, float], ...], ...]
_LARGEST_SIDE = 65_535  # pixels
_MOST = 100_000_000  # pixels; no larger photo is taken
_STEM = re.compile(r"-([0-9a-f]{14})(?:\.\w+)?$", re.ASCII)
_URL = re.compile(r"gs://([^/]+)/(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An object as the tool has it; `number` is the one that our export wrote, if it has one.

    Without a shape, its mask or its outline says where it is.
    """

    number: int | None
    label: str
    shape: Box | Point | None = None
    mask: MaskFile | None = None
    rings: Rings = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A photo of the file: which one it is, as far as the file says so, and what is in it.

    `file` is how people know it. `based` is the number of the correction that was exported; 0: the
    record. `labels` are those that the file is about; None: all. It is `submitted` if a person
    handed it in, and `open` if nobody has yet. `fault` says why it cannot be read.
    """

    tool: Tool
    file: str
    things: tuple[Drawn, ...] = ()
    size: Size | None = None
    url: str = ""
    record: str = ""
    number: int | None = None
    based: int = 0
    labels: frozenset[str] | None = None
    submitted: bool = False
    open: bool = False
    fault: str = ""

    @property
    def place(self) -> tuple[str, str] | None:
        """Bucket and name of the upload, if its URL says so."""
        found = _URL.fullmatch(self.url)
        return (found[1], found[2]) if found else None


def size_of(width: int, height: int) -> Size:
    """The size that a file gives a photo. Raises ValueError if no photo can have it."""
    if min(width, height) < 1 or max(width, height) > _LARGEST_SIDE or width * height > _MOST:
        raise ValueError(f"no photo has {width} x {height} pixels")
    return Size(width, height)


def number_in(file: str) -> int | None:
    """The photo's number in the name of a file that was exported; None if there is none."""
    found = _STEM.search(file)
    return int(found[1], 16) if found else None


def rounded(rings: Sequence[Sequence[Sequence[float]]]) -> Rings:
    """Corners without the last digits, which a percentage changes."""
    return tuple(tuple((round(x, 6), round(y, 6)) for x, y in ring) for ring in rings)
