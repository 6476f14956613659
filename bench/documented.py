"""The way Google's image guide shows to make an overlay: pixel by pixel, a whole PNG per object.

Written after the guide's description, with its midpoint as the threshold.
"""

import base64
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SIDE = 1024  # the guide shrinks the photo to this first
_PAINT = (255, 255, 255, 200)
_MIDPOINT = 127
_BILINEAR = Image.Resampling.BILINEAR


def whole(photo: Image.Image, answer: str, folder: Path) -> None:
    """For each object its mask and an overlay over the whole photo, written as PNGs."""
    for number, (mask, left, top) in enumerate(masks(photo, answer)):
        mask.save(folder / f"{number}_mask.png")
        under = photo.convert("RGBA")
        over = painted(photo, mask, left, top)
        Image.alpha_composite(under, over).save(folder / f"{number}_overlay.png")


def masks(photo: Image.Image, answer: str) -> Iterator[tuple[Image.Image, int, int]]:
    """Each object's map, stretched to its box, and the box's corner."""
    for thing in json.loads(answer):
        left, top, right, bottom = _corners(thing, photo)
        written = base64.b64decode(thing["mask"].removeprefix("data:image/png;base64,"))
        stretched = Image.open(BytesIO(written)).resize((right - left, bottom - top), _BILINEAR)
        yield stretched, left, top


def painted(photo: Image.Image, mask: Image.Image, left: int, top: int) -> Image.Image:
    """The double loop: a clear layer of the photo's size, and the mask's pixels on it."""
    over = Image.new("RGBA", photo.size, (0, 0, 0, 0))
    canvas = ImageDraw.Draw(over)
    levels = np.array(mask)
    for y in range(mask.height):
        for x in range(mask.width):
            if levels[y, x] > _MIDPOINT:
                canvas.point((left + x, top + y), fill=_PAINT)
    return over


def _corners(thing: dict[str, Any], photo: Image.Image) -> tuple[int, int, int, int]:
    top, left, bottom, right = (number / 1000 for number in thing["box_2d"])
    wide, tall = photo.size
    return int(left * wide), int(top * tall), int(right * wide), int(bottom * tall)
