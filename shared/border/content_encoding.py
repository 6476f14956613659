"""Content-Encoding undone: the bytes of an upload, in whichever coding it is stored.

The coding is what the uploader says. It may be wrong, and a megabyte of gzip may hold a gigabyte:
so no more is inflated than was asked for, and never all of it before its length is known.
"""

import io
import zlib
from collections.abc import Iterator

from shared.errors import Rejected

_GZIP, _ZLIB, _BARE = 31, 15, -15  # zlib's names for them: its `wbits`
_CODINGS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}
_PIECE = 65_536
_MAGIC = b"\x1f\x8b"  # a gzip file begins so
_PARTS = 10_000  # gzip files joined to one; each costs time, however little it holds


def whole(stored: bytes, coding: str | None, most: int) -> bytes:
    """All that was stored; any other coding than gzip and deflate is taken for none.

    Raises Rejected: `unreadable` if it is not in its coding, `too_large` for more than `most`.
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
    """The `first` bytes at most, of something whose own beginning `stored` may be.

    Raises Rejected `unreadable` if it is not in its coding.
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
    """How zlib is to read it; None where there is nothing to undo.

    By RFC 9110 `deflate` is what zlib writes, but many send it bare.
    """
    kind = _CODINGS.get((coding or "").strip().lower()) if stored else None
    if kind == _ZLIB and (stored[0] & 15 != 8 or int.from_bytes(stored[:2], "big") % 31):
        return _BARE
    return kind


def _pieces(stored: bytes, kind: int, *, cut: bool = False) -> Iterator[bytes]:
    """What inflates from it, a little at a time; `cut`: its end may be missing.

    Gzip files may be joined to one. What follows the last of them is none of it.
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
                    raise _lie(f"it has more than {_PARTS:,} parts")
        yield inflater.flush()
    except zlib.error as error:
        raise _lie(str(error)) from error
    if not (cut or inflater.eof):
        raise _lie("its end is missing")


def _lie(why: str) -> Rejected:
    return Rejected(
        "unreadable",
        f"The upload is declared to be compressed and cannot be inflated: {why}.",
    )
