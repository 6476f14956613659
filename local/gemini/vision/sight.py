"""All that is seen in one picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from local.gemini.vision.arrays import Pixels
from local.gemini.vision.colours import main_colours
from local.gemini.vision.decode import upright
from local.gemini.vision.find import find
from local.gemini.vision.thing import Thing, thing_of

_LONGEST = 640  # pixels: masks are refined at this size
_LEAST = 16


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The things that stand out in a picture, the clearest first, and its main colours."""

    things: tuple[Thing, ...]
    colours: tuple[tuple[str, float], ...]  # name and share, the most common first


def look(data: bytes) -> Sight:
    """What is seen in an encoded picture. Raises NotAPicture."""
    picture = upright(data, _LONGEST)
    found = find(picture) if min(picture.shape[:2]) >= _LEAST else []
    things = (thing_of(picture, sure, soft) for sure, soft in found)
    return Sight(tuple(thing for thing in things if thing), _colours(picture))


def _colours(picture: Pixels) -> tuple[tuple[str, float], ...]:
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return tuple(main_colours(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1, 3)))
