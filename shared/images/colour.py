"""Any kind of pixels, as 8-bit sRGB."""

from io import BytesIO
from typing import cast

from PIL import Image, ImageCms

_WHITE = 255


def eight_bits(picture: Image.Image) -> Image.Image:
    """The picture in a mode of 8-bit samples that can be shrunk: L, LA, RGB, RGBA or CMYK."""
    if picture.mode.startswith("I;16"):
        # convert() would clip at 255; the high byte is also what 16-bit colour is read as.
        return picture.point(lambda sample: sample * (1 / 256)).convert("L")
    wanted = _mode_for(picture)
    return picture if picture.mode == wanted else picture.convert(wanted)


def _mode_for(picture: Image.Image) -> str:
    if picture.mode == "CMYK":
        return "CMYK"
    grey = picture.mode in ("1", "L", "LA", "La")
    if picture.has_transparency_data:
        return "LA" if grey else "RGBA"
    return "L" if grey else "RGB"


def over_white(picture: Image.Image) -> tuple[Image.Image, bool]:
    """The picture without its alpha channel, on white, and whether any of it was transparent."""
    if picture.mode not in ("LA", "RGBA"):
        return picture, False
    opaque = picture.convert(picture.mode[:-1])
    alpha = picture.getchannel("A")
    least, _ = cast("tuple[int, int]", alpha.getextrema())
    if least == _WHITE:
        return opaque, False
    white = Image.new(opaque.mode, opaque.size, (_WHITE,) * len(opaque.getbands()))
    white.paste(opaque, mask=alpha)
    return white, True


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """The picture, L, RGB or CMYK, as sRGB, given its ICC profile, which may be empty.

    Raises ValueError for a profile that cannot be read or is for another kind of pixels.
    """
    if not profile:
        return _as_rgb(picture)
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return _as_rgb(picture)
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError) as error:
        raise ValueError("the colour profile cannot be used") from error
    return cast("Image.Image", converted)  # None only when converted in place


def _as_rgb(picture: Image.Image) -> Image.Image:
    return picture if picture.mode == "RGB" else picture.convert("RGB")
