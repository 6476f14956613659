"""The overlay's masks, drawn in the slow and obvious way: a decision for every pixel."""

from collections.abc import Callable
from typing import Any

from PIL import Image, ImageColor

from shared.masks.file import image
from shared.model import Mask
from shared.overlay.style import DARK, Style

_STRENGTH = 0.4
Belongs = Callable[[int, int], bool]


def tinted(picture: Image.Image, mask: Mask, style: Style, paint: str) -> Image.Image:
    """A new picture of the original's size with the mask on it, and a line along its edge."""
    drawn = picture.copy()
    box = mask.box
    bits = image(mask)

    def inside(x: int, y: int) -> bool:
        return 0 <= x < bits.width and 0 <= y < bits.height and bool(bits.getpixel((x, y)))

    inner = _shrunk(inside, style.rim)
    core = _shrunk(inner, style.halo)
    colour, dark = ImageColor.getrgb(paint), ImageColor.getrgb(DARK)
    for y in range(bits.height):
        for x in range(bits.width):
            place = (box.left + x, box.top + y)
            if not inside(x, y):
                continue
            if core(x, y):
                drawn.putpixel(place, _mixed(picture.getpixel(place), colour))
            else:
                drawn.putpixel(place, dark if inner(x, y) else colour)
    return drawn


def _shrunk(inside: Belongs, by: int) -> Belongs:
    """Whether a pixel and those a step away in the four directions belong."""
    steps = ((0, 0), (by, 0), (-by, 0), (0, by), (0, -by))
    return lambda x, y: all(inside(x + across, y + down) for across, down in steps)


def _mixed(under: Any, paint: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(
        round(value + (channel - value) * _STRENGTH)
        for value, channel in zip(under, paint, strict=True)
    )
