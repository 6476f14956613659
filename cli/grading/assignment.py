"""The best way to pair the members of two groups.

H. W. Kuhn, "The Hungarian method for the assignment problem", 1955, in the form with potentials
and shortest augmenting paths (R. Jonker, A. Volgenant, 1987): cubic in the members of a group that
hangs together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import inf

Pair = tuple[int, int]  # a member of the first group, and one of the second


def best(gains: Mapping[Pair, float]) -> list[Pair]:
    """As many pairs as can be, and of those the ones with the largest sum of gains.

    `gains` has the pairs that are possible, each with a gain from 0 to 1. No member is in two
    pairs. The pairs come in the order of their members.
    """
    chosen = [pair for part in _parts(gains) for pair in _solved(part)]
    return sorted(chosen)


def _parts(gains: Mapping[Pair, float]) -> list[dict[Pair, float]]:
    """The possible pairs in parts that have no member in common."""
    by_one, by_other = defaultdict[int, list[Pair]](list), defaultdict[int, list[Pair]](list)
    for pair in gains:
        by_one[pair[0]].append(pair)
        by_other[pair[1]].append(pair)
    parts, seen = list[dict[Pair, float]](), set[Pair]()
    for first in gains:
        part, ahead = dict[Pair, float](), [first]
        while ahead:
            pair = ahead.pop()
            if pair not in seen:
                seen.add(pair)
                part[pair] = gains[pair]
                ahead += by_one[pair[0]] + by_other[pair[1]]
        if part:
            parts.append(part)
    return parts


def _solved(gains: Mapping[Pair, float]) -> list[Pair]:
    """The best pairs of one part."""
    if len(gains) == 1:
        return list(gains)
    ones, others = sorted({one for one, _ in gains}), sorted({other for _, other in gains})
    turned = len(ones) > len(others)
    rows, columns = (others, ones) if turned else (ones, others)
    one_more = len(rows) + 1.0  # a pair more outweighs all gains
    costs = [
        [
            -(one_more + gains[pair]) if (pair := _pair(row, column, turned)) in gains else 0.0
            for column in columns
        ]
        for row in rows
    ]
    pairs = [
        _pair(rows[row], columns[column], turned) for column, row in _Search(costs).run().items()
    ]
    return [pair for pair in pairs if pair in gains]


def _pair(row: int, column: int, turned: bool) -> Pair:  # noqa: FBT001  # of one caller
    return (column, row) if turned else (row, column)


class _Search:
    """Finds a column for each row at the lowest sum of costs; there are no fewer columns."""

    def __init__(self, costs: Sequence[Sequence[float]]) -> None:
        self._costs = costs
        self._columns = range(len(costs[0]))
        self._of_row = [0.0] * len(costs)  # potentials
        self._of_column = [0.0] * len(costs[0])
        self._row_at = dict[int, int]()  # by column

    def run(self) -> dict[int, int]:
        """The row of each column that has one."""
        for row in range(len(self._costs)):
            self._place(row)
        return self._row_at

    def _place(self, row: int) -> None:
        """Give the row a column, by the shortest path to a free one."""
        slack = [inf] * len(self._columns)
        before = dict[int, int | None]()  # the column from which one is reached
        reached = set[int]()
        here: int | None = None
        while here is None or here in self._row_at:
            self._relax(row if here is None else self._row_at[here], here, slack, before, reached)
            nearest = min((slack[each], each) for each in self._columns if each not in reached)
            self._shift(row, nearest[0], reached, slack)
            here = nearest[1]
            reached.add(here)
        while here is not None:
            last = before[here]
            self._row_at[here] = row if last is None else self._row_at[last]
            here = last

    def _relax(
        self,
        row: int,
        here: int | None,
        slack: list[float],
        before: dict[int, int | None],
        reached: set[int],
    ) -> None:
        for column in self._columns:
            if column not in reached:
                cost = self._costs[row][column] - self._of_row[row] - self._of_column[column]
                if cost < slack[column]:
                    slack[column], before[column] = cost, here

    def _shift(self, row: int, by: float, reached: set[int], slack: list[float]) -> None:
        self._of_row[row] += by
        for column in self._columns:
            if column in reached:
                self._of_row[self._row_at[column]] += by
                self._of_column[column] -= by
            else:
                slack[column] -= by
