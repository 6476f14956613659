"""Text answers, compressed with gzip.

The page has no secret in its bodies, neither a token nor a password, so their lengths give nothing
away (BREACH).
"""

import math
import time
import zlib
from collections.abc import Iterable, Iterator

LEAST = 1_000  # bytes; fewer are sent as they are
_TEXTS = frozenset({"application/json", "application/jsonl", "image/svg+xml"})
_GZIP = 31  # zlib's number for a gzip header, which has no time in it, and 32 kB of memory
_WAIT = 1.0  # s that a piece of a stream waits for more, if another one comes


def is_text(media_type: str) -> bool:
    """Whether a body of that type becomes smaller."""
    return media_type.startswith("text/") or media_type in _TEXTS


def whole(body: bytes) -> bytes:
    """A body, compressed."""
    return b"".join(pieces([body]))


def pieces(stream: Iterable[bytes]) -> Iterator[bytes]:
    """A stream, compressed piece by piece; the first appears at once, all within about a second."""
    packer, sent = zlib.compressobj(wbits=_GZIP), -math.inf
    for piece in stream:
        packed = packer.compress(piece)
        if time.monotonic() - sent > _WAIT:
            packed += packer.flush(zlib.Z_SYNC_FLUSH)
        if packed:
            yield packed
            sent = time.monotonic()
    yield packer.flush()
