"""All that the embedded networks see in a picture: things with words, and what else stands out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np

from local.gemini.recognition.classifier import Classifier, Shares
from local.gemini.recognition.detectors import NanoDet, Ssd
from local.gemini.recognition.naming import MOST, Named, Namer
from local.gemini.recognition.salience import Salience
from local.gemini.recognition.seen import Box
from local.gemini.vision.arrays import Bits, Floats, Pixels
from local.gemini.vision.softmask import SoftMask

_WHOLE_SIDE = 256  # pixels at which salience looks at a whole picture
_SIDES = ((0.25, 256), (0.02, 160), (0.0, 96))  # and at a part, by its share of the picture
_MARGIN = 0.12  # of a box's sides, that salience sees around it
_SPILL = 0.04  # of a box's sides, that a mask may go beyond it
_LEAST_MASK = 0.1  # of a box: what is less is no mask of the thing in it
_CLEAREST = 0.4  # of a box, that is taken then
_LEAST_PIECE = 0.003  # of the picture
_MINE = 0.6  # of a piece, that a box holds if the piece is its thing
_OTHERS = 0.15  # of it, that other boxes may hold
_TOLD = 0.5  # of a piece, that boxes hold if it is no other thing
_SURE = 0.6  # share from which the classifier alone names a piece
_POSSIBLE, _LEAST_SHARE = 3, 0.03  # the words with the largest shares may be right
_LEAST_UNNAMED = 0.03  # of the picture: what has no word beside things that have one
_LEAST_CROP = 96  # pixels


@dataclass(frozen=True, slots=True)
class Recognised:
    """One thing: its word, or None if nobody knows it, and how to draw its mask."""

    word: str | None
    box: Box
    score: float  # 0..1
    shares: Shares | None  # what the classifier says of it, if it was asked
    mask: Callable[[], SoftMask]
    detected: bool = False  # not by the classifier alone


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A connected part of a picture that stands out."""

    bits: Bits
    box: Box
    area: int


class Recogniser:
    """Four networks; safe to use from many threads."""

    def __init__(self, weights: Path) -> None:
        self._namer = Namer(Ssd(weights), NanoDet(weights), Classifier(weights))
        self._salience = Salience(weights)

    def classify(self, picture: Pixels) -> Shares:
        """What the classifier says of a whole picture."""
        height, width = picture.shape[:2]
        return self._namer.crop(picture, Box(0, 0, width, height))

    def look(self, picture: Pixels) -> list[Recognised]:
        """The things in a picture, those with a word first, the surest first."""
        named = self._namer.find(picture)
        salience = self._salience.of(picture, _WHOLE_SIDE)
        pieces = _pieces(salience)
        things = [self._thing(picture, each, named, pieces, salience) for each in named]
        things += self._rest(picture, things, pieces, salience)
        return _without_overlap(things)

    def _thing(
        self,
        picture: Pixels,
        named: Named,
        all_named: list[Named],
        pieces: list[_Piece],
        salience: Floats,
    ) -> Recognised:
        others = [each.box for each in all_named if each is not named]
        mine = [each for each in pieces if _holds(named.box, each, others)]
        mask: Callable[[], SoftMask]

        box = named.box
        if mine and _fits(box, mine):
            bits = np.logical_or.reduce([each.bits for each in mine])
            mask = partial(_cut, salience, bits)
            box = _around([each.box for each in mine])
        else:
            mask = partial(self._outline, picture, box)
        return Recognised(named.word, box, named.score, named.shares, cache(mask), detected=True)

    def _outline(self, picture: Pixels, box: Box) -> SoftMask:
        """A thing's mask, by what stands out in its box."""
        height, width = picture.shape[:2]
        window = _grown(box, _MARGIN, width, height)
        left, top, right, bottom = (int(side) for side in window)
        share = window.area / (width * height)
        side = next(side for least, side in _SIDES if share >= least)
        seen = self._salience.of(picture[top:bottom, left:right], side)
        inner = _grown(box, _SPILL, width, height)
        kept = np.zeros_like(seen)
        rows = slice(int(inner.top) - top, int(inner.bottom) + 1 - top)
        columns = slice(int(inner.left) - left, int(inner.right) + 1 - left)
        kept[rows, columns] = _filled(seen[rows, columns])
        return SoftMask(kept, left, top)

    def _rest(
        self,
        picture: Pixels,
        things: list[Recognised],
        pieces: list[_Piece],
        salience: Floats,
    ) -> list[Recognised]:
        """What stands out and has no box yet, named by the classifier if it is sure."""
        found: list[Recognised] = []
        for piece in (left for each in pieces if (left := _remaining(each, things))):
            shares = self._namer.crop(picture, piece.box)
            clear = float(salience[piece.bits].mean())
            word, score = _word(shares, piece, [*things, *found]) or (None, clear)
            if word is None and things and piece.area < _LEAST_UNNAMED * salience.size:
                continue
            if any(each.word == word and each.box.within(piece.box) > _TOLD for each in things):
                continue
            mask = cache(partial(_cut, salience, piece.bits))
            found.append(Recognised(word, piece.box, score, shares, mask))
        return sorted(found, key=lambda each: each.word is None)[: MOST - len(things)]


def _pieces(salience: Floats) -> list[_Piece]:
    """The connected parts that stand out, the largest first."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((salience > 0.5).astype(np.uint8))
    found = [
        _Piece(labels == at, Box(x, y, x + wide, y + high), area)
        for at, (x, y, wide, high, area) in enumerate(stats.tolist())
        if at and area > _LEAST_PIECE * salience.size
    ]
    return sorted(found, key=lambda each: -each.area)


def _remaining(piece: _Piece, things: list[Recognised]) -> _Piece | None:
    """What of a piece lies in no thing's box, if it is most of it or a large part of its own."""
    rest = piece.bits.copy()
    for thing in things:
        left, top, right, bottom = (int(side) for side in thing.box)
        rest[top : bottom + 1, left : right + 1] = False
    if rest.sum() > (1 - _TOLD) * piece.area:
        return next(iter(_pieces(rest.astype(np.float32))), None)
    return None


def _holds(box: Box, piece: _Piece, others: list[Box]) -> bool:
    """Whether a piece is of the thing in a box, and of no other one."""
    return _held(box, piece) > _MINE and all(_held(other, piece) < _OTHERS for other in others)


def _held(box: Box, piece: _Piece) -> float:
    left, top, right, bottom = (max(0, round(side)) for side in box)
    return float(piece.bits[top:bottom, left:right].sum()) / piece.area


def _fits(box: Box, pieces: list[_Piece]) -> bool:
    """Whether pieces are the whole of a thing: about as large as its box, and not far beyond."""
    around = _around([each.box for each in pieces])
    return sum(each.area for each in pieces) > 0.3 * box.area and around.overlap(box) > 0.5


def _around(boxes: list[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))


def _grown(box: Box, share: float, width: int, height: int) -> Box:
    x, y = share * (box.right - box.left), share * (box.bottom - box.top)
    return Box(box.left - x, box.top - y, box.right + x, box.bottom + y).clipped(width, height)


def _filled(seen: Floats) -> Floats:
    """What stands out in a box; if that is next to nothing, its clearest part."""
    if (seen > 0.5).mean() >= _LEAST_MASK:
        return seen
    least = float(np.quantile(seen, 1 - _CLEAREST))
    clearest: Floats = (seen * (0.5 / max(least, 1e-6))).clip(0, 1)
    return clearest


def _cut(salience: Floats, bits: Bits) -> SoftMask:
    """A piece, with the soft edge around it."""
    near = cv2.dilate(bits.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    x, y, wide, high = cv2.boundingRect(near.astype(np.uint8))
    window = np.s_[y : y + high, x : x + wide]
    return SoftMask(np.where(near[window], salience[window], 0), x, y)


def _word(shares: Shares, piece: _Piece, told: list[Recognised]) -> tuple[str, float] | None:
    """The word that the classifier has for a piece, and how sure it is; None if it has none.

    A word that was told of a thing of about that size needs little more than to be possible.
    """
    best = list(shares.words.items())[:_POSSIBLE]
    alike = {each.word for each in told if 0.5 < each.box.area / max(piece.box.area, 1.0) < 2}
    if word := next((word for word, share in best if word in alike and share > _LEAST_SHARE), None):
        return word, 0.5
    word, share = best[0]
    wide, high = piece.box.right - piece.box.left, piece.box.bottom - piece.box.top
    if share > _SURE and min(wide, high) >= _LEAST_CROP:
        return word, share
    return None


def _without_overlap(things: list[Recognised]) -> list[Recognised]:
    """The same things; where masks overlap, a pixel is the surest one's."""

    def drawn(at: int) -> SoftMask:
        mask = things[at].mask()
        rivals = [
            other.mask()
            for place, other in enumerate(things)
            if place != at and other.box.shared(things[at].box) > 0
        ]
        rest = mask.less(rivals)
        return mask if (rest.probability > 0.5).mean() < _LEAST_MASK else rest

    return [replace(each, mask=cache(partial(drawn, at))) for at, each in enumerate(things)]
