"""Messages between two processes through a pipe: a JSON header, then byte strings.

On the wire: the header's length in 32 bits, the header, whose "sizes" are the lengths of the byte
strings, and those. Reading makes JSON values and bytes only.
"""

import fcntl
import json
import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO

_LENGTH = struct.Struct(">I")
_LONGEST_HEADER = 2**20
_WIDTH = 2**20


def widen(pipe: BinaryIO) -> None:
    """Let the pipe hold a megabyte, so that a picture takes few switches (Linux only)."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _WIDTH)


def send(pipe: BinaryIO, header: Mapping[str, Any], *parts: bytes) -> None:
    """Write all of it to an unbuffered pipe; raises BrokenPipeError if the other end is closed."""
    head = json.dumps({**header, "sizes": [len(part) for part in parts]}).encode()
    for piece in (_LENGTH.pack(len(head)) + head, *parts):
        rest = memoryview(piece)
        while rest:
            rest = rest[pipe.write(rest) :]


def receive(pipe: BinaryIO, most: int) -> tuple[dict[str, Any], list[bytearray]]:
    """One header and its byte strings; raises EOFError when the pipe ends first.

    Raises ValueError if the other side announces more than `most` bytes.
    """
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    if length > _LONGEST_HEADER:
        raise ValueError(f"a header of {length} bytes")
    header = json.loads(_exactly(pipe, length))
    sizes = header.pop("sizes")
    if sum(sizes) > most:
        raise ValueError(f"{sum(sizes)} bytes where {most} are the limit")
    return header, [_exactly(pipe, size) for size in sizes]


def _exactly(pipe: BinaryIO, size: int) -> bytearray:
    block = bytearray(size)
    rest = memoryview(block)
    while rest:
        count = pipe.readinto(rest)  # type: ignore[attr-defined]  # every binary pipe has it
        if not count:
            raise EOFError
        rest = rest[count:]
    return block
