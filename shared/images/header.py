"""What a photo's file holds besides its pixels."""

from dataclasses import dataclass

from shared.images.developed import BLOCK, Warned
from shared.model import Size


@dataclass(frozen=True, slots=True)
class Header:
    """Read without decoding anything; `size` is as stored, not upright.

    `image` is the file with nothing in it but what its pixels are decoded from. That is all a
    decoder gets: odd metadata cannot spoil a good picture, nor be passed on with it.
    """

    size: Size
    image: bytes
    frames: int = 1
    exif: bytes = b""  # begins with the TIFF header
    profile: bytes = b""  # ICC
    warnings: tuple[Warned, ...] = ()
    block: Size = BLOCK
