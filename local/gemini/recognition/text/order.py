"""The order in which a person reads lines: row by row; where there are columns, one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from local.gemini.recognition.text.line import Line

_SAME_ROW = 0.5  # of the lower line's height, between two lines' middles
_SAME_LINE = 0.4  # of the height, between two pieces of a line
_ALIKE = 1.6  # times as high
_PARALLEL = 0.9  # the cosine of an angle
_GAP = 0.6  # of a line's height, between columns
_COLUMN = 4  # lines of prose that make a column
_PROSE = 12  # characters of a line of prose; prices beside goods are no column


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A line along the axes of the text."""

    line: Line
    left: float
    right: float
    middle: float  # from above


_Row = list[_Placed]


def in_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines as they are read, the pieces of a broken line as one."""
    if not lines:
        return ()
    rows = _by_columns(_rows(_placed(lines)))
    return tuple(line for row in rows for line in _joined(row))


def _placed(lines: Sequence[Line]) -> list[_Placed]:
    along = np.sum([line.along for line in lines], 0)
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    axes = np.stack([along, [-along[1], along[0]]], 1)
    places = [(line.quad @ axes).T for line in lines]
    return [
        _Placed(line, float(x.min()), float(x.max()), float(y.mean()))
        for line, (x, y) in zip(lines, places, strict=True)
    ]


def _rows(lines: list[_Placed]) -> list[_Row]:
    """Rows from above, each from the left."""
    rows: list[_Row] = []
    for each in sorted(lines, key=lambda one: (one.middle, one.left)):
        if rows and _level(rows[-1][0], each):
            rows[-1].append(each)
        else:
            rows.append([each])
    return [_from_left(row) for row in rows]


def _from_left(row: _Row) -> _Row:
    return sorted(row, key=lambda one: one.left)


def _level(one: _Placed, other: _Placed) -> bool:
    reach = _SAME_ROW * min(one.line.height, other.line.height)
    return abs(one.middle - other.middle) < reach


@dataclass(frozen=True, slots=True)
class _Block:
    """Some rows on end that nothing crosses at one place."""

    first: int
    end: int  # the row after the last one
    place: float

    def sides(self, rows: list[_Row]) -> tuple[list[_Row], list[_Row]]:
        left = (
            [one for one in row if one.left < self.place] for row in rows[self.first : self.end]
        )
        right = (
            [one for one in row if one.left >= self.place] for row in rows[self.first : self.end]
        )
        return [row for row in left if row], [row for row in right if row]


def _by_columns(rows: list[_Row]) -> list[_Row]:
    """The rows in order; of two columns of prose, those of the left one come first."""
    found = max(_columns(rows), key=lambda block: block.end - block.first, default=None)
    if found is None:
        return rows
    parts = (rows[: found.first], *found.sides(rows), rows[found.end :])
    return [row for part in parts for row in _by_columns(part)]


def _columns(rows: list[_Row]) -> Iterator[_Block]:
    """Where there are two columns of prose."""
    for place in sorted({one.left for row in rows for one in row}):
        crossed = [any(_crosses(one, place) for one in row) for row in rows]
        for is_crossed, numbers in groupby(range(len(rows)), key=crossed.__getitem__):
            run = list(numbers)
            block = _Block(run[0], run[-1] + 1, place)
            if not is_crossed and all(map(_is_prose, block.sides(rows))):
                yield block


def _crosses(one: _Placed, place: float) -> bool:
    return one.left < place < one.right + _GAP * one.line.height


def _is_prose(rows: list[_Row]) -> bool:
    lines = [one for row in rows for one in row]
    prose = sum(len(one.line.text) >= _PROSE for one in lines)
    return prose >= max(_COLUMN, len(lines) / 2)


def _joined(row: _Row) -> Iterator[Line]:
    """The lines of a row; pieces that nearly touch are one line."""
    last = row[0]
    for each in row[1:]:
        if _belong(last, each):
            last = _one(last, each)
        else:
            yield last.line
            last = each
    yield last.line


def _belong(one: _Placed, other: _Placed) -> bool:
    low, high = sorted((one.line.height, other.line.height))
    along = one.line.along @ other.line.along
    lengths = np.linalg.norm(one.line.along) * np.linalg.norm(other.line.along)
    near = other.left - one.right < _SAME_LINE * low
    return bool(near and high < _ALIKE * low and along > _PARALLEL * lengths)


def _one(one: _Placed, other: _Placed) -> _Placed:
    a, b = one.line, other.line
    score = (a.score * len(a.text) + b.score * len(b.text)) / (len(a.text) + len(b.text))
    quad = np.stack([a.quad[0], b.quad[1], b.quad[2], a.quad[3]])
    joined = Line(f"{a.text} {b.text}", score, quad)
    return _Placed(joined, one.left, other.right, (one.middle + other.middle) / 2)
