"""Which things are in a picture, by what the detectors and the classifier say together.

The detectors see where things are, the classifier knows more words. Where they disagree, the
word that both allow is taken, or "animal", or none.
"""

from dataclasses import dataclass, replace

import numpy as np

from local.gemini.recognition import words
from local.gemini.recognition.classifier import Classifier, Shares
from local.gemini.recognition.detectors import NanoDet, Ssd
from local.gemini.recognition.seen import Box, Seen, distinct
from local.gemini.vision.arrays import Pixels

MOST = 40  # things of one picture
_LEAST = 0.45  # score of a thing that is told
_SAME, _OTHER = 0.5, 0.75  # overlaps from which two boxes are one thing
_AGREED = 0.45  # overlap from which the detectors speak of one thing
_BOTH, _ALONE = 0.15, -0.08  # what agreement adds to a score, and its lack
_SURE = 0.99
_PERSON = "person"
_LEAST_SIDE = 12  # pixels
_LEAST_CROP = 0.004  # of the picture: smaller crops say nothing to the classifier
_SMALL = 0.04  # of the picture; many things of that size are a crowd
_CROWD = 3
_TILE = 0.6  # of the picture's sides


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that has a word."""

    word: str
    box: Box
    score: float
    shares: Shares | None  # what the classifier says of its crop, if it was asked
    first: str = ""  # the detector's word


class Namer:
    """Both detectors and the classifier."""

    def __init__(self, ssd: Ssd, nanodet: NanoDet, classifier: Classifier) -> None:
        self._ssd = ssd
        self._nanodet = nanodet
        self._classifier = classifier

    def find(self, picture: Pixels) -> list[Named]:
        """The things in a picture that have a word, the surest first."""
        found = self._detected(picture)
        if sum(_share(each.box, picture) < _SMALL for each in found) >= _CROWD:
            found = distinct([*found, *self._in_tiles(picture)], _SAME, _OTHER)
        named = [
            one for each in found[: 2 * MOST] if (one := self._confirmed(picture, each)) is not None
        ]
        return _apart(_alike(named))[:MOST]

    def crop(self, picture: Pixels, box: Box) -> Shares:
        """What the classifier says of a part of a picture."""
        left, top, right, bottom = (round(side) for side in box)
        return self._classifier.look(picture[top:bottom, left:right])

    def _detected(self, picture: Pixels) -> list[Seen]:
        """What the detectors say of a picture or a part of it, in its pixels."""
        one, two = self._ssd.find(picture), self._nanodet.find(picture)
        scored = [*_scored(one, two), *_scored(two, one)]
        return [each for each in distinct(scored, _SAME, _OTHER) if each.score >= _LEAST]

    def _in_tiles(self, picture: Pixels) -> list[Seen]:
        """What they say of four overlapping parts, but for what a part cuts."""
        height, width = picture.shape[:2]
        tall, wide = round(height * _TILE), round(width * _TILE)
        found = []
        for top in (0, height - tall):
            for left in (0, width - wide):
                part = picture[top : top + tall, left : left + wide]
                for each in self._detected(np.ascontiguousarray(part)):
                    box = each.box
                    moved = Box(box.left + left, box.top + top, box.right + left, box.bottom + top)
                    if _whole(moved, Box(left, top, left + wide, top + tall), width, height):
                        found.append(replace(each, box=moved))
        return found

    def _confirmed(self, picture: Pixels, seen: Seen) -> Named | None:
        """The thing by the word that the classifier allows; None if it denies it."""
        if min(seen.box.right - seen.box.left, seen.box.bottom - seen.box.top) < _LEAST_SIDE:
            return None
        if _share(seen.box, picture) < _LEAST_CROP:
            return Named(seen.word, seen.box, seen.score, None, seen.word)
        shares = self.crop(picture, seen.box)
        word, score = _agreed(seen, shares)
        return Named(word, seen.box, score, shares, seen.word) if score >= _LEAST else None


def _agreed(seen: Seen, shares: Shares) -> tuple[str, float]:
    """A detector's word against the classifier's: the one to say, and how sure it is."""
    other, share = shares.best
    if seen.word == _PERSON:  # the classifier knows none, but it knows animals
        return (other, share) if shares.animal > 0.8 and share > 0.6 else (_PERSON, seen.score)
    mine = shares.of(words.classes(seen.word))
    if mine > 0.3:
        return seen.word, min(_SURE, seen.score + 0.1)
    if other != seen.word and share > 0.6 and mine < 0.1:
        return other, share
    animal = seen.word in words.animals()
    if animal and mine < 0.05 and (words.classes(seen.word) or seen.score < 0.8):
        return (words.ANIMAL, seen.score) if shares.animal > 0.6 else (seen.word, seen.score - 0.3)
    if words.classes(seen.word) and mine < 0.03 and seen.score < 0.75:
        return seen.word, 0.0
    return seen.word, seen.score


def _scored(mine: list[Seen], others: list[Seen]) -> list[Seen]:
    """One detector's things, surer where the other one agrees."""
    return [
        replace(each, score=min(_SURE, each.score + (_BOTH if _agrees(each, others) else _ALONE)))
        for each in mine
    ]


def _agrees(seen: Seen, others: list[Seen]) -> bool:
    return any(each.word == seen.word and each.box.overlap(seen.box) > _AGREED for each in others)


def _alike(named: list[Named]) -> list[Named]:
    """Animals of no word get that of another one in the picture, if they may be the same."""
    told = {each.word for each in named} - {words.ANIMAL}
    return [
        replace(each, word=word)
        if each.word == words.ANIMAL and (word := _like(each, told))
        else each
        for each in named
    ]


def _like(animal: Named, told: set[str]) -> str | None:
    if animal.first in told:
        return animal.first
    shares = animal.shares.words if animal.shares else {}
    return next((word for word, share in shares.items() if word in told and share > 0.2), None)


def _apart(named: list[Named]) -> list[Named]:
    """Without those that are a surer one once more.

    That is one of the same word within it (a cup in a cup, but people stand before people), or an
    animal or person that overlaps with an animal of another word.
    """
    kept: list[Named] = []
    for each in sorted(named, key=lambda one: (-one.score, one.box)):
        if not any(_again(each, surer) for surer in kept):
            kept.append(each)
    return [each for each in kept if not _is_a_group(each, kept)]


def _is_a_group(each: Named, kept: list[Named]) -> bool:
    """Whether a box holds several surer ones of its own word."""
    within = [
        one
        for one in kept
        if one.word == each.word and one.score > each.score and one.box.within(each.box) > 0.8
    ]
    return len(within) >= _CROWD


def _again(each: Named, surer: Named) -> bool:
    if each.word == surer.word:
        inside = max(each.box.within(surer.box), surer.box.within(each.box))
        return each.box.overlap(surer.box) > 0.45 or (each.word != _PERSON and inside > 0.85)
    alive = words.animals() | {_PERSON}
    if each.word in alive and surer.word in alive:
        return each.box.overlap(surer.box) > 0.4 or each.box.within(surer.box) > 0.9
    return each.box.overlap(surer.box) > 0.7


def _share(box: Box, picture: Pixels) -> float:
    return box.area / float(picture.shape[0] * picture.shape[1])


def _whole(box: Box, tile: Box, width: int, height: int) -> bool:
    """Whether no inner edge of a tile cuts the box."""
    near = 0.01 * max(width, height)
    return all(
        (
            tile.left == 0 or box.left > tile.left + near,
            tile.top == 0 or box.top > tile.top + near,
            tile.right == width or box.right < tile.right - near,
            tile.bottom == height or box.bottom < tile.bottom - near,
        )
    )
