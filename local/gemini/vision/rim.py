"""The colours along a picture's frame, and how unlike them a pixel is."""

import cv2
import numpy as np

from local.gemini.vision.arrays import Bits, Floats

_DEPTH = 25  # the rim is this fraction of the picture's height deep
_COLOURS = 4
_LEAST_SHARE = 0.04  # a rarer colour is an accident
_SPREAD = 6.0  # Lab variance that any colour is granted
_FARTHEST = 12.0
_STOP = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 15, 0.5)


def rim_of(shape: tuple[int, ...]) -> Bits:
    """The pixels along the frame."""
    depth = max(3, shape[0] // _DEPTH)
    rim = np.ones(shape[:2], bool)
    rim[depth:-depth, depth:-depth] = False
    return rim


def unlike(lab: Floats, sample: Floats) -> Floats:
    """Each pixel's Mahalanobis distance to the nearest of the sample's main colours."""
    sample = sample[::3]
    groups = _grouped(sample)
    distances = []
    for group in range(_COLOURS):
        colour = sample[groups == group]
        if len(colour) < max(2, _LEAST_SHARE * len(sample)):
            continue
        inverse = np.linalg.inv(np.cov(colour.T) + np.eye(3) * _SPREAD).astype(np.float32)
        offset = (lab - colour.mean(0)).reshape(-1, 3)
        distances.append(((offset @ inverse) * offset).sum(1))
    nearest: Floats = np.sqrt(np.min(distances, 0)).clip(0, _FARTHEST)
    return nearest.reshape(lab.shape[:2])


def _grouped(sample: Floats) -> Floats:
    """k-means that starts from bands of lightness, so that no random number is needed."""
    points = np.ascontiguousarray(sample, np.float32)
    rank = np.argsort(np.argsort(points[:, 0], kind="stable"))
    start = (rank * _COLOURS // len(points)).astype(np.int32)
    labels = cv2.kmeans(points, _COLOURS, start, _STOP, 1, cv2.KMEANS_USE_INITIAL_LABELS)[1]
    return labels.ravel()
