"""The body of a request, read as it arrives."""

import zlib
from email.message import Message
from typing import Protocol

from local.storage.errors import invalid
from local.storage.spool import BLOCK


class Source(Protocol):
    """A connection, or bytes."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self) -> bytes: ...


class Body:
    """`length` bytes of a connection. ConnectionError means: the sender is gone half-way.

    A read gives less than it was asked for only at the end, however the bytes arrive.
    """

    def __init__(self, stream: Source, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int) -> bytes:
        block = self._stream.read(min(size, self._left))
        if not block and self._left and size:
            raise ConnectionError("the body ended early")
        self._left -= len(block)
        return block

    def drain(self) -> None:
        """Skip what nobody read, so that the connection's next request can be."""
        while self.read(BLOCK):
            pass


class ChunkedBody(Body):
    """A body of unknown length, in chunks (RFC 9112, section 7.1)."""

    def __init__(self, stream: Source) -> None:
        super().__init__(stream, 0)
        self._ended = False

    def read(self, size: int) -> bytes:
        whole = bytearray()
        while len(whole) < size and (piece := self._piece(size - len(whole))):
            whole += piece
        return bytes(whole)

    def _piece(self, size: int) -> bytes:
        if self._left == 0 and not self._ended:
            self._begin_chunk()
        block = super().read(size)
        if block and self._left == 0:
            self._stream.readline()
        return block

    def _begin_chunk(self) -> None:
        head = self._stream.readline().split(b";")[0]
        try:
            self._left = int(head, 16)
        except ValueError:
            raise ConnectionError(f"not the head of a chunk: {head[:20]!r}") from None
        if self._left == 0:
            self._ended = True
            while self._stream.readline().strip():  # trailers
                pass


class GzipBody(Body):
    """A body that was compressed for the way, read as it was before."""

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


def body_of(headers: Message, stream: Source) -> Body:
    """The body that the headers announce."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return ChunkedBody(stream)
    length = headers.get("content-length") or "0"
    if not length.isdecimal():
        raise invalid(f"Invalid Content-Length: {length!r}")
    return Body(stream, int(length))
