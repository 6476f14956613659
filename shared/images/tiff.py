"""A number from a TIFF directory, the form in which EXIF and multi-picture JPEGs keep theirs."""

import struct

ORIENTATION = 0x0112
NUMBER_OF_IMAGES = 0xB001

_SHORT, _LONG = 3, 4


def value(block: bytes, tag: int) -> int | None:
    """The number under `tag` in the first directory, None if it has none (TIFF 6.0, section 2).

    Nothing else is followed, so directories that point at each other cannot keep anyone busy.
    Raises ValueError if this is no TIFF directory, or the number is not a 16- or 32-bit one.
    """
    try:
        return _value(block, tag)
    except struct.error as error:
        raise ValueError("the directory is cut short") from error


def _value(block: bytes, tag: int) -> int | None:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        raise ValueError("no TIFF header")
    (directory,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack_from(order + "H", block, directory)
    for index in range(count):
        entry = directory + 2 + 12 * index
        name, kind, _ = struct.unpack_from(order + "HHI", block, entry)
        if name == tag:
            return _number(block, entry + 8, order, kind)
    return None


def _number(block: bytes, at: int, order: str, kind: int) -> int:
    form = {_SHORT: "H", _LONG: "I"}.get(kind)
    if form is None:
        raise ValueError(f"a number of the unexpected kind {kind}")
    number: int = struct.unpack_from(order + form, block, at)[0]
    return number
