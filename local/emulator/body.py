"""The body of a request: of a length that is told, or in chunks."""

import re
from email.message import Message
from io import BufferedIOBase

_LARGEST = 2 << 30  # bytes; the service takes no larger file
_LINE = 4096  # bytes of the line before a chunk
_BLOCK = 1 << 20


class BadBody(ValueError):
    """The body is not as HTTP has it; the connection cannot be used further."""


def body_of(headers: Message, stream: BufferedIOBase) -> bytes:
    """The whole body. Raises BadBody."""
    if coding := headers.get("Transfer-Encoding"):
        if coding.strip().lower() != "chunked":
            raise BadBody("The header Transfer-Encoding has a coding that is not known.")
        return _chunks(stream)
    length = headers.get("Content-Length", "0").strip()
    if not re.fullmatch("[0-9]{1,18}", length, re.ASCII):
        raise BadBody("The header Content-Length is no number.")
    return _exactly(stream, int(length))


def _chunks(stream: BufferedIOBase) -> bytes:
    body = bytearray()
    while size := _size(stream):
        body += _exactly(stream, size, len(body))
        if stream.readline(_LINE).strip():
            raise BadBody("A chunk is longer than it says.")
    while stream.readline(_LINE).strip():  # trailers
        continue
    return bytes(body)


def _size(stream: BufferedIOBase) -> int:
    size = stream.readline(_LINE).partition(b";")[0].strip()
    if not re.fullmatch(b"[0-9A-Fa-f]{1,15}", size):
        raise BadBody("A chunk does not say its size.")
    return int(size, 16)


def _exactly(stream: BufferedIOBase, size: int, before: int = 0) -> bytes:
    if before + size > _LARGEST:
        raise BadBody(f"The body has more than {_LARGEST:,} bytes.")
    body = bytearray()
    while len(body) < size and (block := stream.read(min(_BLOCK, size - len(body)))):
        body += block
    if len(body) < size:
        raise BadBody("The body ended before its end.")
    return bytes(body)
