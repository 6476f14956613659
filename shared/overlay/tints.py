"""Masks: the pixels that belong, tinted, and a line along their edge."""

from functools import cache

from PIL import Image, ImageChops, ImageColor

from shared.masks.file import image
from shared.model import Mask
from shared.overlay.rectangle import Scale, scaled
from shared.overlay.style import DARK, Style

_STRENGTH = 0.4  # of the tint; the rest is the photo


def draw(picture: Image.Image, mask: Mask, scale: Scale, style: Style, paint: str) -> None:
    """Tints the mask's pixels in the picture; only the part of it that holds them is touched."""
    box = mask.box
    rect = scaled(box.left, box.top, box.right, box.bottom, scale)
    where = (rect.left, rect.top)
    belongs = image(mask).resize(rect.size, Image.Resampling.NEAREST)
    region = picture.crop((rect.left, rect.top, rect.right, rect.bottom))
    picture.paste(region.point(_tint(paint)), where, belongs)
    inner = _shrunk(belongs, style.rim)
    rim = ImageChops.logical_xor(belongs, inner)
    picture.paste(paint, where, rim)
    dark = ImageChops.logical_xor(inner, _shrunk(inner, style.halo))
    picture.paste(DARK, where, dark)


@cache  # there are few colours
def _tint(paint: str) -> list[int]:
    """What becomes of each value of red, then of green, then of blue."""
    return [
        round(value + (channel - value) * _STRENGTH)
        for channel in ImageColor.getrgb(paint)[:3]
        for value in range(256)
    ]


def _shrunk(mask: Image.Image, by: int) -> Image.Image:
    """The pixels that still belong after a step in each of the four directions."""
    wide, tall = mask.size
    shrunk = mask
    for x, y in ((by, 0), (-by, 0), (0, by), (0, -by)):
        moved = mask.crop((x, y, x + wide, y + tall))  # what comes in from outside is empty
        shrunk = ImageChops.darker(shrunk, moved)  # "and", twice as fast
    return shrunk
