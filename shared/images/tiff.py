"""A number from a TIFF directory, the form in which EXIF and multi-picture JPEGs keep theirs."""

import struct

ORIENTATION = 0x0112
NUMBER_OF_IMAGES = 0xB001

# The integer types (TIFF 6.0, section 2), and IFD, a LONG that points somewhere.
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}


def value(block: bytes, tag: int) -> int | None:
    """The number under `tag` in the first directory, None if it has none (TIFF 6.0, section 2).

    Nothing else is followed, so directories that point at each other make no endless loop.
    Writers differ in the integer type they take for a tag; of several numbers the first counts.
    Raises ValueError if this is no TIFF directory, or what it holds is no integer.
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
        name, kind, numbers = struct.unpack_from(order + "HHI", block, entry)
        if name == tag:
            return _number(block, entry + 8, order, kind, numbers)
    return None


def _number(block: bytes, at: int, order: str, kind: int, count: int) -> int:
    form = _INTEGERS.get(kind)
    if form is None or not count:
        raise ValueError(f"{count} values of the unexpected kind {kind}")
    if count * struct.calcsize(order + form) > 4:  # what does not fit here lies elsewhere
        (at,) = struct.unpack_from(order + "I", block, at)
    number: int = struct.unpack_from(order + form, block, at)[0]
    return number
