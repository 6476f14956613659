"""A photo once it was opened."""

from dataclasses import dataclass
from typing import Literal

from PIL import Image

from shared.images.sniff import PhotoType
from shared.model import Size

Warned = Literal[
    "animated",
    "bad_exif",
    "bad_icc",
    "blurry",
    "dark",
    "exif_orientation_ignored",
    "hdr",
    "incomplete",
    "overexposed",
    "rotated",
    "transparent",
]


@dataclass(frozen=True, slots=True)
class Developed:
    """What is known of a photo, its working picture, and the picture for the model.

    `size` is that of the original, upright. `orientation` is EXIF's 1..8 as stored, 1 for HEIF,
    which its decoder turns. `working` is upright sRGB, mode RGB; `for_model` is the same picture
    as a JPEG without any metadata.
    """

    detected_type: PhotoType
    size: Size
    orientation: int
    frames: int
    warnings: tuple[Warned, ...]
    working: Image.Image
    for_model: bytes
