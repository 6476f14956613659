"""Encoded pictures of unknown origin into pixels of bounded size."""

import io

import numpy as np
from PIL import Image, ImageOps

from local.gemini.errors import NotAPicture
from local.gemini.vision.arrays import Pixels

MAX_BYTES = 100_000_000
MAX_PIXELS = 50_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")


def upright(data: bytes, longest: int) -> Pixels:
    """The picture as RGB, turned as EXIF says, on white, its longer side at most `longest` pixels.

    Raises NotAPicture; size and type are checked before any pixel is decoded.
    """
    if len(data) > MAX_BYTES:
        raise NotAPicture(f"{len(data)} bytes")
    try:
        return _decoded(data, longest)
    except Exception as error:
        # Decoders raise anything.
        raise NotAPicture(str(error)) from error


def _decoded(data: bytes, longest: int) -> Pixels:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise NotAPicture(f"{image.width} x {image.height} pixels")
        image.draft("RGB", (2 * longest, 2 * longest))  # a JPEG is shrunk while it is decoded
        picture = _on_white(ImageOps.exif_transpose(image))
    picture.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.asarray(picture)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
