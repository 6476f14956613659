"""The merging tree: regions joined two by two, those with the least between them first.

Region merging by a boundary cost, as in P. Salembier and L. Garrido, "Binary partition tree as an
efficient representation for image processing", IEEE Trans. Image Processing 9(4), 2000.
"""

import heapq
import math
from dataclasses import dataclass

import numpy as np

from local.gemini.vision.arrays import Labels
from local.gemini.vision.regions import Regions

_LEAST_DIFFERENCE = 0.2  # of colour, and of an edge: nothing is quite the same
_FULL_SIZE = 60  # pixels: smaller regions merge more readily
_SPECK_COST = 0.3  # what remains of the cost for the smallest
_TOLERATED = 1.02  # a cost may have grown by this much since it was queued


@dataclass(frozen=True, slots=True, eq=False)
class MergeTree:
    """Nodes 0 to `leaves` - 1 are regions, each later node is two earlier ones; the last is all."""

    leaves: int
    children: tuple[tuple[int, int], ...]  # of node leaves + i
    heights: tuple[float, ...]  # the cost at which a node came to be; 0 for leaves

    @property
    def nodes(self) -> int:
        return self.leaves + len(self.children)

    def below(self, node: int) -> tuple[int, int]:
        """The two nodes an inner node was made of."""
        return self.children[node - self.leaves]

    def partition(self, count: int) -> Labels:
        """Which of `count` parts each leaf is in, when merging stops at that many."""
        owner = list(range(self.nodes))
        first_undone = self.nodes - max(0, min(count, self.leaves) - 1)
        for node in range(first_undone - 1, self.leaves - 1, -1):
            for child in self.below(node):
                owner[child] = owner[node]
        return np.unique(owner[: self.leaves], return_inverse=True)[1].astype(np.int32)

    def members(self, node: int) -> list[int]:
        """The leaves under a node."""
        found, pending = [], [node]
        while pending:
            node = pending.pop()
            if node < self.leaves:
                found.append(node)
            else:
                pending.extend(self.below(node))
        return found


def merge_tree(regions: Regions) -> MergeTree:
    """The tree of all regions, down to one."""
    return _Merging(regions).run()


class _Merging:
    """Regions being merged; a border that has changed is queued again, a stale one is skipped."""

    def __init__(self, regions: Regions) -> None:
        self._leaves = regions.count
        self._area: list[float] = regions.area.tolist()
        self._mean: list[list[float]] = regions.mean.tolist()
        self._node = list(range(regions.count))  # the tree's node that a live region stands for
        self._alive = [True] * regions.count
        self._children: list[tuple[int, int]] = []
        self._heights = [0.0] * regions.count
        self._between: list[dict[int, list[float]]] = [{} for _ in range(regions.count)]
        edges = regions.borders
        pairs = zip(edges.first.tolist(), edges.second.tolist(), strict=True)
        sizes = zip(edges.strength.tolist(), edges.length.tolist(), strict=True)
        for (i, j), (strength, length) in zip(pairs, sizes, strict=True):
            self._between[i][j] = self._between[j][i] = [strength, length]
        self._queue = [
            (self._cost(i, j), i, j) for i in range(self._leaves) for j in self._between[i] if i < j
        ]
        heapq.heapify(self._queue)

    def run(self) -> MergeTree:
        while self._queue:
            queued, i, j = heapq.heappop(self._queue)
            if not (self._alive[i] and self._alive[j]) or j not in self._between[i]:
                continue
            cost = self._cost(i, j)
            if cost > queued * _TOLERATED + 1e-3:
                heapq.heappush(self._queue, (cost, i, j))
            elif len(self._between[i]) < len(self._between[j]):
                self._merge(j, i, cost)
            else:
                self._merge(i, j, cost)
        return MergeTree(self._leaves, tuple(self._children), tuple(self._heights))

    def _cost(self, i: int, j: int) -> float:
        """Colour difference times edge strength between two regions, as a geometric mean."""
        strength, length = self._between[i][j]
        colour = max(math.dist(self._mean[i], self._mean[j]), _LEAST_DIFFERENCE)
        edge = max(strength / length, _LEAST_DIFFERENCE)
        size = min(self._area[i], self._area[j]) / _FULL_SIZE
        return math.sqrt(colour * edge) * min(1.0, _SPECK_COST + (1 - _SPECK_COST) * size)

    def _merge(self, i: int, j: int, cost: float) -> None:
        """Region j becomes part of region i."""
        a, b = self._node[i], self._node[j]
        self._node[i] = self._leaves + len(self._children)
        self._children.append((a, b))
        self._heights.append(max(cost, self._heights[a], self._heights[b]))
        self._alive[j] = False
        share = self._area[j] / (self._area[i] + self._area[j])
        self._mean[i] = [
            x + (y - x) * share for x, y in zip(self._mean[i], self._mean[j], strict=True)
        ]
        self._area[i] += self._area[j]
        self._take_neighbours(i, j)

    def _take_neighbours(self, i: int, j: int) -> None:
        mine, theirs = self._between[i], self._between[j]
        del mine[j], theirs[i]
        self._between[j] = {}
        for k, border in theirs.items():
            del self._between[k][j]
            if k in mine:
                mine[k][0] += border[0]
                mine[k][1] += border[1]
            else:
                mine[k] = self._between[k][i] = border
            heapq.heappush(self._queue, (self._cost(i, k), i, k))
