"""What a line of text says: PP-OCR's recogniser, which was trained with CTC.

A. Graves et al., "Connectionist temporal classification", ICML 2006: at each step along the line
there is one character or none; one that is repeated without none between is the same.
"""

import math
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from local.gemini.recognition.net import Net
from local.gemini.vision.arrays import Floats, Pixels

_HIGH = 48  # pixels: what the network takes
_STEP = 32  # pixels: widths are multiples of it, as the network is set up anew for each width
_NARROWEST, _WIDEST = 160, 4800
_LEAST = 4  # pixels of a strip's sides


class Reading(NamedTuple):
    """What a strip says, and how sure that is, 0..1."""

    text: str
    score: float


class Characters:
    """Reads strips that hold one line of text each."""

    def __init__(self, weights: Path) -> None:
        self._net = Net(weights / "text_reader.onnx")
        known = (weights / "characters.txt").read_text("utf-8").removesuffix("\n").split("\n")
        self._known = ["", *known, " "]

    def read(self, picture: Pixels, quad: Floats) -> Reading:
        """What stands in a quad, if its text begins at the first corner."""
        strip = _straightened(picture, quad)
        if strip is None:
            return Reading("", 0.0)
        width = min(_WIDEST, math.ceil(_HIGH * strip.shape[1] / strip.shape[0]))
        values = np.zeros((_HIGH, max(_NARROWEST, -(-width // _STEP) * _STEP), 3), np.float32)
        values[:, :width] = cv2.resize(strip, (width, _HIGH)).astype(np.float32) / 127.5 - 1
        shares = self._net(values[..., ::-1].transpose(2, 0, 1)[None])["characters"][0]
        return self._spelt(shares)

    def _spelt(self, shares: Floats) -> Reading:
        best = shares.argmax(1)
        new = (best > 0) & np.concatenate([[True], best[1:] != best[:-1]])
        if not new.any():
            return Reading("", 0.0)
        text = "".join(self._known[each] for each in best[new])
        return Reading(" ".join(text.split()), float(shares[new, best[new]].mean()))


def _straightened(picture: Pixels, quad: Floats) -> Pixels | None:
    """The quad's part of the picture as a rectangle, or None if it is too small."""
    sides = np.linalg.norm(np.roll(quad, -1, 0) - quad, axis=1)
    width, height = int(max(sides[0], sides[2])), int(max(sides[1], sides[3]))
    if min(width, height) < _LEAST:
        return None
    rectangle = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(quad.astype(np.float32), rectangle)
    strip: Pixels = cv2.warpPerspective(
        picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return strip
