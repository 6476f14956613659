"""Which characters a TrueType font has glyphs for, read from its cmap table (OpenType 1.9.1)."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Coverage:
    """Ascending, disjoint ranges of code points; `last` is inclusive."""

    first: tuple[int, ...]
    last: tuple[int, ...]

    def __contains__(self, character: str) -> bool:
        code = ord(character)
        at = bisect_right(self.first, code) - 1
        return at >= 0 and code <= self.last[at]


def read(path: Path) -> Coverage:
    """The coverage of the font file, by its widest subtable of format 12 or 4."""
    cmap = _table(path, b"cmap")
    count = struct.unpack_from(">H", cmap, 2)[0]
    offsets = [struct.unpack_from(">I", cmap, 8 + 8 * at)[0] for at in range(count)]
    formats = {struct.unpack_from(">H", cmap, offset)[0]: cmap[offset:] for offset in offsets}
    pairs = _format12(formats[12]) if 12 in formats else _format4(formats[4])
    ranges = sorted(pairs)
    return Coverage(tuple(first for first, _ in ranges), tuple(last for _, last in ranges))


def _table(path: Path, tag: bytes) -> bytes:
    with path.open("rb") as file:
        count = struct.unpack(">4xH6x", file.read(12))[0]
        entries = struct.iter_unpack(">4s4xII", file.read(16 * count))
        offset, length = next((offset, length) for name, offset, length in entries if name == tag)
        file.seek(offset)
        return file.read(length)


def _format12(table: bytes) -> Iterator[tuple[int, int]]:
    groups = struct.unpack_from(">I", table, 12)[0]
    for first, last, _ in struct.iter_unpack(">III", table[16 : 16 + 12 * groups]):
        yield first, last


def _format4(table: bytes) -> Iterator[tuple[int, int]]:
    size = struct.unpack_from(">H", table, 6)[0]  # twice the number of segments
    columns = [14, 16 + size, 16 + 3 * size]
    ends, starts, jumps = (
        struct.unpack_from(f">{size // 2}H", table, column) for column in columns
    )
    for at, (first, last, jump) in enumerate(zip(starts, ends, jumps, strict=True)):
        if first == 0xFFFF:
            continue
        if not jump:  # glyphs follow from the codes themselves
            yield first, last
            continue
        glyphs = columns[2] + 2 * at + jump  # the format counts from the jump's own position
        for code in range(first, last + 1):
            if any(table[glyphs + 2 * (code - first) :][:2]):  # 0: the box for what is missing
                yield code, code
