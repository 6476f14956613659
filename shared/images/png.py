"""What the chunks of a PNG say, without decoding it (ISO/IEC 15948)."""

from collections.abc import Iterator
from typing import NamedTuple

from shared.images import png_colour
from shared.images.header import Header
from shared.model import Size

_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


class _Chunk(NamedTuple):
    kind: bytes
    content: bytes
    start: int
    end: int


def read(data: bytes) -> Header:
    """The header; ValueError if the file does not begin with a whole IHDR chunk.

    Text and animation stay behind: Pillow files text under the names of its own settings
    ("transparency", "interlace"), and the default image is all that is wanted of an animation.
    """
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise ValueError("no size in it")
    said = {chunk.kind: chunk.content for chunk in _chunks(data)}
    exif = said.get(b"eXIf", b"").removeprefix(b"Exif\0\0")
    frames = max(1, int.from_bytes(said.get(b"acTL", b"")[:4], "big"))
    size = Size(int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"))
    return Header(size, _pixels_only(data), frames, exif, *png_colour.read(said))


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Each whole chunk up to the last; `start` and `end` take in its length and its checksum.

    The pixels themselves, IDAT, come without content: nobody reads them here.
    """
    position = 8
    while position + 12 <= len(data):
        kind = data[position + 4 : position + 8]
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        if end > len(data):
            return
        content = b"" if kind == b"IDAT" else data[position + 8 : end - 4]
        yield _Chunk(kind, content, position, end)
        if kind == b"IEND":
            return
        position = end


def _pixels_only(data: bytes) -> bytes:
    """The signature, and the chunks that make up the picture; what follows a bad chunk stays."""
    pieces, position = [], 0
    for chunk in _chunks(data):
        if chunk.kind not in _PIXELS:
            pieces.append(data[position : chunk.start])
            position = chunk.end
    return b"".join((*pieces, data[position:])) if pieces else data
