"""A mask with soft edges over a window of a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from local.gemini.vision.arrays import Bits, Floats

_CRUMB = 0.1  # of the largest piece: smaller ones are dropped
_PINHOLE = 0.02  # of the whole: smaller holes are filled
_TIE = 0.02  # of probability, within which both masks keep a pixel


@dataclass(frozen=True, slots=True, eq=False)
class SoftMask:
    """How surely each pixel of a window belongs, 0..1; `left` and `top` say where the window is."""

    probability: Floats
    left: int
    top: int

    def tidied(self) -> "SoftMask":
        """The same without crumbs and pinholes."""
        inside = self.probability > 0.5
        kept = np.where(_crumbs(inside), np.minimum(self.probability, 0.2), self.probability)
        filled = np.where(_pinholes(kept > 0.5), np.maximum(kept, 0.9), kept)
        return SoftMask(filled, self.left, self.top)

    def less(self, others: Sequence["SoftMask"]) -> "SoftMask":
        """The same without the pixels of which another mask is surer."""
        kept = self.probability.copy()
        for other in others:
            kept[kept < other.over(self) - _TIE] = 0
        return SoftMask(kept, self.left, self.top)

    def over(self, other: "SoftMask") -> Floats:
        """Its values over another mask's window, 0 where it does not reach."""
        high, wide = other.probability.shape
        drawn = np.zeros((high, wide), np.float32)
        own_high, own_wide = self.probability.shape
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom = min(self.top + own_high, other.top + high)
        right = min(self.left + own_wide, other.left + wide)
        if top < bottom and left < right:
            drawn[top - other.top : bottom - other.top, left - other.left : right - other.left] = (
                self.probability[
                    top - self.top : bottom - self.top, left - self.left : right - self.left
                ]
            )
        return drawn


def _crumbs(inside: Bits) -> Bits:
    areas, labels = _pieces(inside)
    return _among(labels, areas < _CRUMB * areas.max(initial=0))


def _pinholes(inside: Bits) -> Bits:
    areas, labels = _pieces(~inside)
    return _among(labels, areas < _PINHOLE * inside.sum())


def _pieces(bits: Bits) -> tuple[Floats, Floats]:
    """The areas of the connected pieces, and which piece each pixel is in, 1 being the first."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(bits.astype(np.uint8), connectivity=4)
    return stats[1:, cv2.CC_STAT_AREA], labels


def _among(labels: Floats, chosen: Bits) -> Bits:
    return np.concatenate([[False], chosen])[labels]
