"""Any kind of pixels, as 8-bit sRGB."""

from functools import lru_cache
from io import BytesIO
from itertools import product
from typing import cast

from PIL import Image, ImageChops, ImageCms

_WHITE = 255
_MODES = {b"GRAY": "L", b"RGB ": "RGB", b"CMYK": "CMYK"}  # by a profile's name for them
_SAME = 2  # of 255: what rounding makes of sRGB itself
_LARGEST_KEPT = 2**20


def eight_bits(picture: Image.Image) -> Image.Image:
    """The picture in a mode of 8-bit samples that can be shrunk: L, LA, RGB, RGBA or CMYK."""
    if picture.mode.startswith("I;16"):
        # convert() would clip at 255; the high byte is also what 16-bit colour is read as.
        grey = picture.point(lambda sample: sample * (1 / 256)).convert("L")
        clear = picture.info.get("transparency")
        return grey if clear is None else Image.merge("LA", (grey, _all_but(clear, picture)))
    wanted = _mode_for(picture)
    return picture if picture.mode == wanted else picture.convert(wanted)


def _all_but(clear: int, picture: Image.Image) -> Image.Image:
    """An alpha channel in which one shade of a 16-bit picture is transparent."""
    table = [_WHITE] * 65_536
    table[clear & 0xFFFF] = 0
    return picture.convert("I").point(table, "L")


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
    picture = _in_space(picture, profile[16:20])
    kept = _transform if len(profile) <= _LARGEST_KEPT else _transform.__wrapped__
    try:
        transform = kept(profile, picture.mode)
        return _through(picture, transform) if transform else _as_rgb(picture)
    except (ImageCms.PyCMSError, OSError) as error:
        raise ValueError("the colour profile cannot be used") from error


def _in_space(picture: Image.Image, space: bytes) -> Image.Image:
    """The picture in the kind of pixels that a profile is for: grey is written in either."""
    mode = _MODES.get(space)
    if mode == picture.mode:
        return picture
    if mode == "RGB" and picture.mode == "L":
        return picture.convert("RGB")
    if mode == "L" and picture.mode == "RGB":
        red, green, blue = picture.split()
        if not any(ImageChops.difference(red, other).getbbox() for other in (green, blue)):
            return red
    raise ValueError("the colour profile is for another kind of pixels")


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From the profile to sRGB, None if that changes nothing: names of profiles often lie."""
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, mode, "RGB")
    if mode != "CMYK":
        probe = _probe(mode)
        if _distance(_through(probe, transform), _as_rgb(probe)) <= _SAME:
            return None
    return transform


def _through(picture: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    return cast("Image.Image", ImageCms.applyTransform(picture, transform))  # None only in place


def _probe(mode: str) -> Image.Image:
    """Every shade of grey, and colours of all kinds."""
    greys = bytes(range(256))
    if mode == "L":
        return Image.frombytes("L", (256, 1), greys)
    colours = bytes(each for one in product(range(0, 256, 51), repeat=3) for each in one)
    pixels = bytes(each for each in greys for _ in range(3)) + colours
    return Image.frombytes("RGB", (len(pixels) // 3, 1), pixels)


def _distance(one: Image.Image, other: Image.Image) -> int:
    bands = ImageChops.difference(one, other).split()
    return max(cast("tuple[int, int]", band.getextrema())[1] for band in bands)


def _as_rgb(picture: Image.Image) -> Image.Image:
    return picture if picture.mode == "RGB" else picture.convert("RGB")
