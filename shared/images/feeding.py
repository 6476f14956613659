"""libjpeg's decoder, given a JPEG bit by bit."""

from typing import Any

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

END = b"\xff\xd9"

# What is passed over between scans, and is data within one or before a restart that is missing.
_PROBES = (b"\0", b"\0", b"\0", b"\xff\xd0", b"\0", b"\0", b"\xff\xd4", b"\0", b"\0")


class Feeding:
    """The picture of a file whose header was read, as far as the data goes that it was given."""

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
