"""Whether a photo is blurry or badly exposed: a warning, never a reason to reject it.

Google's image guide asks for clear photos, and people want to know which were not.

How the numbers were chosen. Sharpness of samples/ is 1,000 (the duck, whose feathers are soft) to
7,100; blurred by 2 pixels of the small copy (a standard deviation of 0.4 % of the long side) it is
14 to 221. So the border is 250. Made eight times darker, 19 of 20 pixels of each are at 29 or
below. Made four times brighter and 120 more, at least 83 % of the pixels of six are at 250 or
above and hardly one below 150; the duck keeps its dark wall and is not warned of. Nor is a white
page with writing, a thing before a white or black wall, or a night with lamps: they are as they
should be.

What it cannot tell: noise looks like detail, so a blurred photo full of it may pass; a photo is
sharp if any part of it is, wanted or not.
"""

from itertools import accumulate, pairwise
from typing import Literal

from PIL import Image, ImageFilter

from shared.images.resizing import shrunk
from shared.model import Size

Fault = Literal["blurry", "dark", "overexposed"]

_SIDE = 512  # pixels of the small copy's long side
_LEAST_SIDE = 64  # smaller pictures are not judged: icons, thumbnails
_TILES = 4  # in each direction; the sharpest counts, as a background may well be out of focus

_BLURRY = 250.0  # mean square of the Laplacian, in grey levels of the stretched copy
_FLAT = 16  # grey levels: with less between dark and bright there is nothing to be sharp

_DARK = 40  # nineteen of twenty pixels no brighter
_BRIGHT = 250  # half of the pixels at least as bright, and
_SHADOW = 128  # no more than one in a hundred darker than this

# Pillow keeps 0..255: halved and moved, the Laplacian loses only what is beyond a step of 255.
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=2, offset=128)
_SQUARES = tuple((2 * (level - 128)) ** 2 for level in range(256))


def faults(picture: Image.Image) -> list[Fault]:
    """What is wrong with an upright RGB picture, in a fixed order; a few ms at any size in use."""
    if max(picture.size) < _LEAST_SIDE:
        return []
    small = _small(picture)
    levels = [0, *accumulate(small.histogram())]  # levels[n]: how many pixels are darker than n
    found: list[Fault] = []
    sharp = _sharpness(small, levels)
    if sharp is not None and sharp < _BLURRY:
        found.append("blurry")
    if levels[_DARK + 1] >= 0.95 * levels[-1]:
        found.append("dark")
    if levels[_BRIGHT] <= 0.5 * levels[-1] and levels[_SHADOW] <= 0.01 * levels[-1]:
        found.append("overexposed")
    return found


def _small(picture: Image.Image) -> Image.Image:
    return shrunk(picture.convert("L"), _SIDE, Size(*picture.size))


def _sharpness(small: Image.Image, levels: list[int]) -> float | None:
    """Of the sharpest part of a picture, about 1 to 20,000; None if it is one even tone.

    The energy of the Laplacian, as its variance (Pech-Pacheco et al., ICPR 2000), after the
    contrast was stretched, so that fog and night do not count as blur.
    """
    width, height = small.size
    if min(width, height) < 3:
        return None
    low, high = (_level(levels, share) for share in (0.01, 0.99))
    if high - low < _FLAT:
        return None
    stretch = 255 / (high - low)
    table = [min(255, max(0, round((level - low) * stretch))) for level in range(256)]
    edges = small.point(table).filter(_LAPLACIAN).crop((1, 1, width - 1, height - 1))
    return max(map(_energy, _tiles(edges)))


def _level(levels: list[int], share: float) -> int:
    """The grey level that this share of the pixels is no brighter than."""
    return next(level for level in range(256) if levels[level + 1] >= share * levels[-1])


def _tiles(picture: Image.Image) -> list[Image.Image]:
    columns, rows = map(_cuts, picture.size)
    return [
        picture.crop((left, top, right, bottom))
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]


def _cuts(side: int) -> list[int]:
    count = min(_TILES, side)
    return [side * step // count for step in range(count + 1)]


def _energy(edges: Image.Image) -> float:
    counts = edges.histogram()
    return sum(map(int.__mul__, counts, _SQUARES)) / sum(counts)
