"""Reads the text in a picture: one network finds its lines, another reads each of them."""

from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from local.gemini.recognition.text.areas import Finder
from local.gemini.recognition.text.characters import Characters, Reading
from local.gemini.recognition.text.line import Line
from local.gemini.recognition.text.order import in_order
from local.gemini.vision.arrays import Floats, Pixels

__all__ = ["MOST_LINES", "Line", "Reader"]

MOST_LINES = 300
_LONGEST = 4096  # pixels: larger pictures are shrunk
_LEAST = 8  # pixels of the shorter side
_TALL = 1.5  # times as high as wide: text that goes down or up
_DOUBTFUL = 0.9  # score below which text may stand the other way round
_CLEARER = 0.15  # by how much the other way must be surer
_ENOUGH = (1.1, 0.97, 0.9, 0.85, 0.8, 0.75)  # score of a text with so many different characters
_ENOUGH_OF_MORE = 0.7


class Reader:
    """Safe to use from many threads, which take turns: so memory stays bounded.

    The same picture gets the same lines.
    """

    def __init__(self, weights: Path) -> None:
        self._finder = Finder(weights)
        self._characters = Characters(weights)
        self._turn = Lock()

    def read(self, picture: Pixels) -> tuple[Line, ...]:
        """The lines in the order in which a person reads them, at most MOST_LINES."""
        if min(picture.shape[:2]) < _LEAST:
            return ()
        by = max(1.0, max(picture.shape[:2]) / _LONGEST)
        with self._turn:
            lines = self._lines(_shrunk(picture, by))
        edge = picture.shape[1::-1]
        return tuple(
            Line(each.text, each.score, np.clip(each.quad * by, 0, edge))
            for each in in_order(lines)
        )

    def _lines(self, picture: Pixels) -> list[Line]:
        quads = sorted(self._finder.quads(picture), key=lambda quad: float(quad[:, 1].min()))
        lines = (self._line(picture, quad) for quad in quads[:MOST_LINES])
        return [line for line in lines if line]

    def _line(self, picture: Pixels, quad: Floats) -> Line | None:
        """The text of a quad, or None if what stands there hardly is text."""
        width, height = (float(np.linalg.norm(quad[i] - quad[1])) for i in (0, 2))
        ways = (1, 3) if height >= _TALL * width else (0, 2)  # quarter turns clockwise
        way, reading = ways[0], self._characters.read(picture, np.roll(quad, -ways[0], 0))
        if reading.score < _DOUBTFUL:
            other = self._characters.read(picture, np.roll(quad, -ways[1], 0))
            if other.score > reading.score + _CLEARER:
                way, reading = ways[1], other
        if not _is_sure(reading):
            return None
        return Line(reading.text, reading.score, np.roll(quad, -way, 0))


def _shrunk(picture: Pixels, by: float) -> Pixels:
    if by == 1:
        return picture
    shrunk: Pixels = cv2.resize(picture, None, fx=1 / by, fy=1 / by, interpolation=cv2.INTER_AREA)
    return shrunk


def _is_sure(reading: Reading) -> bool:
    """Whether it is text: round, straight and repeated things look like few characters."""
    kinds = len({each for each in reading.text if each.isalnum()})
    if kinds == 1 and not reading.text.isascii():
        return False  # a window looks like 田
    enough = _ENOUGH[kinds] if kinds < len(_ENOUGH) else _ENOUGH_OF_MORE
    return reading.score >= enough
