"""The only caller of Pillow's and libheif's decoders."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from io import BytesIO

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile
from pillow_heif import options as heif_options

from shared.errors import Rejected
from shared.images import colour, heif, jpeg, libwebp, png, webp
from shared.images.header import Header
from shared.images.resizing import gathered
from shared.images.scans import Scans
from shared.images.sniff import PhotoType
from shared.limits import Limits
from shared.model import Size

_NEAR = 0.98  # a decoder's own scale may miss the wanted side by this much: 2016 stands for 2048


def decode(
    data: bytes, kind: PhotoType, limits: Limits, side: int | None
) -> tuple[Image.Image, Header]:
    """The first picture in `data`, L, LA, RGB, RGBA or CMYK, not upright, and its header.

    Of a JPEG or WEBP, the picture has only what a long side of `side` needs.
    Only the decoder for `kind` is tried, and nothing is decoded or allocated before the size is
    known to be within the limits. Raises Rejected: `too_large`, `too_complex`,
    `unsupported_codec`, `corrupt`.
    """
    with _verdicts(kind):
        if kind in ("image/heic", "image/heif"):
            return _decode_heif(data, limits)
        if kind == "image/jpeg":
            return _decode_jpeg(data, limits, side)
        header = _HEADERS[kind](data)
        limits.check_size(header.size)
        return _DECODERS[kind](header, side), header


def header_of(data: bytes, kind: PhotoType) -> Header | None:
    """The header by itself, None for HEIF; ValueError if there is none."""
    if kind == "image/jpeg":
        return jpeg.read(data)[0]
    return _HEADERS[kind](data) if kind in _HEADERS else None


_HEADERS = {"image/png": png.read, "image/webp": webp.read}


def _decode_jpeg(data: bytes, limits: Limits, side: int | None) -> tuple[Image.Image, Header]:
    header, frame = jpeg.read(data)
    if frame.foreign:
        raise Rejected("unsupported_codec", f"This JPEG holds {frame.foreign}.")
    scale = 1 if frame.lossless else _scale(header.size, side)
    limits.check_size(header.size, scale)
    extent = jpeg.extent(header.image, limits.scans)
    if len(extent.scans) > limits.scans:
        raise Rejected("too_complex", f"The JPEG has more than {limits.scans} scans.")
    if frame.is_in_parts(extent.scans):
        limits.check_memory(frame.samples * 2)
    if frame.lacks(extent.scans):
        raise ValueError("a component has no scan")
    scans = Scans(partial(_opened_jpeg, header, scale), frame.is_in_parts(extent.scans))
    image = header.image[: extent.end]
    if frame.arithmetic:
        picture = scans.whole_arithmetic(image)
    else:
        picture = scans.whole(image, closed=extent.closed)
    if frame.is_coarse(extent.scans):
        header = replace(header, warnings=("incomplete",))
    return colour.eight_bits(picture), header


def _scale(size: Size, side: int | None) -> int:
    """By how much a JPEG can be shrunk as it is decoded."""
    fitting = (by for by in (8, 4, 2) if side and max(size) / by >= side * _NEAR)
    return next(fitting, 1)


def _opened_jpeg(header: Header, scale: int) -> JpegImageFile:
    picture = JpegImageFile(BytesIO(header.image))
    _agree(picture, header.size)
    if scale > 1:
        # Asking for exactly this fraction makes the decoder choose exactly this scale.
        width, height = header.size
        picture.draft(None, (max(1, width // scale), max(1, height // scale)))
    return picture


def _decode_png(header: Header, _side: int | None) -> Image.Image:
    PngImageFile(BytesIO(header.image)).verify()  # only this sees a wrong checksum; it uses it up
    picture = PngImageFile(BytesIO(header.image))
    _agree(picture, header.size)
    depth, colour_type = header.image[24:26]
    clear = picture.info.get("transparency")
    if colour_type == 0 and depth in (2, 4) and isinstance(clear, int):
        # Pillow spreads the shades to eight bits, but not the one that is transparent.
        picture.info["transparency"] = (clear & 2**depth - 1) * 255 // (2**depth - 1)
    return _loaded(picture)


def _decode_webp(header: Header, side: int | None) -> Image.Image:
    if library := libwebp.find():
        return gathered(library.decode(header.image, header.size), side)
    picture = WebPImageFile(BytesIO(header.image))
    _agree(picture, header.size)
    return _loaded(picture)


_DECODERS = {"image/png": _decode_png, "image/webp": _decode_webp}


def _decode_heif(data: bytes, limits: Limits) -> tuple[Image.Image, Header]:
    """As libheif turns and crops it; it reads the size, which is upright, without decoding."""
    about = heif.read(data)
    if about.foreign:
        raise Rejected("unsupported_codec", f"This HEIF file holds {about.foreign}, not HEVC.")
    _set_heif_options()
    picture = HeifImageFile(BytesIO(data))  # type: ignore[no-untyped-call]
    size = Size(*picture.size)
    limits.check_size(size)
    profile = picture.info.get("icc_profile") or about.profile
    header = Header(size, data, picture.n_frames, profile=profile, warnings=about.warnings)
    return _loaded(picture), header


@cache
def _set_heif_options() -> None:
    """Skip what is not used; one thread, as other photos are decoded in other processes."""
    heif_options.THUMBNAILS = False
    heif_options.DEPTH_IMAGES = False
    heif_options.AUX_IMAGES = False
    heif_options.DECODE_THREADS = 1


def _loaded(picture: Image.Image) -> Image.Image:
    announced = Size(*picture.size)
    picture.load()
    _agree(picture, announced)  # libheif may change the size as it decodes
    return colour.eight_bits(picture)


def _agree(picture: Image.Image, size: Size) -> None:
    if picture.size != size:
        raise ValueError(f"{picture.size} pixels where {size} were announced")


@contextmanager
def _verdicts(kind: PhotoType) -> Iterator[None]:
    """Anything that a decoder raises, as Rejected; its warnings are dropped."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Rejected:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        raise Rejected("too_large", "Decoding the picture takes too much memory.") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, anything
        name = kind.removeprefix("image/").upper()
        raise Rejected("corrupt", f"The {name} data is damaged or cut short.") from error
