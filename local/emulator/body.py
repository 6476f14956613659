"""The body of a request, read as it arrives: of a declared length, or in chunks."""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Protocol

BLOCK = 1 << 20  # bytes that are read at a time
_NO_LIMIT = 1 << 62
_LINE = 4096  # bytes of the line before a chunk


class BadBody(ConnectionError):
    """The body is not valid HTTP, or ended early; the connection cannot be used further."""


class Source(Protocol):
    """A connection, or bytes."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self, size: int = -1, /) -> bytes: ...


class Body:
    """`length` bytes of a connection, at most `limit`. Raises BadBody.

    A read gives less than it was asked for only at the end, however the bytes arrive.
    """

    def __init__(self, stream: Source, length: int, limit: int = _NO_LIMIT) -> None:
        self._stream = stream
        self._left = length
        if length > limit:
            raise BadBody(f"The body has more than {limit:,} bytes.")

    def read(self, size: int) -> bytes:
        block = self._stream.read(min(size, self._left))
        if not block and self._left and size:
            raise BadBody("The body ended early.")
        self._left -= len(block)
        return block

    def blocks(self) -> Iterator[bytes]:
        """All that is left."""
        while block := self.read(BLOCK):
            yield block

    def drain(self) -> None:
        """Skip what is left: the connection's next request follows."""
        for _ in self.blocks():
            pass


class ChunkedBody(Body):
    """A body of unknown length, in chunks (RFC 9112, section 7.1)."""

    def __init__(self, stream: Source, limit: int = _NO_LIMIT) -> None:
        super().__init__(stream, 0)
        self._limit = limit
        self._begun = 0  # bytes of all chunks so far
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
        if block and self._left == 0 and self._stream.readline(_LINE).strip():
            raise BadBody("A chunk is longer than its size says.")
        return block

    def _begin_chunk(self) -> None:
        size = self._stream.readline(_LINE).partition(b";")[0].strip()
        if not re.fullmatch(b"[0-9A-Fa-f]{1,15}", size):
            raise BadBody(f"Invalid chunk size: {size[:20]!r}")
        self._left = int(size, 16)
        self._begun += self._left
        if self._begun > self._limit:
            raise BadBody(f"The body has more than {self._limit:,} bytes.")
        if self._left == 0:
            self._ended = True
            while self._stream.readline(_LINE).strip():  # trailers
                pass


def body_of(headers: Message, stream: Source, limit: int = _NO_LIMIT) -> Body:
    """The body that the headers declare. Raises BadBody."""
    if coding := headers.get("Transfer-Encoding"):
        if coding.strip().lower() != "chunked":
            raise BadBody(f"Unknown Transfer-Encoding: {coding!r}")
        return ChunkedBody(stream, limit)
    length = (headers.get("Content-Length") or "0").strip()
    if not re.fullmatch("[0-9]{1,18}", length, re.ASCII):
        raise BadBody(f"Invalid Content-Length: {length!r}")
    return Body(stream, int(length), limit)
