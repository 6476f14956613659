"""What a HEIF file holds besides its pixels, and whether the pixels are complete."""

from contextlib import suppress
from dataclasses import dataclass

from shared.images import cicp, hevc, tiff
from shared.images.developed import Warned
from shared.images.heif_items import Item, Items, boxes

# Codecs found in HEIF files that a decoder for HEVC cannot read.
_FOREIGN = {
    b"av01": "AV1",
    b"avc1": "H.264",
    b"evc1": "EVC",
    b"j2k1": "JPEG 2000",
    b"jpeg": "JPEG",
    b"jxl1": "JPEG XL",
    b"unci": "uncompressed pixels",
    b"vvc1": "VVC",
}


_UNSPECIFIED = 2


@dataclass(frozen=True, slots=True)
class About:
    """`foreign` names what it holds in place of a picture in HEVC."""

    foreign: str | None = None
    profile: bytes = b""  # of colours given by code points
    warnings: tuple[Warned, ...] = ()


def read(data: bytes) -> About:
    """Read the file. Raises ValueError if a part of the picture is missing."""
    items = Items.read(data)
    if items is None:
        return About(_without_items(data))
    parts = items.picture()
    if foreign := _foreign(parts):
        return About(foreign)
    warnings = list[Warned]()
    if hevc.has_filler(data, parts):
        warnings.append("incomplete")
    if _is_turned_by_exif_alone(data, items):
        warnings.append("exif_orientation_ignored")
    primaries, transfer = _colour(parts)
    if cicp.is_hdr(transfer):
        warnings.append("hdr")
    return About(None, cicp.read(primaries, transfer), tuple(warnings))


def _without_items(data: bytes) -> str | None:
    kinds = {box.kind for box in boxes(data, 0, len(data))}
    return "a sequence without a still picture" if b"moov" in kinds else None


def _foreign(parts: list[Item]) -> str | None:
    kinds = {item.kind for item in parts}
    if b"hvc1" in kinds:
        return None
    return next((_FOREIGN[kind] for kind in sorted(kinds) if kind in _FOREIGN), None)


def _colour(parts: list[Item]) -> tuple[int, int]:
    """Which primaries and which curve: as the picture says, or else the first of its parts.

    Not if there is an ICC profile, which is more exact.
    """
    colours = [colour for item in parts for colour in item.values(b"colr")]
    codes = [colour for colour in colours if colour[:4] == b"nclx" and len(colour) >= 8]
    if not codes or any(colour[:4] in (b"prof", b"rICC") for colour in colours):
        return _UNSPECIFIED, _UNSPECIFIED
    return int.from_bytes(codes[0][4:6], "big"), int.from_bytes(codes[0][6:8], "big")


def _is_turned_by_exif_alone(data: bytes, items: Items) -> bool:
    """Whether EXIF says how to turn the picture, and the file itself does not (6.5.10, 6.5.12)."""
    picture = items.items.get(items.primary, Item())
    if picture.values(b"irot") or picture.values(b"imir"):
        return False
    with suppress(ValueError):
        for item in items.about(b"Exif"):
            content = item.content(data)
            start = 4 + int.from_bytes(content[:4], "big")
            exif = content[start:].removeprefix(b"Exif\0\0")
            return (tiff.value(exif, tiff.ORIENTATION) or 1) in range(2, 9)
    return False
