"""One thing in a picture, in a model's terms: a box in thousandths and a mask within it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from local.gemini.vision.arrays import Floats, Pixels
from local.gemini.vision.colours import main_colours
from local.gemini.vision.shapes import shape_name
from local.gemini.vision.softmask import SoftMask

_LEAST_SIDE = 4  # pixels
_CORE = np.ones((3, 3), np.uint8)
_NO_COLOUR = 0.2  # share below which no colour is named
_ONE_COLOUR = 0.6  # share from which one colour is the label
_SECOND_COLOUR = 0.2


class Box2d(NamedTuple):
    """Thousandths of the picture's height and width, rows first, as Gemini gives boxes."""

    top: int
    left: int
    bottom: int
    right: int

    def within(self, height: int, width: int) -> tuple[slice, slice]:
        """The rows and columns that a client will cut out for it of a picture of that size."""
        rows = slice(round(self.top * height / 1000), round(self.bottom * height / 1000))
        return rows, slice(round(self.left * width / 1000), round(self.right * width / 1000))


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """One thing: by its word, or by its colours and shape if nobody knows it."""

    box: Box2d
    label: str
    confidence: float  # 0..1: how sure the word is, or how clearly it stands out
    share: float  # of the picture's area
    draw: Callable[[], Floats]  # its mask: 0..1 for each pixel of the box
    named: bool = False  # whether the label is a word for what it is

    @property
    def mask(self) -> Floats:
        """How surely each pixel of the box is the thing's, 0..1."""
        return self.draw()

    @property
    def outline(self) -> list[tuple[int, int]]:
        """The outline of its largest piece: (x, y) in thousandths of the picture."""
        mask = self.mask
        bits = (mask > 0.5).astype(np.uint8)
        outlines, _ = cv2.findContours(bits, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        points = cv2.approxPolyDP(max(outlines, key=cv2.contourArea), 1.0, closed=True)[:, 0] + 0.5
        height, width = mask.shape
        x = self.box.left + points[:, 0] * (self.box.right - self.box.left) / width
        y = self.box.top + points[:, 1] * (self.box.bottom - self.box.top) / height
        return list(
            zip(np.rint(x).astype(int).tolist(), np.rint(y).astype(int).tolist(), strict=True)
        )


def thing_of(picture: Pixels, confidence: float, soft: SoftMask) -> Thing | None:
    """The thing under a mask; None if it is too small."""
    height, width = picture.shape[:2]
    x, y, wide, high = cv2.boundingRect((soft.probability > 0.5).astype(np.uint8))
    if min(wide, high) < _LEAST_SIDE:
        return None
    left, top = soft.left + x, soft.top + y
    box = box_2d((height, width), left, top, left + wide, top + high)
    mask = pasted(soft, picture, box)
    label = label_of(picture[box.within(height, width)], mask)
    share = float((mask > 0.5).sum()) / (height * width)
    return Thing(box, label, confidence, share, lambda: mask)


def box_2d(size: tuple[int, int], left: float, top: float, right: float, bottom: float) -> Box2d:
    """The box of some pixels of a picture of that height and width, no smaller than they are."""
    height, width = size
    return Box2d(
        max(0, int(top * 1000 // height)),
        max(0, int(left * 1000 // width)),
        min(1000, int(-(-bottom * 1000 // height))),
        min(1000, int(-(-right * 1000 // width))),
    )


def pasted(soft: SoftMask, picture: Pixels, box: Box2d) -> Floats:
    """A mask over the pixels that a client will cut out for a box, so that both agree."""
    whole = np.zeros(picture.shape[:2], np.float32)
    high, wide = soft.probability.shape
    whole[soft.top : soft.top + high, soft.left : soft.left + wide] = soft.probability
    return whole[box.within(*picture.shape[:2])]


def label_of(pixels: Pixels, mask: Floats) -> str:
    """Colour and shape in words, as the model recognises nothing."""
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    inside = mask > 0.5
    core = cv2.erode(inside.astype(np.uint8), _CORE, iterations=2, borderValue=0) > 0
    colours = main_colours(lab[core if core.sum() > 20 else inside])
    return f"{_colour_words(colours)} {shape_name(inside)} object"


def _colour_words(colours: list[tuple[str, float]]) -> str:
    """One name, or two where a second one takes a good share, unless no name has enough."""
    (first, share), *others = colours
    if share < _NO_COLOUR:
        return "multicoloured"
    second, rest = others[0] if others else (first, 0.0)
    plain = share > _ONE_COLOUR or rest < _SECOND_COLOUR or second.split()[-1] == first.split()[-1]
    return first if plain else f"{first} and {second}"
