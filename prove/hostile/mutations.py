"""Almost valid inputs: seeds with a change, reproducible by their number."""

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Change = Callable[[bytes, Random, Sequence[bytes]], bytes]

_LONGEST = 300_000  # bytes: changes that repeat themselves end here
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1)
_VALUES: tuple[Any, ...] = (
    *(None, True, "", [], {}, -1, 0, 1e308, float("nan"), float("inf"), 2**63, 10**400),
    *("\0", "\ud800", "\r\nx: y", "../../x", "1e999", "\u202e", "9" * 5_000, "x" * 70_000),
)
_SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "riff"}


def mutated(seeds: Sequence[bytes], tokens: Sequence[bytes], lot: Random) -> bytes:
    """One of the seeds after one to four changes."""
    data = lot.choice(seeds)
    for _ in range(lot.choice((1, 1, 1, 2, 3, 4))):
        change = lot.choice(_CHANGES)
        data = change(data, lot, tokens or seeds)[:_LONGEST]
    return data


def _flip(data: bytes, lot: Random, __: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(lot.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[lot.randrange(len(changed))] ^= 1 << lot.randrange(8)
    return bytes(changed)


def _cut(data: bytes, lot: Random, _: Sequence[bytes]) -> bytes:
    return data[: lot.randrange(len(data) + 1)]


def _remove(data: bytes, lot: Random, _: Sequence[bytes]) -> bytes:
    start, end = _stretch(data, lot)
    return data[:start] + data[end:]


def _double(data: bytes, lot: Random, _: Sequence[bytes]) -> bytes:
    start, end = _stretch(data, lot)
    times = lot.choice((1, 1, 2, 30, 2_000))
    return data[:end] + data[start:end] * times + data[end:]


def _splice(data: bytes, lot: Random, others: Sequence[bytes]) -> bytes:
    other = lot.choice(others)
    start, end = _stretch(other, lot)
    at = lot.randrange(len(data) + 1)
    return data[:at] + lot.choice((other, other[start:end])) + data[at:]


def _number(data: bytes, lot: Random, _: Sequence[bytes]) -> bytes:
    """Write a number where a length may be."""
    form = lot.choice((">I", "<I", ">H", "<H", ">B"))
    size = struct.calcsize(form)
    number = lot.choice(_NUMBERS) & (2 ** (8 * size) - 1)
    at = lot.randrange(max(1, min(len(data), lot.choice((64, 1_024, 10**9)))))
    return data[:at] + struct.pack(form, number) + data[at + size :]


def _piece(data: bytes, lot: Random, __: Sequence[bytes]) -> bytes:
    """Drop, repeat, or move one of the format's pieces."""
    pieces = split(data)
    if len(pieces) < 2:
        return _double(data, lot, ())
    at = lot.randrange(len(pieces))
    piece = pieces.pop(at)
    for _ in range(lot.choice((0, 1, 2, 2, 40))):
        pieces.insert(lot.randrange(at, len(pieces) + 1), piece)
    return b"".join(pieces)


def _mend(data: bytes, _: Random, __: Sequence[bytes]) -> bytes:
    """Correct a PNG's checksums, so that its other faults are reached."""
    if not data.startswith(b"\x89PNG"):
        return data
    head, *chunks = split(data)
    right = (each[:-4] + struct.pack(">I", zlib.crc32(each[4:-4])) for each in chunks)
    return head + b"".join(right)


def _value(data: bytes, lot: Random, others: Sequence[bytes]) -> bytes:
    """Another value somewhere in a JSON document."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _splice(data, lot, others)
    return json.dumps(_changed(document, lot)).encode()


def _nest(data: bytes, lot: Random, _: Sequence[bytes]) -> bytes:
    opening, closing = lot.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"{'a'=", b"}")))
    start, end = _stretch(data, lot)
    depth = lot.choice((3, 200, 900, 980, 1_000, 20_000))
    inner = data[start:end] if depth < 200 else b"1"
    return data[:start] + opening * depth + inner + closing * depth + data[end:]


_CHANGES: tuple[Change, ...] = (
    *(_flip, _flip, _cut, _remove, _double, _splice, _number, _number),
    *(_piece, _piece, _mend, _value, _value, _nest),
)


def split(data: bytes) -> list[bytes]:
    """The input's parts: a PNG's chunks, a JPEG's segments, a HEIF's boxes, or lines."""
    kind = next((_SIGNATURES[each] for each in _SIGNATURES if data.startswith(each)), None)
    if kind is None and data[4:8] == b"ftyp":
        kind = "heif"
    if kind is None:
        return data.splitlines(keepends=True)
    starts, at = [0], {"png": 8, "jpeg": 2, "riff": 12, "heif": 0}[kind]
    while at < len(data) and len(starts) < 2_000:
        starts.append(at)
        at += max(2, _length(kind, data, at))
    return [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]


def _length(kind: str, data: bytes, at: int) -> int:
    """The length in bytes of the piece that begins there."""
    if kind == "jpeg":
        return len(data) if data[at + 1 : at + 2] == b"\xda" else 2 + _big(data[at + 2 : at + 4])
    if kind == "riff":
        return 8 + int.from_bytes(data[at + 4 : at + 8], "little")
    return _big(data[at : at + 4]) + (12 if kind == "png" else 0)


def _big(number: bytes) -> int:
    return int.from_bytes(number, "big")


def _stretch(data: bytes, lot: Random) -> tuple[int, int]:
    start = lot.randrange(len(data) + 1)
    return start, min(len(data), start + lot.choice((1, 2, 4, 16, 64, 256, 4_096)))


def _changed(value: Any, lot: Random) -> Any:
    """The value, with one of the values in it replaced."""
    if value and isinstance(value, dict) and lot.random() < 0.9:
        key = lot.choice([*value])
        if lot.random() < 0.1:
            return {each: held for each, held in value.items() if each != key}
        return {**value, key: _changed(value[key], lot)}
    if value and isinstance(value, list) and lot.random() < 0.9:
        at = lot.randrange(len(value))
        return [*value[:at], _changed(value[at], lot), *value[at + 1 :]]
    return lot.choice(_VALUES)
