"""Made-up photos of the sizes that phones take, and a model's answers about them."""

import base64
import json
import random
from functools import cache
from io import BytesIO

import pillow_heif
from PIL import Image, ImageDraw, ImageFilter

from shared.model import Size

SIZES = {
    1: Size(1152, 864),
    12: Size(4032, 3024),
    24: Size(5712, 4284),
    50: Size(8160, 6120),
}  # by megapixels
KINDS = ("JPEG", "PNG", "WEBP", "HEIF")
_QUALITY = {"JPEG": {"quality": 90}, "PNG": {"compress_level": 1}}
_MAP = 256  # pixels a side of the model's mask maps


def picture(size: Size) -> Image.Image:
    """Textured like a photo: noise at three scales, blended."""
    noise = random.Random(1)
    layers = [
        Image.frombytes("RGB", small, noise.randbytes(small[0] * small[1] * 3)).resize(size)
        for small in ((12, 9), (160, 120), (1200, 900))
    ]
    return Image.blend(Image.blend(layers[0], layers[1], 0.4), layers[2], 0.2)


def encoded(shown: Image.Image, kind: str) -> bytes:
    """The picture as a file of that format; JPEG at the quality that phones use."""
    pillow_heif.register_heif_opener()
    file = BytesIO()
    shown.save(file, kind, **_QUALITY.get(kind, {}))
    return file.getvalue()


def answer(count: int, *, masks: bool, side: int = _MAP) -> str:
    """A model's answer with that many things, each about a twentieth of the picture.

    Their masks are maps of `side` pixels.
    """
    places = random.Random(count)
    things = [_thing(places, number) for number in range(count)]
    return json.dumps([{**each, "mask": _map(side)} for each in things] if masks else things)


def _thing(places: random.Random, number: int) -> dict[str, object]:
    tall, wide = places.randrange(120, 300), places.randrange(120, 300)
    top, left = places.randrange(0, 1000 - tall), places.randrange(0, 1000 - wide)
    return {"box_2d": [top, left, top + tall, left + wide], "label": f"thing {number}"}


@cache
def _map(side: int) -> str:
    """A soft ellipse as the model writes it: the certainty of each part of the box."""
    drawn = Image.new("L", (side, side))
    step = side / _MAP
    corners = (8 * step, 20 * step, side - 8 * step, side - 20 * step)
    ImageDraw.Draw(drawn).ellipse(corners, 255)
    file = BytesIO()
    drawn.filter(ImageFilter.GaussianBlur(3 * step)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
