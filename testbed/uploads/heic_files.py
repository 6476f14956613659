"""HEIC files that no encoder writes, built box by box (ISO/IEC 14496-12 and 23008-12)."""

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import pillow_heif
from PIL import Image


@dataclass(frozen=True)
class Item:
    """One item of the meta box; ids count from 1 in the order of the items."""

    kind: bytes
    properties: tuple[bytes, ...]
    payload: bytes
    refers: tuple[bytes, tuple[int, ...]] | None = None  # kind of reference, ids
    hidden: bool = False


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, flags]), *content)


def ispe(width: int, height: int) -> bytes:
    return full_box(b"ispe", struct.pack(">II", width, height))


def irot(quarter_turns_anticlockwise: int) -> bytes:
    return box(b"irot", bytes([quarter_turns_anticlockwise]))


def imir(axis: int) -> bytes:
    """Mirrored so that top and bottom swap (0), or left and right (1), as libheif reads it."""
    return box(b"imir", bytes([axis]))


# By EXIF orientation: the properties that say the same, applied in their order.
TURNED: Mapping[int, tuple[bytes, ...]] = {
    1: (),
    2: (imir(1),),
    3: (irot(2),),
    4: (imir(0),),
    5: (imir(1), irot(1)),
    6: (irot(3),),
    7: (imir(1), irot(3)),
    8: (irot(1),),
}


def picture_item(picture: Image.Image, *transforms: bytes, kind: bytes = b"hvc1") -> Item:
    configuration, payload = _coded(picture.tobytes(), picture.size)
    return Item(kind, (configuration, ispe(*picture.size), *transforms), payload)


def exif_item(tiff: bytes, of: int) -> Item:
    return Item(b"Exif", (), struct.pack(">I", 0) + tiff, (b"cdsc", (of,)))


def grid(tiles: Sequence[Item], columns: int, width: int, height: int) -> list[Item]:
    """The grid, item 1 and the one to show, and its tiles after it."""
    rows = len(tiles) // columns
    payload = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    ids = tuple(range(2, 2 + len(tiles)))
    hidden = (replace(tile, hidden=True) for tile in tiles)
    return [Item(b"grid", (ispe(width, height),), payload, (b"dimg", ids)), *hidden]


def file(
    items: Sequence[Item], primary: int = 1, brand: bytes = b"heic", *, version: int = 0
) -> bytes:
    """The whole file; equal payloads and equal properties are stored once.

    From version 1 of its list of places, what is no coded picture lies in the meta box itself.
    """
    payloads = list(dict.fromkeys(item.payload for item in items))
    start, places = 0, {}
    for payload in payloads:
        places[payload] = start
        start += len(payload)
    head = box(b"ftyp", brand, bytes(4), b"mif1", b"heic" if brand == b"mif1" else brand)
    offset = len(head) + len(_meta(items, primary, places, 0, version)) + 8
    return head + _meta(items, primary, places, offset, version) + box(b"mdat", *payloads)


def _iloc(items: Sequence[Item], places: dict[bytes, int], offset: int, version: int) -> bytes:
    """Where each item's data is: `version` 2 has wide numbers, 1 and 2 may mean the meta box."""
    rows, inside = [], b""
    for number, item in enumerate(items, 1):
        start = offset + places[item.payload]
        within = version > 0 and item.kind != b"hvc1"
        if within:
            start, inside = len(inside), inside + item.payload
        rows.append(struct.pack(">I" if version == 2 else ">H", number))
        rows.append(struct.pack(">H", within) if version else b"")
        rows.append(struct.pack(">HHII", 0, 1, start, len(item.payload)))
    count = struct.pack(">I" if version == 2 else ">H", len(items))
    places_box = full_box(b"iloc", bytes([0x44, 0]), count, *rows, version=version)
    return places_box + (box(b"idat", inside) if version else b"")


def _meta(
    items: Sequence[Item], primary: int, places: dict[bytes, int], offset: int, version: int
) -> bytes:
    known = list(dict.fromkeys(prop for item in items for prop in item.properties))
    numbered = list(enumerate(items, 1))
    entries = b"".join(
        full_box(
            b"infe",
            struct.pack(">HH", number, 0),
            item.kind,
            b"\0",
            version=2,
            flags=int(item.hidden),
        )
        for number, item in numbered
    )
    references = b"".join(
        box(item.refers[0], struct.pack(f">HH{len(ids)}H", number, len(ids), *ids))
        for number, item in numbered
        if item.refers and (ids := item.refers[1])
    )
    used = [(number, item) for number, item in numbered if item.properties]
    associations = b"".join(
        struct.pack(">HB", number, len(item.properties))
        + bytes(0x80 | 1 + known.index(prop) for prop in item.properties)
        for number, item in used
    )
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        full_box(b"pitm", struct.pack(">H", primary)),
        _iloc(items, places, offset, version),
        full_box(b"iinf", struct.pack(">H", len(items)), entries),
        full_box(b"iref", references),
        box(
            b"iprp",
            box(b"ipco", *known),
            full_box(b"ipma", struct.pack(">I", len(used)), associations),
        ),
    )


@cache
def _coded(pixels: bytes, size: tuple[int, int]) -> tuple[bytes, bytes]:
    """The decoder configuration and the bit stream an encoder makes of an RGB picture."""
    stream = io.BytesIO()
    pillow_heif.from_bytes("RGB", size, pixels).save(stream, quality=80)
    data = stream.getvalue()
    at = data.index(b"hvcC") - 4
    configuration = data[at : at + int.from_bytes(data[at : at + 4], "big")]
    return configuration, data[data.index(b"mdat") + 4 :]
