"""All that is seen in one picture, looked at once however often it is asked about."""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from local.gemini.recognition.classifier import Shares
from local.gemini.recognition.reader import Reader
from local.gemini.recognition.recogniser import Recognised, Recogniser
from local.gemini.recognition.text.line import Line
from local.gemini.vision import measured
from local.gemini.vision.arrays import Floats, Pixels
from local.gemini.vision.colours import main_colours
from local.gemini.vision.decode import upright
from local.gemini.vision.thing import Thing, box_2d, pasted, thing_of

_LONGEST = 1024  # pixels
_READ = 2048  # pixels: text is smaller than things
_LEAST = 16
_CERTAIN = 0.75  # score of a detector's thing, from which plain shapes do not matter
_REMEMBERED = 8  # pictures


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """The lines of text in a picture, in pixels of its size at which it was read."""

    lines: tuple[Line, ...]
    size: tuple[int, int]  # height and width


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one picture shows."""

    things: tuple[Thing, ...]  # those with a word first, the surest first
    colours: tuple[tuple[str, float], ...]  # name and share, the most common first
    crops: tuple[Shares | None, ...]  # what the classifier says of each thing, if it was asked
    classify: Callable[[], Shares]  # of the whole picture
    read: Callable[[], Text]


class Eyes:
    """Looks at pictures; safe to use from many threads."""

    def __init__(self, weights: Path) -> None:
        self._recogniser = Recogniser(weights)
        self._reader = Reader(weights)
        self._remembered: OrderedDict[bytes, Future[Sight]] = OrderedDict()
        self._lock = Lock()

    def look(self, data: bytes) -> Sight:
        """What is seen in an encoded picture. Raises NotAPicture."""
        digest = sha256(data).digest()
        with self._lock:
            mine = digest not in self._remembered
            future = self._remembered.setdefault(digest, Future())
            self._remembered.move_to_end(digest)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        if mine:
            try:
                future.set_result(self._seen(data))
            except BaseException as error:  # those who wait for it hear of it, too
                with self._lock:
                    self._remembered.pop(digest, None)
                future.set_exception(error)
                raise
        return future.result()

    def _seen(self, data: bytes) -> Sight:
        picture = upright(data, _LONGEST)
        found = self._found(picture) if min(picture.shape[:2]) >= _LEAST else []
        return Sight(
            things=tuple(thing for thing, _ in found),
            colours=_colours(picture),
            crops=tuple(shares for _, shares in found),
            classify=cache(partial(self._recogniser.classify, picture)),
            read=cache(partial(self._read, data)),
        )

    def _read(self, data: bytes) -> Text:
        picture = upright(data, _READ)
        return Text(self._reader.read(picture), (picture.shape[0], picture.shape[1]))

    def _found(self, picture: Pixels) -> list[tuple[Thing, Shares | None]]:
        recognised = self._recogniser.look(picture)
        if not any(each.detected and each.score >= _CERTAIN for each in recognised):
            shapes = measured.things(picture)
            if not recognised or measured.are_plain(shapes):
                return [(thing, None) for thing in shapes]
        return [(thing, each.shares) for each in recognised if (thing := _thing(picture, each))]


def _thing(picture: Pixels, seen: Recognised) -> Thing | None:
    if seen.word is None:
        return thing_of(picture, seen.score, seen.mask().tidied())
    height, width = picture.shape[:2]
    box = box_2d((height, width), *seen.box)
    share = seen.box.area / (height * width)

    def draw() -> Floats:
        return pasted(seen.mask().tidied(), picture, box)

    return Thing(box, seen.word, seen.score, share, cache(draw), named=True)


def _colours(picture: Pixels) -> tuple[tuple[str, float], ...]:
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return tuple(main_colours(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1, 3)))
