"""What the markers of a JPEG say, without decoding it (ITU-T T.81, annex B)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, Self

from shared.images import tiff
from shared.images.header import Header
from shared.model import Size

_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")  # not stuffing, a restart or a fill byte
_TEMPORARY, _START, _END, _SCAN = 0x01, 0xD8, 0xD9, 0xDA
_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_TABLES = {0xC4, 0xDB, 0xDD, *_FRAMES}
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_METADATA = {*range(0xE0, 0xF0), 0xFE}
_COLOUR = {_APP0: 14, _APP14: 12}  # JFIF's and Adobe's: they say what the samples mean, if whole
_ARITHMETIC = {0xC9, 0xCA}
_PROGRESSIVE = {0xC2, 0xCA}
_LOSSLESS = 0xC3
_FOREIGN = {
    0xC5: "a hierarchy of frames",
    0xC6: "a hierarchy of frames",
    0xC7: "a hierarchy of frames",
    0xCB: "lossless arithmetic coding",
    0xCD: "a hierarchy of frames",
    0xCE: "a hierarchy of frames",
    0xCF: "a hierarchy of frames",
    0xF7: "JPEG-LS",
}
_COEFFICIENTS = 64


class _Segment(NamedTuple):
    """`content` is what follows the length; `whole` begins with the marker."""

    marker: int
    content: bytes
    whole: bytes
    offset: int


class Extent(NamedTuple):
    """How far a picture goes; `closed` by an end marker or left open."""

    end: int
    closed: bool
    scans: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """`components` are their numbers; `samples` is how many there are of all components.

    `block` is what is stored together: a minimum coded unit, in pixels (A.2.4).
    """

    size: Size
    foreign: str | None  # what this holds that no decoder here reads
    arithmetic: bool
    progressive: bool
    lossless: bool
    components: bytes
    samples: int
    block: Size

    @classmethod
    def read(cls, marker: int, content: bytes) -> Self:
        """A frame header (B.2.2)."""
        bits = content[0] if content else 0
        height, width = (int.from_bytes(content[at : at + 2], "big") for at in (1, 3))
        parts = [content[at : at + 3] for at in range(6, len(content) - 2, 3)]
        sampling = [(part[1] >> 4, part[1] & 15) for part in parts]
        return cls(
            Size(width, height),
            _FOREIGN.get(marker) or (None if bits == 8 else f"samples of {bits} bits"),
            marker in _ARITHMETIC,
            marker in _PROGRESSIVE,
            marker == _LOSSLESS,
            bytes(part[0] for part in parts),
            _samples(width * height, sampling),
            _block(sampling),
        )

    def is_in_parts(self, scans: Sequence[bytes]) -> bool:
        """Whether all of it is in memory before a pixel is seen: 16 bits for each sample."""
        return self.progressive or any(len(_components(s)) < len(self.components) for s in scans)

    def lacks(self, scans: Iterable[bytes]) -> bool:
        """Whether some component has no scan, or no first one, at all."""
        begun = (_components(scan) for scan in scans if not self.progressive or _is_first(scan))
        return bool(set(self.components).difference(*begun))

    def is_coarse(self, scans: Iterable[bytes]) -> bool:
        """Whether scans that would refine a progressive picture are not there (G.1.1.1)."""
        if not self.progressive:
            return False
        missing = {one: set(range(_COEFFICIENTS)) for one in self.components}
        for scan in scans:
            first, last, bits = _range(scan)
            if not bits & 15:  # down to the last bit
                for one in _components(scan):
                    missing.get(one, set()).difference_update(range(first, last + 1))
        return any(missing.values())


def read(data: bytes) -> tuple[Header, Frame]:
    """The header of the first picture in the file; ValueError if none is announced in it.

    Several pictures are counted as a multi-picture file does (CIPA DC-007).
    """
    head, offset = _head(data)
    frame = next((Frame.read(*one[:2]) for one in head if one.marker in _FRAMES), None)
    if not frame:
        raise ValueError("no picture in it")
    kept = [one.whole for one in head if one.marker not in _METADATA or _says_colour(one)]
    image = b"".join((b"\xff\xd8", *kept, data[offset:]))
    exif = next(_labelled(head, _APP1, b"Exif\0\0"), b"")
    pictures = next(map(_pictures, _labelled(head, _APP2, b"MPF\0")), 1)
    # An ICC profile's numbered parts (ICC.1, annex B.4) come in any order.
    profile = b"".join(part[2:] for part in sorted(_labelled(head, _APP2, b"ICC_PROFILE\0")))
    return Header(frame.size, image, pictures, exif, profile, block=frame.block), frame


def extent(data: bytes, most: int) -> Extent:
    """Where the picture ends, and its scans' headers: not all, but more than `most` if it has more.

    Raises ValueError if it was another's thumbnail: then more of that one follows.
    """
    scans: list[bytes] = []
    for marker, content, _, offset in _segments(data):
        if marker == _SCAN:
            scans.append(content)
        if len(scans) > most:
            break
        if marker == _END and data[offset + 2 : offset + 3] == b"\xff" and _goes_on(data, offset):
            raise ValueError("a picture ends within another")
        if marker in (_START, _END):
            return Extent(offset, marker == _END, tuple(scans))
    return Extent(len(data.rstrip(b"\xff")), closed=False, scans=tuple(scans))


def _head(data: bytes) -> tuple[list[_Segment], int]:
    """The segments before the first scan, and where it begins."""
    head: list[_Segment] = []
    for segment in _segments(data):
        if segment.marker == _START:
            raise ValueError("a picture begins within another")  # its metadata has a wrong length
        if segment.marker == _SCAN:
            return head, segment.offset
        head.append(segment)
    raise ValueError("no scan in it")


def _labelled(head: list[_Segment], marker: int, label: bytes) -> Iterator[bytes]:
    """What follows the label in each segment of this kind."""
    for segment in head:
        if segment.marker == marker and segment.content.startswith(label):
            yield segment.content[len(label) :]


def _goes_on(data: bytes, end: int) -> bool:
    return len(data) > end + 3 and data[end + 3] in _TABLES | _METADATA


def _segments(data: bytes) -> Iterator[_Segment]:
    """Each segment up to the first end of image, which is the last.

    What an application segment holds, an embedded thumbnail for one, is skipped with it.
    """
    position = 2
    while found := _MARKER.search(data, position):
        marker, position = found[1][0], found.end()
        if marker in (_START, _END):
            yield _Segment(marker, b"", found[0], found.start())
        if marker == _END:
            return
        if marker not in (_TEMPORARY, _START):
            start = position + 2
            position += max(2, int.from_bytes(data[position:start], "big"))
            whole = data[found.start() : position]
            yield _Segment(marker, data[start:position], whole, found.start())


def _says_colour(segment: _Segment) -> bool:
    return len(segment.content) >= _COLOUR.get(segment.marker, len(segment.content) + 1)


def _pictures(directory: bytes) -> int:
    with suppress(ValueError):
        return max(1, tiff.value(directory, tiff.NUMBER_OF_IMAGES) or 1)
    return 1


def _block(factors: Sequence[tuple[int, int]]) -> Size:
    return Size(*(8 * max(1, *each) for each in zip((1, 1), *factors, strict=True)))


def _samples(pixels: int, factors: Sequence[tuple[int, int]]) -> int:
    """How many samples so many pixels have, given how often each component is sampled."""
    across, down = (max((each[way] for each in factors), default=1) or 1 for way in (0, 1))
    return pixels * sum(x * y for x, y in factors) // (across * down)


def _components(scan: bytes) -> bytes:
    """The numbers of the components in a scan, by its header (B.2.3)."""
    count = scan[0] if scan else 0
    if len(scan) < 4 + 2 * count:
        raise ValueError("a scan's header is cut short")
    return scan[1 : 1 + 2 * count : 2]


def _range(scan: bytes) -> tuple[int, int, int]:
    """The first and the last coefficient in a scan, and which bits of them."""
    first, last, bits = scan[1 + 2 * len(_components(scan)) :][:3]
    return first, last, bits


def _is_first(scan: bytes) -> bool:
    """Whether it gives the first coefficient, not only more bits of it."""
    first, _, bits = _range(scan)
    return first == 0 and bits >> 4 == 0
