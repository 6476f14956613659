"""How convex a shape is."""

import cv2

from local.gemini.vision.arrays import Labels


def hull_area(hull: Labels) -> float:
    """Pixels within a convex hull through pixel centres, those it passes through included."""
    return float(cv2.contourArea(hull) + 0.5 * cv2.arcLength(hull, closed=True) + 1)
