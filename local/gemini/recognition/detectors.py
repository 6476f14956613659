"""Two small object detectors, both trained on the 80 words of COCO.

SSDLite-MobileNetV2: M. Sandler et al., "MobileNetV2", CVPR 2018, with the anchors and box coding of
TensorFlow's object detection models. NanoDet-g: https://github.com/RangiLyu/nanodet, whose boxes
are distributions over distances, as in X. Li et al., "Generalized Focal Loss", NeurIPS 2020.
"""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from local.gemini.recognition.net import Net
from local.gemini.recognition.seen import Box, Seen, distinct
from local.gemini.recognition.words import COCO
from local.gemini.vision.arrays import Floats, Pixels

_SAME = 0.5  # overlap from which two boxes of one word are one thing


class Ssd:
    """SSDLite-MobileNetV2 at 300 x 300 pixels."""

    _SIDE = 300
    _LEAST = 0.3
    _CODING = np.array([0.1, 0.1, 0.2, 0.2])  # of centre and size: the "variances"
    # It counts 90 kinds; these numbers were never used.
    _UNUSED = frozenset({12, 26, 29, 30, 45, 66, 68, 69, 71, 83})

    def __init__(self, weights: Path) -> None:
        self._net = Net(weights / "ssd.onnx")
        top, left, bottom, right = np.load(weights / "ssd_anchors.npy")[0].T
        self._centres = np.stack([(top + bottom) / 2, (left + right) / 2], 1)
        self._sizes = np.stack([bottom - top, right - left], 1)
        numbers = (number for number in range(1, 91) if number not in self._UNUSED)
        self._words = dict(zip(numbers, COCO, strict=True))

    def find(self, picture: Pixels) -> list[Seen]:
        """The things in a picture, in its pixels."""
        height, width = picture.shape[:2]
        small = cv2.resize(picture, (self._SIDE, self._SIDE), interpolation=cv2.INTER_AREA)
        outputs = self._net(small[None])
        scores = outputs["scores"][0]
        corners = self._corners(outputs["offsets"].reshape(-1, 4) * self._CODING)
        kinds = scores[:, 1:].argmax(1) + 1
        sure = scores[np.arange(len(kinds)), kinds]
        return distinct(
            [
                Seen(
                    self._words[int(kinds[at])],
                    Box(*(corners[at] * [width, height, width, height]).tolist()),
                    float(sure[at]),
                )
                for at in np.nonzero(sure > self._LEAST)[0]
                if int(kinds[at]) in self._words
            ],
            _SAME,
        )

    def _corners(self, codes: Floats) -> Floats:
        """Boxes as shares of the picture: left, top, right, bottom."""
        centres = codes[:, :2] * self._sizes + self._centres
        halves = np.exp(codes[:, 2:]) * self._sizes / 2
        least, most = (centres - halves)[:, ::-1], (centres + halves)[:, ::-1]
        corners: Floats = np.concatenate([least, most], 1).clip(0, 1)
        return corners


class NanoDet:
    """NanoDet-g at 416 x 416 pixels."""

    _SIDE = 416
    _LEAST = 0.35
    _STRIDES = (8, 16, 32)
    _DISTANCES = 11  # of 0 to 10 strides, from a cell to each side of a box
    # Of blue, green and red, as it was trained.
    _MEAN = np.array([103.53, 116.28, 123.675], np.float32)
    _SPREAD = np.array([57.375, 57.12, 58.395], np.float32)

    def __init__(self, weights: Path) -> None:
        self._net = Net(weights / "nanodet.onnx")

    def find(self, picture: Pixels) -> list[Seen]:
        """The things in a picture, in its pixels."""
        height, width = picture.shape[:2]
        scale = self._SIDE / max(height, width)
        outputs = self._net(self._input(picture, scale))
        found = [
            Seen(word, Box(*(side / scale for side in box)).clipped(width, height), score)
            for stride in self._STRIDES
            for word, box, score in self._at(stride, outputs)
        ]
        return distinct(found, _SAME)

    def _input(self, picture: Pixels, scale: float) -> Floats:
        """The picture at the upper left of a black square, as planes."""
        height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
        square = np.zeros((self._SIDE, self._SIDE, 3), np.float32)
        square[:height, :width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        planes: Floats = (square[..., ::-1] - self._MEAN) / self._SPREAD
        return planes.transpose(2, 0, 1)[None]

    def _at(
        self, stride: int, outputs: Mapping[str, Floats]
    ) -> list[tuple[str, list[float], float]]:
        side = self._SIDE // stride
        scores, distances = outputs[f"scores_{stride}"][0], outputs[f"distances_{stride}"][0]
        sure = scores.max(1)
        return [
            (
                COCO[int(scores[cell].argmax())],
                self._box(int(cell), side, stride, distances[cell]),
                float(sure[cell]),
            )
            for cell in np.nonzero(sure > self._LEAST)[0]
        ]

    def _box(self, cell: int, side: int, stride: int, distances: Floats) -> list[float]:
        """Left, top, right and bottom in pixels of the square."""
        each = distances.reshape(4, self._DISTANCES)
        shares = np.exp(each - each.max(1, keepdims=True))
        means = (shares / shares.sum(1, keepdims=True)) @ np.arange(self._DISTANCES)
        left, top, right, bottom = (means * stride).tolist()
        x, y = ((at + 0.5) * stride - 0.5 for at in (cell % side, cell // side))
        return [x - left, y - top, x + right, y + bottom]
