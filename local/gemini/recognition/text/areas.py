"""Where text stands, as PP-OCR's detector sees it.

It draws each line of text thinner than it is, so that lines stay apart, and its outlines are grown
again, as in M. Liao et al., "Real-time scene text detection with differentiable binarization",
AAAI 2020.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from local.gemini.recognition.net import Net
from local.gemini.vision.arrays import Floats, Pixels

_STEP = 32  # pixels: sides that the network takes are multiples of it
_FIRST = 0.5  # the scale of a first look: text that can be read at all is seen at it
_FIRST_SIDES = 736, 1024  # pixels of the longer side at that look: at least, at most
_SMALL = 18.0  # pixels of a line's height at that look, below which a second one is worth it
_SMALLER = 0.25  # the share of lines that are smaller
_CLOSER = 2.2  # the scale of a second look by that of the first
_MOST_ENLARGED = 1.5
_MOST_PIXELS = 1_000_000  # at a second look; the network takes 130 bytes for each
_WORTH = 1.15  # times closer, at least
_TEXT = 0.2  # share that makes a pixel text
_SURE = 0.4  # mean share within an outline
_GROWN = 1.4  # area by perimeter, so many times
_LEAST = 3  # pixels of an outline's shorter side
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Finder:
    """Finds lines of text."""

    def __init__(self, weights: Path) -> None:
        self._net = Net(weights / "text_detector.onnx")

    def quads(self, picture: Pixels) -> list[Floats]:
        """The corners of each line, clockwise from its upper left.

        Where text is small, a second look is taken at the part of the picture that has some.
        """
        longest = max(picture.shape[:2])
        least, most = _FIRST_SIDES
        scale = min(1.0, max(least, min(most, _FIRST * longest)) / longest)
        seen = self._look(picture, scale)
        if not seen:
            return seen
        height = float(np.quantile([_height(quad) for quad in seen], _SMALLER))
        part = _part(picture, seen, 2 * height)
        closer = min(_MOST_ENLARGED, scale * _CLOSER, math.sqrt(_MOST_PIXELS / part.area))
        if height * scale >= _SMALL or closer < scale * _WORTH:
            return seen
        corner = np.array([part.left, part.top], np.float32)
        window = picture[part.top : part.bottom, part.left : part.right]
        return [quad + corner for quad in self._look(window, closer)]

    def _look(self, picture: Pixels, scale: float) -> list[Floats]:
        height, width = picture.shape[:2]
        size = _fitting(width * scale), _fitting(height * scale)
        shrunk = cv2.resize(
            picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        )
        values = (shrunk[..., ::-1].astype(np.float32) / 255 - _MEAN) / _SPREAD  # blue first
        shares = self._net(values.transpose(2, 0, 1)[None])["text"][0, 0]
        by = np.array([width / size[0], height / size[1]], np.float32)
        return [quad * by for quad in _outlines(shares)]


class _Part(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


def _part(picture: Pixels, quads: list[Floats], margin: float) -> _Part:
    """The part of a picture around some quads."""
    corners = np.concatenate(quads)
    left, top = np.maximum(corners.min(0) - margin, 0).astype(int)
    right, bottom = np.minimum(corners.max(0) + margin, picture.shape[1::-1]).astype(int)
    return _Part(int(left), int(top), int(right), int(bottom))


def _fitting(side: float) -> int:
    return max(_STEP, round(side / _STEP) * _STEP)


def _height(quad: Floats) -> float:
    return float(min(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[1])))


def _outlines(shares: Floats) -> Iterator[Floats]:
    text = (shares > _TEXT).astype(np.uint8)
    for outline in cv2.findContours(text, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
        centre, (one, other), angle = cv2.minAreaRect(outline)
        if min(one, other) < _LEAST or _mean_within(outline, shares) < _SURE:
            continue
        more = _GROWN * one * other / (one + other)
        yield _from_upper_left(cv2.boxPoints((centre, (one + more, other + more), angle)))


def _mean_within(outline: Floats, shares: Floats) -> float:
    left, top, width, height = cv2.boundingRect(outline)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [outline - [left, top]], 1)
    return float(cv2.mean(shares[top : top + height, left : left + width], inside)[0])


def _from_upper_left(corners: Floats) -> Floats:
    """The four corners clockwise; text that stands upright begins at the first."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = (pair[np.argsort(pair[:, 1], kind="stable")] for pair in (by_x[:2], by_x[2:]))
    return np.stack([left[0], right[0], right[1], left[1]])
