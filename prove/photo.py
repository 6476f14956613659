"""Photos that can be told apart after they were decoded, shrunk and encoded again."""

import io

from PIL import Image

_LEVELS = 8  # of each colour, so far apart that no JPEG confuses them
_APART = 32
MOST = _LEVELS**3


def of(number: int) -> bytes:
    """A small JPEG all in the colour that stands for a number below MOST."""
    levels = number // _LEVELS**2 % _LEVELS, number // _LEVELS % _LEVELS, number % _LEVELS
    red, green, blue = (_APART // 2 + _APART * level for level in levels)
    file = io.BytesIO()
    Image.new("RGB", (96, 64), (red, green, blue)).save(file, "JPEG", quality=95)
    return file.getvalue()


def number(jpeg: bytes) -> int:
    """The number that a picture's colour stands for."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        colour = picture.convert("RGB").resize((1, 1)).tobytes()
    red, green, blue = (level // _APART for level in colour)
    return (red * _LEVELS + green) * _LEVELS + blue
