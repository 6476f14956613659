"""What the chunks of a WEBP say, without decoding it (RFC 9649)."""

from collections.abc import Iterator

from shared.images.header import Header
from shared.model import Size


def read(data: bytes) -> Header:
    """The header, with the size of the canvas; ValueError if it is cut short or of no known kind.

    All of the file goes on to the decoder, which looks at metadata only to hand it over.
    """
    size = _size(data[12:16], data[20:30])
    exif = profile = b""
    frames = 0
    for kind, content in _chunks(data):
        if kind == b"EXIF":
            exif = content.removeprefix(b"Exif\0\0")
        elif kind == b"ICCP":
            profile = content
        elif kind == b"ANMF":
            frames += 1
    return Header(size, data, max(1, frames), exif, profile)


def _size(kind: bytes, body: bytes) -> Size:
    """From the first chunk: `VP8 ` (lossy, after its start code), `VP8L` (lossless), `VP8X`."""
    if kind == b"VP8 " and len(body) == 10 and body[3:6] == b"\x9d\x01\x2a":
        return Size(_little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF)
    if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = _little(body[1:5])
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X" and len(body) == 10:
        return Size(_little(body[4:7]) + 1, _little(body[7:10]) + 1)
    raise ValueError("no size in it")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position + 8 <= len(data):
        end = position + 8 + _little(data[position + 4 : position + 8])
        yield data[position : position + 4], data[position + 8 : end]
        position = end + end % 2


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")
