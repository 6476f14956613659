"""What the markers of a JPEG say, without decoding it (ITU-T T.81, annex B)."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from shared.images import tiff
from shared.images.header import Header
from shared.model import Size

_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")  # not stuffing, a restart or a fill byte
_WITHOUT_LENGTH = {0x01, 0xD8}
_END = 0xD9
_SCAN = 0xDA
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_METADATA = {*range(0xE0, 0xF0), 0xFE}
_COLOUR = {_APP0: 14, _APP14: 12}  # JFIF's and Adobe's: they say what the samples mean, if whole


class _Segment(NamedTuple):
    """`content` is what follows the length; `whole` begins with the marker."""

    marker: int
    content: bytes
    whole: bytes
    offset: int


def read(data: bytes) -> Header:
    """The header of the first picture in the file; ValueError if none is announced in it.

    Several pictures are counted as a multi-picture file does (CIPA DC-007).
    """
    size, exif, frames, kept = None, b"", 1, [b"\xff\xd8"]
    profile: list[bytes] = []
    for segment in _segments(data):
        content = segment.content
        if segment.marker == _SCAN and size:
            image = b"".join((*kept, data[segment.offset :]))
            return Header(size, image, frames, exif, _joined(profile))
        if segment.marker in _FRAMES:
            size = _size(content)
        elif segment.marker == _APP1 and content.startswith(b"Exif\0\0"):
            exif = exif or content[6:]
        elif segment.marker == _APP2 and content.startswith(b"ICC_PROFILE\0"):
            profile.append(content[12:])
        elif segment.marker == _APP2 and content.startswith(b"MPF\0"):
            frames = _pictures(content[4:])
        if segment.marker not in _METADATA or _says_colour(segment):
            kept.append(segment.whole)
    raise ValueError("no picture in it")


def has_more_scans(data: bytes, most: int) -> bool:
    """Whether the picture, up to its first end-of-image marker, has more than `most` scans."""
    scans = (segment for segment in _segments(data) if segment.marker == _SCAN)
    return next(islice(scans, most, None), None) is not None


def _segments(data: bytes) -> Iterator[_Segment]:
    """Each segment up to the first end of image.

    What an application segment holds, an embedded thumbnail for one, is skipped with it.
    """
    position = 2
    while found := _MARKER.search(data, position):
        marker, position = found[1][0], found.end()
        if marker == _END:
            return
        if marker not in _WITHOUT_LENGTH:
            start = position + 2
            position += max(2, int.from_bytes(data[position:start], "big"))
            whole = data[found.start() : position]
            yield _Segment(marker, data[start:position], whole, found.start())


def _size(frame: bytes) -> Size:
    return Size(int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big"))


def _says_colour(segment: _Segment) -> bool:
    return len(segment.content) >= _COLOUR.get(segment.marker, len(segment.content) + 1)


def _pictures(directory: bytes) -> int:
    with suppress(ValueError):
        return max(1, tiff.value(directory, tiff.NUMBER_OF_IMAGES) or 1)
    return 1


def _joined(parts: list[bytes]) -> bytes:
    """An ICC profile out of its numbered parts (ICC.1, annex B.4), which come in any order."""
    return b"".join(part[2:] for part in sorted(parts))
