"""The picture in a mask's text: a base64 PNG of how surely each part of the box belongs."""

import base64
import binascii
import re
import struct
import zlib
from io import BytesIO

from PIL import Image, ImageChops

from shared.answers.problems import Unreadable
from shared.images import png

_LARGEST = 4_000_000  # bytes, and pixels: the model's own have 65,536
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PREFIX = re.compile(r"data:[\w/.+-]*(?:;[\w=.-]+)*,", re.IGNORECASE)
_TOKENS = re.compile(r"<(?:start_of_mask|seg_\d+)>", re.IGNORECASE)
_SPACE = re.compile(r"[\s\ufeff]+")
# What Pillow raises over a broken PNG, found by breaking many.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, zlib.error)


def read(text: str, notes: list[str]) -> Image.Image:
    """The map in mode "L", 0 to 255, of any size; Unreadable if there is none in the text."""
    if _TOKENS.search(text[:1000]):
        raise Unreadable("mask_tokens")
    if len(text) > 2 * _LARGEST:
        raise Unreadable("mask_too_large")
    data = _bytes(_SPACE.sub("", text), notes)
    if not data.startswith(_SIGNATURE):
        raise Unreadable("mask_unreadable")
    if len(data) > _LARGEST:
        raise Unreadable("mask_too_large")
    try:
        header = png.read(data)
        if header.size.width * header.size.height > _LARGEST:
            raise Unreadable("mask_too_large")
        return _grey(Image.open(BytesIO(header.image), formats=["PNG"]))
    except _BROKEN:
        raise Unreadable("mask_unreadable") from None


def _bytes(text: str, notes: list[str]) -> bytes:
    """What the base64 stands for, with padding and alphabet mended."""
    prefix = _PREFIX.match(text)
    if not prefix:
        notes.append("mask_no_prefix")
    written = text[prefix.end() :] if prefix else text
    body = written.rstrip("=").translate(str.maketrans("-_", "+/"))
    body += "=" * (-len(body) % 4)
    if body != written:
        notes.append("mask_base64")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("mask_unreadable") from None


def _grey(picture: Image.Image) -> Image.Image:
    """Its brightness, 8 bits; what is transparent is dark, since some draw masks in alpha."""
    if picture.mode.startswith("I"):  # 16 bits, which a plain conversion clips
        return picture.point(lambda level: level * (1 / 256)).convert("L")
    if picture.mode in ("LA", "RGBA", "PA"):
        grey, alpha = picture.convert("LA").split()
        return ImageChops.multiply(grey, alpha)
    return picture.convert("L")
