"""A mask as a picture, and as a file."""

import struct
import zlib

from PIL import Image

from shared.model import Mask


def image(mask: Mask) -> Image.Image:
    """The box's pixels in mode "1"."""
    return Image.frombytes("1", _size(mask), mask.bits)


def png(mask: Mask) -> bytes:
    """The box's pixels as a 1-bit PNG (ISO/IEC 15948), whose rows are packed as the mask's are.

    Unfiltered, and compressed as runs: quicker than to look for more, and hardly larger.
    """
    width, height = _size(mask)
    stride = (width + 7) // 8
    rows = (mask.bits[at : at + stride] for at in range(0, height * stride, stride))
    packer = zlib.compressobj(strategy=zlib.Z_RLE)
    packed = packer.compress(b"".join(b"\0" + row for row in rows)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)  # a bit of grey a pixel
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def _size(mask: Mask) -> tuple[int, int]:
    return mask.box.right - mask.box.left, mask.box.bottom - mask.box.top
