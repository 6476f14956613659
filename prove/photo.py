"""Photos that can be told apart after they were decoded, shrunk and encoded again."""

import io

from PIL import Image

_LEVELS = 8  # of each colour, far enough apart that no JPEG confuses them
_APART = 32
_COLOURS = _LEVELS**3
_WIDTH, _WIDER = 96, 16  # pixels: the least, and a step once all colours are used
MOST = 8 * _COLOURS


def of(number: int) -> bytes:
    """A small JPEG whose colour and width stand for a number below MOST."""
    levels = number // _LEVELS**2 % _LEVELS, number // _LEVELS % _LEVELS, number % _LEVELS
    red, green, blue = (_APART // 2 + _APART * level for level in levels)
    width = _WIDTH + _WIDER * (number // _COLOURS)
    file = io.BytesIO()
    Image.new("RGB", (width, 64), (red, green, blue)).save(file, "JPEG", quality=95)
    return file.getvalue()


def number(jpeg: bytes) -> int:
    """The number that a picture stands for."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        wider = (picture.width - _WIDTH) // _WIDER
        colour = picture.convert("RGB").resize((1, 1)).tobytes()
    red, green, blue = (level // _APART for level in colour)
    return wider * _COLOURS + (red * _LEVELS + green) * _LEVELS + blue
