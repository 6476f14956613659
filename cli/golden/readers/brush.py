"""Label Studio's brush format, read: shared/exports/brush.py says how it is made."""

import re

from cli.golden.readers.annotations import by_rows
from shared.jobs.record import MaskFile
from shared.model import Box, Size

_CHANNELS = 4
_OPAQUE = re.compile(rb"[^\x00]+")


def mask(packed: bytes, size: Size) -> MaskFile:
    """The mask where the brush is opaque at all. Raises ValueError."""
    opacity = alpha(packed, size.width * size.height)
    spans = [found.span() for found in _OPAQUE.finditer(opacity)]
    return by_rows(spans, Box(0, 0, *size), size)


def alpha(packed: bytes, pixels: int) -> bytes:
    """The opacity of each pixel, row by row. Raises ValueError if it is not of so many pixels."""
    reader = _Bits(packed)
    count, width = reader.take(32), reader.take(5) + 1
    sizes = [reader.take(4) + 1 for _ in range(4)]
    if count != pixels * _CHANNELS or width != 8:
        raise ValueError("the brush is not of the photo's size")
    values = bytearray()
    while len(values) < count:
        repeated = reader.take(1)
        length = reader.take(sizes[reader.take(2)]) + 1
        if repeated:
            values += bytes([reader.take(width)]) * length
        else:
            values += bytes(reader.take(width) for _ in range(length))
    return bytes(values[_CHANNELS - 1 : count : _CHANNELS])


class _Bits:
    """Numbers of some bits each, one after the other."""

    def __init__(self, packed: bytes) -> None:
        self._packed, self._at = packed, 0

    def take(self, count: int) -> int:
        """The next number of so many bits. Raises ValueError at the end."""
        first, end = self._at // 8, -(-(self._at + count) // 8)
        if end > len(self._packed):
            raise ValueError("the brush ends too early")
        held = int.from_bytes(self._packed[first:end])
        self._at += count
        return held >> end * 8 - self._at & (1 << count) - 1
