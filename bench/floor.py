"""The codec floor: the least that any program must do, by the fastest codec at hand.

It decodes the photo, scaled where the format can, brings it to the overlay's size in the cheapest
way, and encodes it as the overlay is encoded.
"""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pillow_heif
from PIL import Image

_QUALITY = 90
_SCALED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
_SHARP = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444


def floors(data: bytes, kind: str, side: int | None) -> Mapping[str, Callable[[], object]]:
    """Every codec at hand, by name; the fastest is the floor. `side` None means the full size."""
    pillow_heif.register_heif_opener()
    cv2.setNumThreads(1)
    ways = {"Pillow": lambda: _pillow(data, side), "OpenCV": lambda: _opencv(data, kind, side)}
    return {"Pillow": ways["Pillow"]} if kind == "HEIF" else ways


def _pillow(data: bytes, side: int | None) -> bytes:
    picture = Image.open(BytesIO(data))
    factor = _factor(max(picture.size), side)
    picture.draft("RGB", (picture.width // factor, picture.height // factor))
    picture.load()
    left = _factor(max(picture.size), side)
    shrunk: Image.Image = picture.reduce(left) if left > 1 else picture  # to reduce by 1 is to copy
    file = BytesIO()
    shrunk.save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return file.getvalue()


def _opencv(data: bytes, kind: str, side: int | None) -> bytes:
    whole = Image.open(BytesIO(data)).size
    factor = _factor(max(whole), side)
    scaled = _SCALED.get(factor) if kind == "JPEG" else None
    picture: Any = cv2.imdecode(np.frombuffer(data, np.uint8), scaled or cv2.IMREAD_COLOR)
    if picture.shape[1] > whole[0] // factor:
        size = (whole[0] // factor, whole[1] // factor)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    options = (cv2.IMWRITE_JPEG_QUALITY, _QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _SHARP)
    return bytes(cv2.imencode(".jpg", picture, options)[1])


def _factor(longest: int, side: int | None) -> int:
    """The whole divisor that brings the long side closest to the wanted one."""
    return max(1, round(longest / side)) if side else 1
