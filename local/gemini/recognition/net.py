"""A neural network from an ONNX file, run by OpenCV."""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from local.gemini.vision.arrays import Floats

WEIGHTS = Path(__file__).parents[1] / "weights"


class Net:
    """One network with one input. Any number of threads may call it; it serves them in turn.

    Only OpenCV's new engine loads the networks that read text. It pads wrongly where a file says
    `auto_pad`, so the files in weights/ say `pads`; a test compares every network's numbers.
    """

    def __init__(self, path: Path) -> None:
        self._net = cv2.dnn.readNetFromONNX(str(path), cv2.dnn.ENGINE_NEW)
        self._outputs = self._net.getUnconnectedOutLayersNames()
        self._turn = Lock()  # OpenCV keeps the input and every layer's result in the network

    def __call__(self, values: Floats, /) -> Mapping[str, Floats]:
        """The outputs by their names in the file."""
        blob = np.ascontiguousarray(values, np.float32)
        with self._turn:
            self._net.setInput(blob)
            return dict(zip(self._outputs, self._net.forward(self._outputs), strict=True))
