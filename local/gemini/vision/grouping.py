"""Joining pieces into things.

A piece that is enclosed or ragged joins the neighbour it shares most outline with; neighbours join
if together they are as convex as apart; a cluster of very many touching pieces is one thing.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from local.gemini.vision.arrays import Bits, Labels
from local.gemini.vision.convexity import hull_area
from local.gemini.vision.cut import MOST_FRAME
from local.gemini.vision.regions import beside, frame

_LEAST_SHARE = 0.2  # of its outline that a piece must share with a neighbour to join it
_ENCLOSED = 0.55
_CONVEX = 0.93
_HALFWAY = 0.33  # share of outline from which being about as convex is enough
_ABOUT = 0.05
_RAGGED = 0.85  # a piece less convex than this joins
_RAGGED_SHARE = 0.4
_MANY = 9  # touching pieces
_TOUCH = 4  # pixels of common outline


@dataclass(frozen=True, slots=True, order=True)
class _Offer:
    """That a piece joins a neighbour; the largest share of its outline goes first."""

    share: float
    piece: int
    neighbour: int


def grouped(labels: Labels, count: int) -> list[Bits]:
    """The things made of `count` pieces; in `labels` -1 is background."""
    pieces = _Pieces(labels, count)
    pieces.join_neighbours()
    pieces.join_clusters()
    return [pieces.labels == piece for piece in sorted(pieces.alive)]


class _Pieces:
    def __init__(self, labels: Labels, count: int) -> None:
        self.labels = labels.copy()
        self.alive = set(range(count))
        one, other = beside(labels)
        apart = one != other
        common = np.zeros((count + 1, count + 1))  # its last row and column: the background
        np.add.at(common, (one[apart], other[apart]), 1)
        self._common = common + common.T
        self._area = np.bincount(labels.ravel() + 1, minlength=count + 1)[1:].astype(float)
        edge = frame(labels)
        self._held = np.bincount(edge + 1, minlength=count + 1)[1:] / len(edge)
        self._hulls = [_hull_of(labels == piece) for piece in range(count)]

    def join_neighbours(self) -> None:
        """Take the best offer, again and again, until there is none."""
        offers = {piece: offer for piece in self.alive if (offer := self._offer(piece))}
        while offers:
            best = max(offers.values())
            self._join(best.piece, best.neighbour)
            changed = {best.neighbour, *self._touching(best.neighbour)}
            changed |= {offer.piece for offer in offers.values() if offer.neighbour == best.piece}
            offers.pop(best.piece)
            for piece in changed & self.alive:
                offers.pop(piece, None)
                if offer := self._offer(piece):
                    offers[piece] = offer

    def join_clusters(self) -> None:
        """Make one thing of each cluster of very many pieces."""
        left = set(self.alive)
        while left:
            cluster = self._cluster(min(left))
            left -= cluster
            if len(cluster) < _MANY or self._held[list(cluster)].sum() >= MOST_FRAME:
                continue
            largest = max(sorted(cluster), key=lambda piece: self._area[piece])
            for piece in cluster - {largest}:
                self._join(piece, largest)

    def _offer(self, piece: int) -> _Offer | None:
        """The neighbour a piece should join, if any."""
        shares = self._common[piece, :-1] / max(self._common[piece].sum(), 1)
        near = np.flatnonzero(shares >= _LEAST_SHARE)
        for neighbour in sorted(near.tolist(), key=lambda other: -shares[other]):
            if self._belongs(piece, neighbour, float(shares[neighbour])):
                return _Offer(float(shares[neighbour]), piece, neighbour)
        return None

    def _belongs(self, piece: int, neighbour: int, share: float) -> bool:
        if self._held[piece] + self._held[neighbour] >= MOST_FRAME:
            return False
        apart = self._solidity(piece), self._solidity(neighbour)
        if share > _RAGGED_SHARE and apart[0] < _RAGGED:
            return True
        areas = self._area[piece], self._area[neighbour]
        if areas[0] > areas[1]:
            return False
        together = sum(areas) / hull_area(self._union(piece, neighbour))
        before = float(np.average(apart, weights=areas))
        about_as_convex = share > _HALFWAY and together > before - _ABOUT
        return share > _ENCLOSED or together > _CONVEX or about_as_convex

    def _join(self, piece: int, target: int) -> None:
        self.alive.remove(piece)
        self.labels[self.labels == piece] = target
        self._hulls[target] = self._union(piece, target)
        for measure in (self._area, self._held, self._common, self._common.T):
            measure[target] += measure[piece]
            measure[piece] = 0
        self._common[target, target] = 0

    def _cluster(self, start: int) -> set[int]:
        found, pending = set(), [start]
        while pending:
            piece = pending.pop()
            if piece not in found:
                found.add(piece)
                pending.extend(self._touching(piece, _TOUCH))
        return found

    def _touching(self, piece: int, least: float = 0) -> list[int]:
        return np.flatnonzero(self._common[piece, :-1] > least).tolist()

    def _solidity(self, piece: int) -> float:
        return float(self._area[piece] / hull_area(self._hulls[piece]))

    def _union(self, piece: int, other: int) -> Labels:
        return cv2.convexHull(np.vstack([self._hulls[piece], self._hulls[other]]))


def _hull_of(mask: Bits) -> Labels:
    outlines, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    return cv2.convexHull(np.vstack(outlines))
