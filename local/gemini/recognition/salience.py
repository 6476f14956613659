"""Which pixels stand out from the rest, by U2-Net's small variant.

X. Qin et al., "U2-Net: Going Deeper with Nested U-Structure for Salient Object Detection", Pattern
Recognition 106, 2020.
"""

from pathlib import Path

import cv2
import numpy as np

from local.gemini.recognition.net import Net
from local.gemini.vision.arrays import Floats, Pixels

# Of red, green and blue, as it was trained.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


class Salience:
    """The network; it takes squares of any side that is a multiple of 32."""

    def __init__(self, weights: Path) -> None:
        self._net = Net(weights / "u2netp.onnx")

    def of(self, picture: Pixels, side: int) -> Floats:
        """How much each pixel of a picture stands out, 0..1, as seen at `side` pixels."""
        small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
        planes = (small / max(float(small.max()), 1.0) - _MEAN) / _SPREAD
        shares = self._net(planes.transpose(2, 0, 1)[None])["salience"][0, 0]
        least, most = float(shares.min()), float(shares.max())
        height, width = picture.shape[:2]
        whole: Floats = cv2.resize((shares - least) / max(most - least, 1e-6), (width, height))
        return whole
