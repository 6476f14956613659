"""The colour guided filter: pulls a coarse mask to the picture's own edges.

K. He, J. Sun and X. Tang, "Guided Image Filtering", ECCV 2010, with coefficients computed on the
small canvas and applied to the larger picture ("Fast Guided Filter", arXiv:1505.00996).
"""

import cv2
import numpy as np

from local.gemini.vision.arrays import Bits, Floats, Pixels
from local.gemini.vision.canvas import Canvas
from local.gemini.vision.softmask import SoftMask

_RADIUS = 8  # canvas pixels
_SMOOTHNESS = 1e-3  # colour variance below which an edge is ignored
_BAND = 4  # canvas pixels around the coarse outline within which the mask may change
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _BAND + 1, 2 * _BAND + 1))


class Guide:
    """One picture, ready to refine masks that were found on its canvas."""

    def __init__(self, canvas: Canvas, picture: Pixels) -> None:
        self._picture = picture
        self._gain = np.float32(canvas.gain / 255)
        self._colour = canvas.rgb
        self._mean = _mean(canvas.rgb)
        self._inverse = self._inverse_covariance()

    def refine(self, mask: Bits) -> SoftMask:
        """A canvas mask at the picture's size, over a window that is a little larger than it."""
        height, width = mask.shape
        tall, wide = self._picture.shape[:2]
        left, top, right, bottom = _window(mask)
        coarse = mask[top:bottom, left:right]
        x0, x1 = (round(x * wide / width) for x in (left, right))
        y0, y1 = (round(y * tall / height) for y in (top, bottom))
        size = x1 - x0, y1 - y0
        slope, offset = self._coefficients(coarse, np.s_[top:bottom, left:right])
        line = cv2.resize(np.dstack([slope, offset]), size, interpolation=cv2.INTER_LINEAR)
        colour = (self._picture[y0:y1, x0:x1] * self._gain).clip(0, 1)
        guess = (line[..., :3] * colour).sum(-1) + line[..., 3]
        least, most = _bounds(coarse, size)
        return SoftMask(np.maximum(least, np.minimum(guess.clip(0, 1), most)), x0, y0)

    def _inverse_covariance(self) -> Floats:
        """Of the colours around each canvas pixel: 3 x 3 by cross products of its rows."""
        product = self._colour[..., :, None] * self._colour[..., None, :]
        mean_product = _mean(product.reshape(*product.shape[:2], 9)).reshape(product.shape)
        covariance = mean_product - self._mean[..., :, None] * self._mean[..., None, :]
        a, b, c = np.moveaxis(covariance + np.eye(3, dtype=np.float32) * _SMOOTHNESS, -2, 0)
        crossed = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], -1)
        determinant: Floats = (a * crossed[..., 0]).sum(-1)
        inverse: Floats = crossed / determinant[..., None, None]
        return inverse

    def _coefficients(self, coarse: Bits, window: tuple[slice, slice]) -> tuple[Floats, Floats]:
        """Slope and offset of the mask as a linear function of colour, around each pixel."""
        wanted = coarse.astype(np.float32)
        mean = _mean(wanted)
        colour, mean_colour = self._colour[window], self._mean[window]
        covariance = _mean(colour * wanted[..., None]) - mean_colour * mean[..., None]
        slope = (self._inverse[window] @ covariance[..., None])[..., 0]
        offset = mean - (slope * mean_colour).sum(-1)
        return _mean(slope), _mean(offset)


def _mean(values: Floats) -> Floats:
    return cv2.blur(values, (2 * _RADIUS + 1,) * 2, borderType=cv2.BORDER_REFLECT)


def _window(mask: Bits) -> tuple[int, int, int, int]:
    height, width = mask.shape
    x, y, w, h = cv2.boundingRect(mask.astype(np.uint8))
    pad = 3 * _RADIUS
    return max(0, x - pad), max(0, y - pad), min(width, x + w + pad), min(height, y + h + pad)


def _bounds(coarse: Bits, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """What surely belongs, and what may belong, at full size."""
    bits = coarse.astype(np.uint8)
    surely = cv2.erode(bits, _DISC, borderValue=1)
    maybe = cv2.dilate(bits, _DISC, borderValue=0)
    least, most = (
        cv2.resize(cv2.blur(each.astype(np.float32), (3, 3)), size) for each in (surely, maybe)
    )
    return least, most
