"""A compressed body, unpacked as it arrives."""

import zlib

from local.emulator.body import BLOCK, Body
from local.storage.errors import invalid


class GzipBody(Body):
    """The content of a body that was sent with gzip."""

    def __init__(self, packed: Body) -> None:
        self._packed = packed
        self._inflate = zlib.decompressobj(wbits=31)
        self._waiting = b""  # compressed bytes that have been received

    def read(self, size: int) -> bytes:
        whole = bytearray()
        while len(whole) < size and not self._inflate.eof:
            self._waiting = self._waiting or self._packed.read(BLOCK)
            if not self._waiting:
                raise invalid("The body's gzip stream has no end.")
            whole += self._unpack(size - len(whole))
        return bytes(whole)

    def drain(self) -> None:
        self._packed.drain()

    def _unpack(self, size: int) -> bytes:
        try:
            block = self._inflate.decompress(self._waiting, size)
        except zlib.error:
            raise invalid("The body is not gzip, as its Content-Encoding says.") from None
        self._waiting = self._inflate.unconsumed_tail
        return block
