"""Harmful uploads, and odd but harmless ones; each with the verdict it must get."""

from testbed.uploads import broken, not_photos, odd, too_much
from testbed.uploads.case import CANARY, Case
from testbed.uploads.heifs import heic_grid, heic_of_two, heic_with_gps
from testbed.uploads.jpegs import exif, jpeg_with, scan_bomb, segment, two_in_one
from testbed.uploads.metadata import tiff
from testbed.uploads.pictures import (
    animation,
    heic,
    jpeg,
    noise,
    picture,
    png,
    saved,
    webp,
)
from testbed.uploads.pngs import deep_png, flat_png

__all__ = [
    "CANARY",
    "CASES",
    "LARGE",
    "NOT_PHOTOS",
    "Case",
    "animation",
    "deep_png",
    "exif",
    "flat_png",
    "heic",
    "heic_grid",
    "heic_of_two",
    "heic_with_gps",
    "jpeg",
    "jpeg_with",
    "noise",
    "picture",
    "png",
    "saved",
    "scan_bomb",
    "segment",
    "tiff",
    "two_in_one",
    "webp",
]

NOT_PHOTOS = not_photos.CASES
LARGE = too_much.LARGE
CASES = (*NOT_PHOTOS, *broken.CASES, *too_much.CASES, *odd.CASES)
