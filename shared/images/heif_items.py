"""The boxes of a HEIF file (ISO/IEC 14496-12) and the items in them (ISO/IEC 23008-12)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

Places = tuple[tuple[int, int], ...]

_IN_FILE, _IN_BOX = 0, 1  # construction methods: where an item's data lies


class Box(NamedTuple):
    """`start` and `end` are those of its content."""

    kind: bytes
    start: int
    end: int


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Each box between `start` and `end`, as far as they make sense."""
    while start + 8 <= end:
        length, header = int.from_bytes(data[start : start + 4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        if length == 0:
            length = end - start
        if length < header:
            return
        yield Box(data[start + 4 : start + 8], start + header, min(start + length, end))
        start += length


def first(data: bytes, kind: bytes, start: int, end: int) -> Box:
    """The first box of that kind, or an empty one."""
    found = (box for box in boxes(data, start, end) if box.kind == kind)
    return next(found, Box(kind, end, end))


@dataclass(slots=True)
class Cursor:
    """Numbers in a row, between two places."""

    data: bytes
    at: int
    end: int

    def number(self, size: int) -> int:
        """The next one, of so many bytes; ValueError where the row is at its end."""
        self.at += size
        if self.at > self.end:
            raise ValueError("a box is cut short")
        return int.from_bytes(self.data[self.at - size : self.at], "big")


@dataclass(slots=True)
class Item:
    """`places` are where its data begins and ends; None where it goes beyond the file's end."""

    kind: bytes = b""
    places: Places | None = None
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    refers: list[tuple[bytes, int]] = field(default_factory=list)

    def values(self, kind: bytes) -> list[bytes]:
        """The contents of its properties of that kind."""
        return [content for name, content in self.properties if name == kind]

    def content(self, data: bytes) -> bytes:
        """What the file `data` holds of it."""
        return b"".join(data[start:end] for start, end in self.places or ())

    def made_of(self) -> list[int]:
        """The items this one is put together from: the tiles of a grid."""
        return [number for kind, number in self.refers if kind == b"dimg"]


@dataclass(frozen=True, slots=True)
class Items:
    """All items, by number, and that of the picture to show."""

    primary: int
    items: dict[int, Item]

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        """The items of a file, None if it lists none; ValueError if the lists make no sense."""
        meta = first(data, b"meta", 0, len(data))
        parts = {box.kind: box for box in boxes(data, meta.start + 4, meta.end)}
        if not {b"pitm", b"iinf", b"iloc"} <= set(parts):
            return None
        items = {number: Item(kind) for number, kind in _kinds(data, parts[b"iinf"])}
        empty = Box(b"", 0, 0)
        for number, places in _places(data, parts[b"iloc"], parts.get(b"idat", empty)):
            items.setdefault(number, Item()).places = places
        for number, kind, target in _references(data, parts.get(b"iref", empty)):
            items.setdefault(number, Item()).refers.append((kind, target))
        for number, kind, content in _properties(data, parts.get(b"iprp", empty)):
            items.setdefault(number, Item()).properties.append((kind, content))
        pitm = Cursor(data, parts[b"pitm"].start, parts[b"pitm"].end)
        return cls(pitm.number(4 if pitm.number(4) >> 24 else 2), items)

    def picture(self) -> list[Item]:
        """The primary item, all it is put together from, and its alpha channel."""
        waiting, seen = [self.primary, *self._alpha()], dict[int, Item]()
        while waiting:
            number = waiting.pop()
            if number not in seen:
                seen[number] = self.items.get(number, Item())
                waiting += seen[number].made_of()
        return list(seen.values())

    def _alpha(self) -> Iterator[int]:
        for number, item in self.items.items():
            if (b"auxl", self.primary) in item.refers and any(map(_is_alpha, item.values(b"auxC"))):
                yield number

    def about(self, kind: bytes) -> Iterator[Item]:
        """The items of such a kind that say something about the picture."""
        for item in self.items.values():
            if item.kind == kind and (b"cdsc", self.primary) in item.refers:
                yield item


def _is_alpha(aux: bytes) -> bool:
    return b"alpha" in aux or b"auxid:1\0" in aux


def _kinds(data: bytes, iinf: Box) -> Iterator[tuple[int, bytes]]:
    wide = data[iinf.start : iinf.start + 1] != b"\0"  # version 0 counts in 16 bits
    for box in boxes(data, iinf.start + (8 if wide else 6), iinf.end):
        entry = Cursor(data, box.start, box.end)
        number = entry.number(4 if entry.number(4) >> 24 == 3 else 2)
        entry.number(2)  # how it is protected
        yield number, entry.number(4).to_bytes(4, "big")


def _places(data: bytes, iloc: Box, idat: Box) -> Iterator[tuple[int, Places | None]]:
    row = Cursor(data, iloc.start, iloc.end)
    version = row.number(4) >> 24
    sizes = row.number(2)
    offsets, lengths, bases, indices = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(row.number(4 if version == 2 else 2)):
        number = row.number(4 if version == 2 else 2)
        method = row.number(2) & 15 if version else _IN_FILE
        row.number(2)  # which file
        base = row.number(bases)
        extents = []
        for _ in range(row.number(2)):
            row.number(indices if version else 0)
            extents.append((base + row.number(offsets), row.number(lengths)))
        within = {_IN_FILE: (0, len(data)), _IN_BOX: idat[1:]}.get(method)
        if within:
            yield number, _within(extents, *within)


def _within(extents: Sequence[tuple[int, int]], start: int, end: int) -> Places | None:
    """Where the extents of an item lie; a length of 0 is all there is."""
    places = tuple(
        (start + offset, start + offset + length if length else end) for offset, length in extents
    )
    return places if all(first <= last <= end for first, last in places) else None


def _references(data: bytes, iref: Box) -> Iterator[tuple[int, bytes, int]]:
    size = 4 if data[iref.start : iref.start + 1] == b"\1" else 2
    for box in boxes(data, iref.start + 4, iref.end):
        row = Cursor(data, box.start, box.end)
        number = row.number(size)
        for _ in range(row.number(2)):
            yield number, box.kind, row.number(size)


def _properties(data: bytes, iprp: Box) -> Iterator[tuple[int, bytes, bytes]]:
    shelf = first(data, b"ipco", iprp.start, iprp.end)
    known = [(box.kind, data[box.start : box.end]) for box in boxes(data, shelf.start, shelf.end)]
    for box in boxes(data, iprp.start, iprp.end):
        if box.kind != b"ipma":
            continue
        row = Cursor(data, box.start, box.end)
        head = row.number(4)
        wide = head & 1
        for _ in range(row.number(4)):
            number = row.number(4 if head >> 24 else 2)
            for _ in range(row.number(1)):
                index = row.number(2) & 0x7FFF if wide else row.number(1) & 0x7F
                if 0 < index <= len(known):
                    yield number, *known[index - 1]
