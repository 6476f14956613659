"""From a photo's bytes to upright pixels, by the cheapest way that keeps them good."""

from contextlib import suppress
from io import BytesIO

from PIL import Image

from shared.errors import Rejected
from shared.images import colour, quality, tiff
from shared.images.decoder import decode, header_of
from shared.images.developed import Developed, Warned
from shared.images.resizing import shrunk
from shared.images.sniff import HEAD_BYTES, PhotoType, photo_type
from shared.limits import Limits
from shared.model import Size

__all__ = ["Developed", "Limits", "develop"]

_QUALITY = 85

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def develop(data: bytes, limits: Limits, working_side: int | None, model_side: int) -> Developed:
    """The photo in `data`, with a working picture and one for the model of at most these sides.

    A `working_side` of None keeps the full size; a small one does not make the model's smaller.
    Nothing is ever enlarged. Raises Rejected: `empty`, `unsupported_type`, `unsupported_codec`,
    `corrupt`, `too_large`, `too_complex`.
    """
    kind = photo_type(data[:HEAD_BYTES])
    limits.check_bytes(len(data))
    try:
        return _develop(data, kind, limits, working_side, model_side)
    except MemoryError as error:
        raise Rejected("too_large", "The picture takes too much memory.") from error


def declared_size(data: bytes) -> Size | None:
    """The upright size in a photo's header, whether or not it can be decoded."""
    with suppress(ValueError, Rejected):
        header = header_of(data, photo_type(data[:HEAD_BYTES]))
        if header and min(header.size) > 0:
            return _upright(header.size, _orientation(header.exif)[0])
    return None


def _upright(size: Size, orientation: int) -> Size:
    return Size(size.height, size.width) if orientation >= 5 else size


def _develop(
    data: bytes, kind: PhotoType, limits: Limits, working_side: int | None, model_side: int
) -> Developed:
    side = None if working_side is None else max(working_side, model_side)
    picture, header = decode(data, kind, limits, side)
    orientation, warnings = _orientation(header.exif)
    warnings += header.warnings
    if header.frames > 1 and kind in ("image/png", "image/webp"):
        warnings.append("animated")
    picture = shrunk(picture, side, header.size)
    size = _upright(header.size, orientation)
    if orientation in _UPRIGHT:
        picture = picture.transpose(_UPRIGHT[orientation])
        warnings.append("rotated")
    working = _rgb(picture, header.profile, warnings)
    for_model = shrunk(working, model_side, size)
    warnings += quality.faults(for_model)  # of the picture that the model gets
    return Developed(
        detected_type=kind,
        size=size,
        orientation=orientation,
        frames=header.frames,
        warnings=tuple(sorted(warnings)),
        working=shrunk(working, working_side, size),
        for_model=_as_jpeg(for_model),
        block=_upright(header.block, orientation),
    )


def _orientation(exif: bytes) -> tuple[int, list[Warned]]:
    """EXIF's orientation; 1 if there is none or it is invalid (EXIF 3.0, 4.6.5).

    0 is what some cameras write for "unknown".
    """
    if not exif:
        return 1, []
    try:
        stored = tiff.value(exif, tiff.ORIENTATION)
    except ValueError:
        return 1, ["bad_exif"]
    if stored is None or 0 <= stored <= 8:
        return stored or 1, []
    return 1, ["bad_exif"]


def _rgb(picture: Image.Image, profile: bytes, warnings: list[Warned]) -> Image.Image:
    picture, transparent = colour.over_white(picture)
    if transparent:
        warnings.append("transparent")
    try:
        working = colour.to_srgb(picture, profile)
    except ValueError:
        warnings.append("bad_icc")
        working = picture.convert("RGB")
    working.info = {}  # drops camera, place and other metadata
    return working


def _as_jpeg(picture: Image.Image) -> bytes:
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
