"""What a crop of a picture shows as a whole, by EfficientNet-Lite0, trained on ImageNet.

M. Tan and Q. Le, "EfficientNet", ICML 2019; the Lite variants are TensorFlow's.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from local.gemini.recognition import words
from local.gemini.recognition.net import Net
from local.gemini.vision.arrays import Floats, Pixels

_SIDE = 224


@dataclass(frozen=True, eq=False)
class Shares:
    """How sure the classifier is of each of its classes, 0..1; all together are 1."""

    each: Floats
    names: tuple[str, ...]  # the classifier's own, by class

    def of(self, classes: frozenset[int]) -> float:
        """The share of some classes together."""
        return float(self.each[sorted(classes)].sum())

    @cached_property
    def words(self) -> dict[str, float]:
        """The share of each word, the largest first; classes without a word are left out."""
        sums: dict[str, float] = {}
        for word, share in zip(words.of_class(), self.each.tolist(), strict=True):
            if word:
                sums[word] = sums.get(word, 0.0) + share
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    @property
    def best(self) -> tuple[str, float]:
        """The word with the largest share."""
        return next(iter(self.words.items()))

    @property
    def animal(self) -> float:
        """The share of all animals."""
        return float(self.each[words.ANIMALS.start : words.ANIMALS.stop].sum())

    @property
    def finest(self) -> tuple[str, float]:
        """The class with the largest share, by its own name."""
        at = int(self.each.argmax())
        return self.names[at], float(self.each[at])


class Classifier:
    """The network."""

    def __init__(self, weights: Path) -> None:
        self._net = Net(weights / "lite0.onnx")
        self._names = tuple((weights / "imagenet.txt").read_text("utf-8").splitlines())

    def look(self, picture: Pixels) -> Shares:
        """What a picture shows, squeezed into a square."""
        small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        planes = ((small.astype(np.float32) - 127) / 128).transpose(2, 0, 1)
        return Shares(self._net(planes[None])["shares"][0], self._names)
