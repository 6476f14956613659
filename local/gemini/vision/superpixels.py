"""Small patches of one colour, whose outlines follow the picture's edges."""

import cv2
import numpy as np

from local.gemini.vision.arrays import Floats, Labels
from local.gemini.vision.canvas import Canvas

_WINDOW = 7  # pixels: a seed is the flattest place in a window of this size
_NEXT = np.ones((3, 3), np.uint8)


def superpixels(canvas: Canvas, edges: Floats) -> Labels:
    """The patch each pixel belongs to, numbered from 0: a watershed from the flattest places."""
    flattest = cv2.erode(edges, np.ones((_WINDOW, _WINDOW))) == edges
    seeds = cv2.connectedComponents(flattest.astype(np.uint8))[1]
    colours = cv2.cvtColor((canvas.rgb * 255).astype(np.uint8), cv2.COLOR_RGB2LAB)
    patches = cv2.watershed(colours, seeds).clip(0).astype(np.float32)
    while (patches <= 0).any():  # the watershed leaves lines: a neighbour takes them
        patches = np.where(patches > 0, patches, cv2.dilate(patches, _NEXT))
    _, numbered = np.unique(patches.astype(np.int32), return_inverse=True)
    return numbered.reshape(edges.shape).astype(np.int32)
