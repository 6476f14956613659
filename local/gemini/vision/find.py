"""Which parts of a picture are things."""

import math

import cv2
import numpy as np

from local.gemini.vision.arrays import Bits, Floats, Labels, Pixels
from local.gemini.vision.canvas import Canvas, calmed, canvas_of
from local.gemini.vision.cut import LEAST_AREA, cut
from local.gemini.vision.foreground import foreground
from local.gemini.vision.grouping import grouped
from local.gemini.vision.guided import Guide
from local.gemini.vision.regions import regions_of
from local.gemini.vision.softmask import SoftMask
from local.gemini.vision.superpixels import superpixels
from local.gemini.vision.tree import MergeTree, merge_tree

_TEXTURE_WEIGHT = 0.5  # of texture against a unit of Lab
_REGIONS = 160  # at which foreground is measured
_LEAST_CONFIDENCE = 0.45
_LEAST_RANK = 0.35  # of the best

Found = tuple[float, Bits]  # confidence, 0..1, and where


def find(picture: Pixels) -> list[tuple[float, SoftMask]]:
    """The things in a picture, the clearest first, each with its confidence, 0..1.

    Confidence is how much a thing stands out from the background, not how sure a name is.
    """
    canvas = canvas_of(picture)
    guide = Guide(canvas, picture)
    return [(sure, guide.refine(mask).tidied()) for sure, mask in _best(_candidates(canvas))]


def _candidates(canvas: Canvas) -> list[Found]:
    edges = canvas.edges
    calm = calmed(edges)
    labels = superpixels(canvas, edges)
    features = np.dstack([canvas.lab, canvas.texture * _TEXTURE_WEIGHT])
    tree = merge_tree(regions_of(labels, features, calm))
    coarse = tree.partition(_REGIONS)
    parts = regions_of(coarse[labels], features, calm)
    front = foreground(parts, cv2.GaussianBlur(canvas.lab, (0, 0), 1.5))[coarse]
    masks = _things(tree, labels, front)
    return [(float(front[labels[mask]].mean()), mask) for mask in masks]


def _things(tree: MergeTree, labels: Labels, front: Floats) -> list[Bits]:
    nodes = cut(tree, labels, front)
    owner = np.full(tree.leaves, -1, np.int32)
    for piece, node in enumerate(nodes):
        owner[tree.members(node)] = piece
    return grouped(owner[labels], len(nodes))


def _best(candidates: list[Found]) -> list[Found]:
    """The candidates that are clear and large enough, and not faint beside the best of them."""
    clear = [
        (sure, mask)
        for sure, mask in candidates
        if sure > _LEAST_CONFIDENCE and mask.mean() > LEAST_AREA
    ]
    clear.sort(key=_rank, reverse=True)
    return [found for found in clear if _rank(found) > _LEAST_RANK * _rank(clear[0])]


def _rank(found: Found) -> float:
    sure, mask = found
    return sure * math.sqrt(math.sqrt(mask.sum()))
