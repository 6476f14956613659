"""Which codecs a HEIF file asks for (ISO/IEC 14496-12 boxes, ISO/IEC 23008-12 items)."""

from collections.abc import Iterator

# The codecs one meets in HEIF files that a decoder for HEVC cannot read.
_FOREIGN = {
    b"av01": "AV1",
    b"avc1": "H.264",
    b"evc1": "EVC",
    b"j2k1": "JPEG 2000",
    b"jpeg": "JPEG",
    b"unci": "uncompressed pixels",
    b"vvc1": "VVC",
}


def foreign_codec(data: bytes) -> str | None:
    """The name of the codec that takes the place of HEVC in this file, None if HEVC is there."""
    kinds = set(_item_types(data))
    if b"hvc1" in kinds:
        return None
    return next((_FOREIGN[kind] for kind in sorted(kinds) if kind in _FOREIGN), None)


def _item_types(data: bytes) -> Iterator[bytes]:
    for start, end in _boxes(data, b"meta", 0, len(data)):
        for first, last in _boxes(data, b"iinf", start + 4, end):
            wide = data[first : first + 1] != b"\0"  # version 0 counts in 16 bits
            for at, _ in _boxes(data, b"infe", first + (8 if wide else 6), last):
                skipped = 10 if data[at : at + 1] == b"\3" else 8  # version 3: 32-bit item ids
                yield data[at + skipped : at + skipped + 4]


def _boxes(data: bytes, wanted: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the content of each box of the `wanted` type lies between `start` and `end`."""
    while start + 8 <= end:
        length, header = int.from_bytes(data[start : start + 4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        if length == 0:
            length = end - start
        if length < header:
            return
        if data[start + 4 : start + 8] == wanted:
            yield start + header, min(start + length, end)
        start += length
