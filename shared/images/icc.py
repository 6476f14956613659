"""An RGB colour space given by numbers, as an ICC profile (ICC.1:2001-04)."""

import struct
from collections.abc import Callable, Sequence
from math import isfinite

Chromaticity = tuple[float, float]
Curve = Callable[[float], float]  # from a sample to light, both 0 to 1
Vector = tuple[float, ...]

SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
D65 = (0.3127, 0.3290)

_D50 = (0.9642, 1.0, 0.8249)
_STEPS = 255 * 4  # so that each 8-bit sample falls on an entry of the table
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


def profile(primaries: tuple[Chromaticity, ...], white: Chromaticity, curve: Curve) -> bytes:
    """The profile; ValueError if there is no such space."""
    try:
        columns = _adapted(primaries, white)
    except ZeroDivisionError as error:
        raise ValueError("chromaticities that span no space") from error
    light = (min(1.0, max(0.0, curve(step / _STEPS))) for step in range(_STEPS + 1))
    table = struct.pack(f">{_STEPS + 1}H", *(round(value * 65_535) for value in light))
    curv = b"curv\0\0\0\0" + struct.pack(">I", _STEPS + 1) + table
    desc = b"desc\0\0\0\0" + struct.pack(">I", 4) + b"RGB\0" + bytes(78 + 1)
    tags = {b"desc": desc, b"wtpt": _xyz(_D50)}
    for letter, column in zip(b"rgb", columns, strict=True):
        tags[b"%cXYZ" % letter] = _xyz(column)
        tags[b"%cTRC" % letter] = curv
    return _file(tags)


def _file(tags: dict[bytes, bytes]) -> bytes:
    places, body, table = dict[bytes, int](), b"", struct.pack(">I", len(tags))
    for name, content in tags.items():
        if content not in places:  # one curve serves all three
            places[content] = 132 + 12 * len(tags) + len(body)
            body += content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", places[content], len(content))
    kind = b"\2\x10\0\0" + b"mntr" + b"RGB " + b"XYZ " + bytes(12) + b"acsp" + bytes(28)
    head = bytes(8) + kind + _xyz(_D50)[8:] + bytes(48)
    return struct.pack(">I", len(head) + len(table) + len(body)) + head[4:] + table + body


def _xyz(values: Vector) -> bytes:
    if not all(isfinite(value) and abs(value) < 32_768 for value in values):
        raise ValueError("chromaticities that span no space")
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65_536) for value in values))


def _adapted(primaries: Sequence[Chromaticity], white: Chromaticity) -> list[Vector]:
    """What each primary adds to white, as seen under D50."""
    light = _of(white)
    colours = [_of(one) for one in primaries]
    shares = _solved(colours, light)
    columns = [tuple(share * v for v in one) for share, one in zip(shares, colours, strict=True)]
    seen, wanted = _times(_BRADFORD, light), _times(_BRADFORD, _D50)
    gains = [to / by for to, by in zip(wanted, seen, strict=True)]
    rows = list(zip(*_BRADFORD, strict=True))  # its columns, to solve for what has such responses
    return [
        _solved(rows, tuple(map(float.__mul__, gains, _times(_BRADFORD, column))))
        for column in columns
    ]


def _of(chromaticity: Chromaticity) -> Vector:
    """X, Y and Z at Y = 1."""
    x, y = chromaticity
    return x / y, 1.0, (1 - x - y) / y


def _times(matrix: Sequence[Vector], vector: Vector) -> Vector:
    return tuple(sum(map(float.__mul__, row, vector)) for row in matrix)


def _solved(columns: Sequence[Vector], vector: Vector) -> Vector:
    """How much of each column adds up to the vector (Cramer's rule)."""
    whole = _determinant(*columns)
    replaced = ([*columns[:at], vector, *columns[at + 1 :]] for at in range(3))
    return tuple(_determinant(*each) / whole for each in replaced)


def _determinant(a: Vector, b: Vector, c: Vector) -> float:
    return (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )
