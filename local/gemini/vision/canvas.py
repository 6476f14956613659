"""The small, brightened picture in which things are searched."""

from dataclasses import dataclass

import cv2
import numpy as np

from local.gemini.vision.arrays import Floats, Pixels

SIDE = 320  # pixels of the longer side
_LEAST_SIDE = 16
_BRIGHTEST = 0.9  # brightness that the brightest pixels of a dark picture get
_MOST_GAIN = 3.0
_TEXTURE_REACH = 10.0  # pixels around an edge whose edges weaken it
_TEXTURE_WEIGHT = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """One picture, SIDE pixels long."""

    rgb: Floats  # 0..1, brightened
    lab: Floats  # CIE Lab of it
    gain: float  # by how much it was brightened

    @property
    def edges(self) -> Floats:
        """How steeply Lab changes at each pixel."""
        smooth = cv2.GaussianBlur(self.lab, (0, 0), 1.0)
        slopes = [
            cv2.Scharr(smooth[..., channel], -1, *direction) ** 2
            for channel in range(3)
            for direction in ((1, 0), (0, 1))
        ]
        return np.sqrt(sum(slopes)) / 8

    @property
    def texture(self) -> Floats:
        """The local spread of lightness."""
        light = self.lab[..., 0]
        mean, mean_square = (cv2.GaussianBlur(x, (0, 0), 3) for x in (light, light * light))
        return np.sqrt(np.maximum(0, mean_square - mean * mean))


def canvas_of(picture: Pixels) -> Canvas:
    """The canvas of a picture: shrunk, smoothed along its edges, brightened if it is dark."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    size = max(_LEAST_SIDE, round(width * scale)), max(_LEAST_SIDE, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    rgb = cv2.bilateralFilter(small, 5, 20, 3).astype(np.float32) / 255
    brightest = float(np.percentile(rgb.max(-1), 99.5))
    gain = min(_MOST_GAIN, max(1.0, _BRIGHTEST / max(0.05, brightest)))
    rgb = (rgb * np.float32(gain)).clip(0, 1)
    return Canvas(rgb, cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), gain)


def calmed(edges: Floats) -> Floats:
    """Edges less the edges around them, so that texture suppresses itself and outlines stay."""
    around = cv2.GaussianBlur(edges, (0, 0), _TEXTURE_REACH)
    calm: Floats = np.maximum(0, edges - _TEXTURE_WEIGHT * around)
    return calm
