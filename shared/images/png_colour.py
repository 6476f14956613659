"""What the chunks of a PNG say about its colours (PNG, third edition, 4.3 and 11.3.2)."""

import struct
import zlib
from collections.abc import Mapping
from functools import lru_cache

from shared.images import cicp
from shared.images.developed import Warned
from shared.images.icc import D65, SRGB, profile

_LARGEST_PROFILE = 2**24
_UNIT = 100_000
_ORDINARY = range(45_000, 46_000)  # a gamma that stands for sRGB's curve


def read(chunks: Mapping[bytes, bytes]) -> tuple[bytes, tuple[Warned, ...]]:
    """The colour profile, empty for sRGB, by the chunk that outranks the others."""
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
