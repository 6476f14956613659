"""The libwebp that Pillow uses, by its own interface.

Pillow decodes every WEBP as an animation, which takes sixteen bytes a pixel: two canvases of four
each, and two copies. One frame takes no more than its pixels.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char, c_char_p, c_int, c_size_t, c_uint32, c_void_p
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Literal

from PIL import Image

from shared.model import Size

_EXTENSION = "PIL._webp"  # is linked to libwebp; where that lies differs by platform

# The versions of the interface (decode.h, demux.h). Libraries refuse another major one.
_DECODER_ABI, _DEMUX_ABI = 0x0209, 0x0107
_CANVAS_WIDTH, _CANVAS_HEIGHT = 1, 2  # WebPFormatFeature

# One white pixel, lossless: whether a library does as this file believes.
_PROBE = bytes.fromhex(
    "524946461e000000574542505650384c110000002f0000000007d0fffef7bfff8188e87f0000"
)


@dataclass(frozen=True, slots=True)
class Pixels:
    """The pixels of a whole canvas, row by row."""

    mode: Literal["RGB", "RGBA"]
    size: Size
    samples: bytearray

    def rows(self, top: int, count: int) -> Image.Image:
        """So many rows of the picture, copied."""
        line = self.size.width * len(self.mode)
        part = memoryview(self.samples)[top * line : (top + count) * line]
        return Image.frombytes(self.mode, (self.size.width, count), part)


class Library:
    """Its functions. Raises OSError or AttributeError for a file that has them not."""

    def __init__(self, path: str) -> None:
        # A symbol is looked for in what the file is linked to, too.
        library = ctypes.CDLL(path)
        self._features = library.WebPGetFeaturesInternal
        self._features.argtypes = (c_char_p, c_size_t, POINTER(_Features), c_int)
        self._demux = library.WebPDemuxInternal
        self._demux.argtypes = (POINTER(_Data), c_int, c_void_p, c_int)
        self._demux.restype = c_void_p
        self._delete = library.WebPDemuxDelete
        self._delete.argtypes = (c_void_p,)
        self._number = library.WebPDemuxGetI
        self._number.argtypes = (c_void_p, c_int)
        self._number.restype = c_uint32
        self._frame = library.WebPDemuxGetFrame
        self._frame.argtypes = (c_void_p, c_int, POINTER(_Frame))
        self._release = library.WebPDemuxReleaseIterator
        self._release.argtypes = (POINTER(_Frame),)
        self._decoders = {"RGB": library.WebPDecodeRGBInto, "RGBA": library.WebPDecodeRGBAInto}
        for decode in self._decoders.values():
            decode.argtypes = (c_void_p, c_size_t, c_void_p, c_size_t, c_int)
            decode.restype = c_void_p

    def decode(self, data: bytes, size: Size) -> Pixels:
        """The canvas of this size with the first frame on it; clear where the frame is not.

        Raises ValueError if the data is damaged, or of another size.
        """
        mode: Literal["RGB", "RGBA"] = "RGBA" if self._has_alpha(data) else "RGB"
        with self._first(data, size) as frame:
            pixels = Pixels(mode, size, bytearray(size.width * size.height * len(mode)))
            line = size.width * len(mode)
            start = frame.top * line + frame.left * len(mode)
            place = c_char.from_buffer(pixels.samples, start)
            room = len(pixels.samples) - start
            if not self._decoders[mode](
                frame.image.bytes, frame.image.size, ctypes.addressof(place), room, line
            ):
                raise ValueError("the first frame cannot be decoded")
        return pixels

    def _has_alpha(self, data: bytes) -> bool:
        found = _Features()
        if self._features(data, len(data), found, _DECODER_ABI):
            raise ValueError("the header cannot be read")
        return bool(found.has_alpha)

    @contextmanager
    def _first(self, data: bytes, size: Size) -> Iterator["_Frame"]:
        """The first frame, which points into the data."""
        file = self._demux(
            _Data(ctypes.cast(c_char_p(data), c_void_p), len(data)), 0, None, _DEMUX_ABI
        )
        if not file:
            raise ValueError("the chunks do not fit together")
        frame = _Frame()
        try:
            canvas = (self._number(file, _CANVAS_WIDTH), self._number(file, _CANVAS_HEIGHT))
            if canvas != size:
                raise ValueError(f"{canvas} pixels where {size} were announced")
            if not self._frame(file, 1, frame):
                raise ValueError("no frame in it")
            yield frame
        finally:
            self._release(frame)
            self._delete(file)


@cache
def find() -> Library | None:
    """The library; None where it is not found, or is another than this file knows."""
    extension = find_spec(_EXTENSION)
    if extension is None or extension.origin is None:
        return None
    try:
        library = Library(extension.origin)
        white = library.decode(_PROBE, Size(1, 1))
    except (OSError, AttributeError, ValueError):
        return None
    return library if white.samples == b"\xff\xff\xff" else None


class _Data(ctypes.Structure):
    """WebPData (mux_types.h)."""

    _fields_ = (("bytes", c_void_p), ("size", c_size_t))


class _Features(ctypes.Structure):
    """WebPBitstreamFeatures (decode.h)."""

    _fields_ = (
        ("width", c_int),
        ("height", c_int),
        ("has_alpha", c_int),
        ("has_animation", c_int),
        ("format", c_int),
        ("_reserved", c_uint32 * 5),
    )


class _Frame(ctypes.Structure):
    """WebPIterator (demux.h)."""

    _fields_ = (
        ("number", c_int),
        ("count", c_int),
        ("left", c_int),
        ("top", c_int),
        ("width", c_int),
        ("height", c_int),
        ("duration", c_int),
        ("dispose", c_int),
        ("complete", c_int),
        ("image", _Data),
        ("blend", c_int),
        ("has_alpha", c_int),
        ("_reserved", c_uint32 * 2),
        ("_private", c_void_p),
    )
