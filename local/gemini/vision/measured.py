"""The things in a picture that nobody has a word for, told by their colours and shapes."""

import cv2

from local.gemini.vision.arrays import Pixels
from local.gemini.vision.find import find
from local.gemini.vision.thing import Thing, thing_of

_LONGEST = 640  # pixels: masks are refined at this size
_LEAST = 16
_LEAST_PLAIN = 3  # things
_PLAIN = 0.8  # of all that stand out


def things(picture: Pixels) -> list[Thing]:
    """The things that stand out from the background, the clearest first."""
    small = at_most(picture, _LONGEST)
    if min(small.shape[:2]) < _LEAST:
        return []
    return [thing for sure, soft in find(small) if (thing := thing_of(small, sure, soft))]


def are_plain(seen: list[Thing]) -> bool:
    """Whether they are a few plain shapes: then no network says more of a picture than they do."""
    plain = sum("irregular" not in each.label and "thin" not in each.label for each in seen)
    return plain >= max(_LEAST_PLAIN, _PLAIN * len(seen))


def at_most(picture: Pixels, longest: int) -> Pixels:
    """The picture, its longer side at most `longest` pixels."""
    scale = longest / max(picture.shape[:2])
    if scale >= 1:
        return picture
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    smaller: Pixels = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return smaller
