"""Decodes Content-Encoding: the bytes of an upload that is stored compressed.

The uploader declares the coding, perhaps wrongly, and a megabyte of gzip may hold a gigabyte: no
more is inflated than asked for, and nothing is held in memory before the length is known.
"""

import io
import zlib
from collections.abc import Iterator

from shared.errors import Rejected

_GZIP, _ZLIB, _BARE = 31, 15, -15  # zlib's names for them: its `wbits`
_CODINGS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}
_PIECE = 65_536
_MAGIC = b"\x1f\x8b"  # a gzip file begins so
_PARTS = 10_000  # gzip members in one file; each costs time


def whole(stored: bytes, coding: str | None, most: int) -> bytes:
    """The whole, decoded; codings other than gzip and deflate are ignored.

    Raises Rejected: `unreadable` if it is not in its declared coding, `too_large`
    for more than `most`.
    """
    kind = _kind(stored, coding)
    if kind is None:
        return stored
    length = 0
    for piece in _pieces(stored, kind):  # counted first, so that a bomb is never held
        length += len(piece)
        if length > most:
            raise Rejected(
                "too_large",
                f"The file has {len(stored):,} bytes as {coding} and more than {most:,} without; "
                f"{most:,} are the limit.",
            )
    file = io.BytesIO()
    file.writelines(_pieces(stored, kind))
    return file.getvalue()


def beginning(stored: bytes, coding: str | None, first: int) -> bytes:
    """At most the `first` bytes, decoded; `stored` may be cut.

    Raises Rejected `unreadable` if it is not in its declared coding.
    """
    kind = _kind(stored, coding)
    if kind is None:
        return stored[:first]
    file = io.BytesIO()
    for piece in _pieces(stored, kind, cut=True):
        file.write(piece)
        if file.tell() >= first:
            break
    return file.getvalue()[:first]


def _kind(stored: bytes, coding: str | None) -> int | None:
    """The `wbits` for zlib; None if it is not compressed.

    By RFC 9110 `deflate` is the zlib format, but many send raw deflate.
    """
    kind = _CODINGS.get((coding or "").strip().lower()) if stored else None
    if kind == _ZLIB and (stored[0] & 15 != 8 or int.from_bytes(stored[:2], "big") % 31):
        return _BARE
    return kind


def _pieces(stored: bytes, kind: int, *, cut: bool = False) -> Iterator[bytes]:
    """The inflated bytes, in pieces; `cut`: the end may be missing.

    A gzip file may have several members. Bytes after the last one are ignored.
    """
    inflater, parts = zlib.decompressobj(kind), 0
    try:
        for at in range(0, len(stored), _PIECE):
            rest = stored[at : at + _PIECE]
            while rest:
                if inflater.eof:
                    if kind != _GZIP or not _MAGIC.startswith(rest[:2]):
                        return
                    inflater = zlib.decompressobj(kind)
                yield inflater.decompress(rest, _PIECE)
                rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
                parts += inflater.eof
                if parts > _PARTS:
                    raise _bad(f"it has more than {_PARTS:,} parts")
        yield inflater.flush()
    except zlib.error as error:
        raise _bad(str(error)) from error
    if not (cut or inflater.eof):
        raise _bad("its end is missing")


def _bad(why: str) -> Rejected:
    return Rejected(
        "unreadable",
        f"The upload is declared to be compressed and cannot be inflated: {why}.",
    )
