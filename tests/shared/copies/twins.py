"""Twins: two photos that differ only in what is hidden, stored in any format and orientation."""

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import pillow_heif
from PIL import Image

from shared.model import Size
from tests.photos import ORIENTATION, STORED

FORMATS = ("png", "jpeg", "webp", "heic")


@cache
def texture(size: Size, seed: int) -> Image.Image:
    """A picture without two equal parts: noise over colours that change slowly."""
    noise = random.Random(seed)
    coarse = Image.frombytes("RGB", (16, 16), noise.randbytes(16 * 16 * 3))
    fine = Image.frombytes("RGB", (256, 256), noise.randbytes(256 * 256 * 3))
    picture = coarse.resize(size, Image.Resampling.BICUBIC)
    return Image.blend(picture, fine.resize(size, Image.Resampling.BILINEAR), 0.3)


@dataclass(frozen=True)
class Twins:
    """Two pictures with the same surroundings; `inside` is white where they differ."""

    inside: Image.Image
    surroundings: Image.Image = field(default_factory=lambda: texture(Size(333, 251), 1))

    def picture(self, seed: int) -> Image.Image:
        """One of the two, upright."""
        drawn = self.surroundings.copy()
        drawn.paste(texture(Size(*drawn.size), seed), mask=self.inside)
        return drawn


# All but JPEG without loss: their lossy encoders choose otherwise everywhere if a part changes.
_OPTIONS: Mapping[str, Mapping[str, object]] = {
    "png": {},
    "jpeg": {"quality": 85},
    "webp": {"lossless": True, "method": 0},
    "heic": {"quality": -1, "chroma": 444, "matrix_coefficients": 0},
}


def stored(picture: Image.Image, kind: str, orientation: int, **options: object) -> bytes:
    """The file: turned as its EXIF orientation says, which HEIC has as a property, too."""
    if STORED[orientation] is not None:
        picture = picture.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = io.BytesIO()
    chosen = {**_OPTIONS[kind], **options, "exif": exif.tobytes()}
    if kind == "heic":
        pillow_heif.from_pillow(picture).save(file, **chosen)
    else:
        picture.save(file, kind, **chosen)
    return file.getvalue()
