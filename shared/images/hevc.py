"""Whether the coded pictures of a HEIF file are all there (ITU-T H.265, 7.3 and 7.4)."""

from collections.abc import Iterable, Iterator

from shared.images.heif_items import Item, Places

_CODED = {b"hvc1", b"hev1"}
_DERIVED = {b"grid", b"iovl"}
_LENGTH_SIZE = 21  # where hvcC has the size of a length
_FORBIDDEN = b"\0\0\0"  # no encoder writes that within a unit (7.4.2)
_FILLER = 32  # as many equal bytes at least are what a broken transfer leaves
_NO_PICTURE = 32  # kinds of units from here on carry no part of it


def has_filler(data: bytes, items: Iterable[Item]) -> bool:
    """Whether there are a few zeros where none can be, in the data of the picture's items.

    Raises ValueError if data is missing, or is filler: a decoder makes up a green tile for that.
    """
    coded = dict[Places, Item]()  # many tiles may be one
    for item in items:
        if item.places is None and item.kind in (b"", *_CODED, *_DERIVED):
            raise ValueError("a part of the picture lies outside of the file")
        if item.kind in _CODED:
            coded[item.places or ()] = item
    return any([_has_filler(item.content(data), item) for item in coded.values()])  # noqa: C419


def _has_filler(data: bytes, item: Item) -> bool:
    configuration = next(iter(item.values(b"hvcC")), bytes(_LENGTH_SIZE + 1))
    doubtful, pictures = False, 0
    for start, end in _units(data, (configuration[_LENGTH_SIZE] & 3) + 1):
        pictures += (data[start] >> 1 & 63) < _NO_PICTURE
        doubtful |= data.find(_FORBIDDEN, start, end) >= 0
        if doubtful and data.find(bytes(_FILLER), start, end) >= 0:
            raise ValueError("a part of the picture is filler")
        if data.endswith(data[end - 1 : end] * _FILLER, start, end):
            raise ValueError("a part of the picture ends in filler")
    if not pictures:
        raise ValueError("a part of the picture is empty")
    return doubtful


def _units(data: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Where the units of an item are; ValueError if they and their lengths do not fill it."""
    end = 0
    while end < len(data):
        start = end + size
        end = start + int.from_bytes(data[end:start], "big")
        if not start < end <= len(data):
            raise ValueError("a unit has an impossible length")
        yield start, end
