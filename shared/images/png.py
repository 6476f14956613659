"""What the chunks of a PNG say, without decoding it (ISO/IEC 15948)."""

import struct
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from shared.images import cicp
from shared.images.developed import Warned
from shared.images.header import Header
from shared.images.icc import D65, SRGB, profile
from shared.model import Size

_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_LARGEST_PROFILE = 2**24
_UNIT = 100_000
_ORDINARY = range(45_000, 46_000)  # a gamma that stands for sRGB's curve


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
    held = {chunk.kind: chunk.content for chunk in _chunks(data)}
    exif = held.get(b"eXIf", b"").removeprefix(b"Exif\0\0")
    frames = max(1, int.from_bytes(held.get(b"acTL", b"")[:4], "big"))
    size = Size(int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"))
    return Header(size, _pixels_only(data), frames, exif, *_colour(held))


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Each whole chunk up to the last; `start` and `end` take in its length and its checksum.

    The pixels, IDAT, come without content: they are not read here.
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


def _colour(chunks: Mapping[bytes, bytes]) -> tuple[bytes, tuple[Warned, ...]]:
    """The colour profile, empty for sRGB, by the chunk that outranks the others.

    PNG, third edition, 4.3 and 11.3.2.
    """
    if len(codes := chunks.get(b"cICP", b"")) == 4:
        primaries, transfer, _, full = codes
        warnings: tuple[Warned, ...] = ("hdr",) if cicp.is_hdr(transfer) else ()
        return cicp.read(primaries, transfer, full=bool(full)), warnings
    if b"iCCP" in chunks:
        return _inflated(chunks[b"iCCP"]), ()
    if b"sRGB" in chunks:
        return b"", ()
    return _of_numbers(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b"")), ()


@lru_cache(maxsize=16)
def _of_numbers(gamma: bytes, chromaticities: bytes) -> bytes:
    """A profile of a gamma and of chromaticities; of sRGB's where one of them is not there."""
    white, *primaries = [D65, *SRGB]
    if len(chromaticities) == 32:
        x_y = [value / _UNIT for value in struct.unpack(">8I", chromaticities)]
        white, *primaries = zip(x_y[::2], x_y[1::2], strict=True)
    (exponent,) = struct.unpack(">I", gamma) if len(gamma) == 4 else (0,)
    ordinary = exponent in _ORDINARY or not exponent
    if ordinary and tuple(primaries) == SRGB:
        return b""
    curve = cicp.srgb if ordinary else cicp.power(_UNIT / exponent)
    try:
        return profile(tuple(primaries), white, curve)
    except (ValueError, OverflowError):
        return b"nonsense"


def _inflated(chunk: bytes) -> bytes:
    """The profile in an iCCP chunk: a name, a zero, the method 0, then deflated bytes.

    What cannot be inflated, or is absurdly large, is given back as it is: no profile either way.
    """
    _, _, packed = chunk.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], _LARGEST_PROFILE)
    except zlib.error:
        return packed
