"""Names for shapes."""

import math

import cv2
import numpy as np

from local.gemini.vision.arrays import Bits, Labels

_LEAST_AREA = 30  # pixels: smaller has no shape


def shape_name(mask: Bits) -> str:
    """What the largest piece of a mask looks like, judged by its outline."""
    bits = np.pad(mask, 1).astype(np.uint8)
    outlines, _ = cv2.findContours(bits, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=cv2.contourArea)
    area = cv2.contourArea(outline)
    if area < _LEAST_AREA:
        return "small"
    hull = cv2.convexHull(outline)
    solidity = area / cv2.contourArea(hull)
    sides = cv2.minAreaRect(outline)[1]
    stretch = max(sides) / max(1, min(sides))
    if stretch > 3.2:
        return "long thin"
    if solidity < 0.85:
        return "irregular"
    fill = area / max(1, sides[0] * sides[1])
    if fill > 0.9:
        return "square" if stretch < 1.15 else "rectangular"
    if area > 0.86 * max(1, cv2.minEnclosingTriangle(hull)[0]):
        return "triangular"
    return _curved(hull, solidity, stretch, fill)


def _curved(hull: Labels, solidity: float, stretch: float, fill: float) -> str:
    roundness = 4 * math.pi * cv2.contourArea(hull) / cv2.arcLength(hull, closed=True) ** 2
    if roundness > 0.9 and stretch < 1.2:
        return "round"
    if roundness > 0.9 or (solidity > 0.95 and abs(fill - math.pi / 4) < 0.035):
        return "oval"  # an ellipse fills a quarter of pi of the rectangle around it
    return "rounded" if solidity > 0.92 else "irregular"
