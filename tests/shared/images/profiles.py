"""Colour profiles made from primaries, and how far two pixels lie apart."""

import struct

# Red, green and blue of Display P3 in linear light, as XYZ under D50: what Apple's profile holds.
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


def matrix_profile(primaries: tuple[tuple[float, float, float], ...], gamma: float) -> bytes:
    """An RGB display profile of three primaries and one gamma (ICC.1, version 2.1)."""

    def xyz(values: tuple[float, ...]) -> bytes:
        fixed = (round(value * 65536) for value in values)
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *fixed)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    name = b"Wide\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78 + 1)
    tags = {b"desc": described, b"wtpt": xyz((0.9642, 1.0, 0.8249))}
    for letter, primary in zip(b"rgb", primaries, strict=True):
        tags[bytes([letter]) + b"XYZ"] = xyz(primary)
        tags[bytes([letter]) + b"TRC"] = curve
    table, body, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", offset + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(
        ">I4s4s4s4s4s12s4s",
        0,
        bytes(4),
        b"\2\x10\0\0",
        b"mntr",
        b"RGB ",
        b"XYZ ",
        bytes(12),
        b"acsp",
    )
    head += bytes(28) + struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    profile = head + table + body
    return struct.pack(">I", len(profile)) + profile[4:]


def distance(pixel: object, other: object) -> int:
    assert isinstance(pixel, tuple)
    assert isinstance(other, tuple)
    return max(abs(a - b) for a, b in zip(pixel, other, strict=True))
