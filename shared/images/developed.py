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


# What lossy formats store together, most of them; a JPEG says its own.
BLOCK = Size(16, 16)


@dataclass(frozen=True, slots=True)
class Developed:
    """What is known of a photo, its working picture, and the picture for the model.

    `size` is that of the original, upright. `orientation` is EXIF's 1..8 as stored, 1 for HEIF,
    which its decoder turns. `working` is upright sRGB, mode RGB; `for_model` is the same picture
    as a JPEG without any metadata. `block` is what of the original is stored together, upright: a
    pixel leaves traces anywhere in its block.
    """

    detected_type: PhotoType
    size: Size
    orientation: int
    frames: int
    warnings: tuple[Warned, ...]
    working: Image.Image
    for_model: bytes
    block: Size = BLOCK
