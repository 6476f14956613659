"""The best cut through a merging tree: which of its nodes are things.

A node is worth its area times how long it lasts in the tree (an excess of mass), its share of
foreground, and how convex it is.
"""

import cv2
import numpy as np

from local.gemini.vision.arrays import Bits, Floats, Labels
from local.gemini.vision.convexity import hull_area
from local.gemini.vision.regions import frame
from local.gemini.vision.tree import MergeTree

LEAST_AREA = 9e-4  # of the picture
MOST_FRAME = 0.45  # of the picture's frame that a thing may hold
_MOST_AREA = 0.92
_LEAST_FOREGROUND = 0.45
_LEAST_LIFE = 0.01
_CONVEXITY_WEIGHT = 3


def cut(tree: MergeTree, labels: Labels, front: Floats) -> list[int]:
    """The nodes of most worth that do not overlap; `front` is the leaves' foreground, 0..1."""
    nodes = _Nodes(tree, labels, front)
    chosen: list[bool] = nodes.eligible.tolist()
    worth = [nodes.worth(node) if chosen[node] else 0.0 for node in range(tree.nodes)]
    for node in range(tree.leaves, tree.nodes):
        parts = sum(worth[child] for child in tree.below(node))
        if parts > worth[node]:
            worth[node], chosen[node] = parts, False
    return _topmost(tree, worth, chosen)


def _topmost(tree: MergeTree, worth: list[float], chosen: list[bool]) -> list[int]:
    found, pending = [], [tree.nodes - 1]
    while pending:
        node = pending.pop()
        if chosen[node]:
            found.append(node)
        elif node >= tree.leaves and worth[node] > 0:
            pending.extend(tree.below(node))
    return found


class _Nodes:
    """What is measured of every node of a tree."""

    def __init__(self, tree: MergeTree, labels: Labels, front: Floats) -> None:
        self._tree = tree
        self._area = self._summed(np.bincount(labels.ravel(), minlength=tree.leaves))
        self._front = self._summed(front * self._area[: tree.leaves]) / self._area
        edge = frame(labels)
        held = self._summed(np.bincount(edge, minlength=tree.leaves) / len(edge))
        self._life = self._lives()
        self._hulls: dict[int, Labels] = {}
        self._order = np.argsort(labels.ravel(), kind="stable")
        self._start = np.concatenate([[0], np.cumsum(self._area[: tree.leaves])]).astype(int)
        self._width = labels.shape[1]
        share = self._area / labels.size
        self.eligible: Bits = (
            (share > LEAST_AREA)
            & (share < _MOST_AREA)
            & (self._front > _LEAST_FOREGROUND)
            & (held < MOST_FRAME)
        )

    def worth(self, node: int) -> float:
        """What is gained by calling a node a thing."""
        solidity = min(1.0, self._area[node] / hull_area(self._hull(node)))
        mass = self._area[node] * self._life[node] * self._front[node]
        return float(mass * solidity**_CONVEXITY_WEIGHT)

    def _summed(self, leaves: Floats | Labels) -> Floats:
        total = np.concatenate([leaves, np.zeros(len(self._tree.children))])
        for node in range(self._tree.leaves, self._tree.nodes):
            a, b = self._tree.below(node)
            total[node] = total[a] + total[b]
        return total

    def _lives(self) -> Floats:
        """From the cost at which a node came to be to the cost at which it was merged again."""
        born = np.array(self._tree.heights)
        died = np.full(self._tree.nodes, born[-1])
        for node in range(self._tree.leaves, self._tree.nodes):
            died[list(self._tree.below(node))] = born[node]
        lives: Floats = np.maximum(died - born, _LEAST_LIFE)
        return lives

    def _hull(self, node: int) -> Labels:
        if node not in self._hulls:
            self._hulls[node] = cv2.convexHull(self._points(node)).reshape(-1, 2)
        return self._hulls[node]

    def _points(self, node: int) -> Labels:
        if node >= self._tree.leaves:
            return np.vstack([self._hull(child) for child in self._tree.below(node)])
        pixels = self._order[self._start[node] : self._start[node + 1]]
        return np.stack([pixels % self._width, pixels // self._width], 1).astype(np.int32)
