"""Decodes the scans of a JPEG, and detects whether part of them is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

_END = b"\xff\xd9"

# What is passed over between scans, and is data within one or before a restart that is missing.
_PROBES = (b"\0", b"\0", b"\0", b"\xff\xd0", b"\0", b"\0", b"\xff\xd4", b"\0", b"\0")
_ONES = b"\xff\0" * 8  # 64 one bits: the decoder looks that far ahead
_RESTARTS = b"".join(b"\xff" + bytes([0xD0 + number]) + b"\x5a" * 8 for number in range(8))
_OTHERS = (bytes(8), b"\x5a" * 8, _RESTARTS)
_SMALL = 2**18  # pixels: decoding so little again takes a few milliseconds
_RUN = 8  # so many equal bytes at the end may be filler, and are if it does without
_SPARE = 4  # of them
_JUNK = bytes(8) + b"\x55\xaa" * 16


@dataclass(frozen=True, slots=True)
class Scans:
    """A picture whose header `opened` reads anew each time; `in_parts`: of several scans."""

    opened: Callable[[], JpegImageFile]
    in_parts: bool

    def whole(self, data: bytes, *, closed: bool) -> Image.Image:
        """The picture in `data`, a JPEG up to its end marker; ValueError if part of it is missing.

        At a marker libjpeg makes up whatever it lacks, and Pillow passes none of its warnings on.
        Where the data ends without one it waits for more instead, so no end marker is shown to it
        before it has all. Then only the last few bits may be missing: where there was no end
        marker, or little is to be done, what follows them must not change the picture.
        """
        data, picture = self._complete(data)
        if not closed or picture.width * picture.height < _SMALL:
            for other in _OTHERS:
                _check_same(picture, self._decoded(data + other))
        return picture

    def whole_arithmetic(self, data: bytes) -> Image.Image:
        """The same for arithmetic coding, whose decoder does not wait.

        It ends with as many zeros as one likes, and nothing behind them may change the picture.
        """
        picture = self._decoded(data + _END)
        if picture is None or _without_run(data) != data:
            raise ValueError("the scans end early or in filler")
        _check_same(picture, self._decoded(data + _JUNK + _END))
        return picture

    def _complete(self, data: bytes) -> tuple[bytes, Image.Image]:
        """The data without filler behind it, and the picture."""
        body = _without_run(data)
        if picture := self._decoded(body + _ONES):
            return body, picture
        if body != data and self._decoded(data[:-_SPARE]):
            raise ValueError("the scans end in filler")  # an encoder writes no more than is needed
        if body != data and (picture := self._decoded(data + _ONES)):
            return data, picture  # one colour at the end is one byte again and again
        raise ValueError("the scans end early")

    def _decoded(self, data: bytes) -> Image.Image | None:
        """The picture, None if its scans need more than this data."""
        decoder = _Decoder(self.opened())
        decoder.give(data)
        if not decoder.has_all(in_parts=self.in_parts):
            return None
        decoder.give(_END)
        return decoder.picture


def _without_run(data: bytes) -> bytes:
    """The data without the same byte at its end, if there are many of it."""
    last = data[-1:]
    return data.rstrip(last) if data.endswith(last * _RUN) else data


def _check_same(picture: Image.Image, other: Image.Image | None) -> None:
    """Raises ValueError if what follows the data changes the picture."""
    if other is None or picture.tobytes() != other.tobytes():
        raise ValueError("its last bits are missing")


class _Decoder:
    """libjpeg's decoder, given the data bit by bit; `picture` is as far as the data goes."""

    def __init__(self, file: JpegImageFile) -> None:
        self.picture = Image.new(file.mode, file.size)
        (tile,) = file.tile
        # What ImageFile.load does; but that gives no account of what is left over.
        self._decoder: Any = Image._getdecoder(
            file.mode, tile.codec_name, tile.args, file.decoderconfig
        )
        self._decoder.setimage(self.picture.im, tile.extents)
        self._rest = b""
        self._done = False

    def give(self, data: bytes) -> None:
        """Go on with this data, too; OSError if it makes no sense."""
        if self._done:
            return
        self._rest += data
        count, error = self._decoder.decode(self._rest)
        if error < 0:
            raise OSError(f"the decoder ends with {error}")
        self._done = count < 0
        self._rest = self._rest[max(0, count) :]

    def has_all(self, *, in_parts: bool) -> bool:
        """Whether it needs no more.

        A picture in one scan is done then. One `in_parts` waits for an end marker, as there might
        be one more scan; whether it does is seen by what it passes over.
        """
        if self._done or not in_parts:
            return self._done
        for probe in _PROBES:
            self.give(probe)
            if self._rest:
                return False
        return True
