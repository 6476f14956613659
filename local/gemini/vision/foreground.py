"""How much each region stands out from what lies along the picture's frame.

Boundary connectivity and weighted contrast follow W. Zhu, S. Liang, Y. Wei and J. Sun, "Saliency
Optimization from Robust Background Detection", CVPR 2014; the frame's colours are added to it.
"""

from dataclasses import dataclass

import numpy as np

from local.gemini.vision.arrays import Floats
from local.gemini.vision.regions import Regions, frame
from local.gemini.vision.rim import rim_of, unlike

_FREE = 4.0  # steps between regions up to this count as none
_NEAR = 200.0  # twice the square of the distance at which regions stop belonging together
_TIED = 1.7  # the boundary connectivity at which a region is background
_NEIGHBOURHOOD = 0.18  # twice the square of a distance, the picture's side being 1
_CONTRAST = 8.0
_UNLIKE = 3.0
_SMOOTH = 128.0
_LONG_BORDER = 40  # pixels
_FAR = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class _Between:
    """What lies between each two regions, as square matrices."""

    colour: Floats  # difference of mean colour
    step: Floats  # colour difference and edge as one; _FAR where they do not touch
    length: Floats  # pixels of common border


def foreground(regions: Regions, lab: Floats) -> Floats:
    """0..1 for each region: 1 is unlike the frame's surroundings and not tied to the frame."""
    between = _between(regions)
    tied = _tied_to_frame(regions, between)
    differs = _rises(_contrast(regions, between, tied), _CONTRAST)
    strange = _rises(_strangeness(regions, tied, lab), _UNLIKE)
    front = 1 - (1 - differs * np.sqrt(strange)) * (1 - strange * np.sqrt(differs))
    back = np.maximum(tied * (1 - 0.5 * strange), 0.5 * (1 - strange))
    return _smoothed(regions, between, front, back)


def _between(regions: Regions) -> _Between:
    borders = regions.borders
    i, j = borders.first, borders.second
    colour = np.sqrt(((regions.mean[:, None] - regions.mean) ** 2).sum(-1))
    edge = np.maximum(borders.strength / borders.length, 0.2)
    step = np.full(colour.shape, _FAR)
    step[i, j] = step[j, i] = np.sqrt(colour[i, j] * edge)
    length = np.zeros(colour.shape)
    length[i, j] = length[j, i] = borders.length
    return _Between(colour, step, length)


def _tied_to_frame(regions: Regions, between: _Between) -> Floats:
    """0..1: the share of the frame that a region and all that is easily reached from it hold."""
    contact = np.bincount(frame(regions.labels), minlength=regions.count).astype(float)
    reach = np.maximum(0, between.step - _FREE)
    along = np.ix_(contact > 0, contact > 0)  # the frame connects what touches it
    reach[along] = np.minimum(reach[along], np.maximum(0, between.colour[along] - _FREE))
    np.fill_diagonal(reach, 0)
    for via in range(regions.count):  # Floyd and Warshall's shortest paths
        np.minimum(reach, reach[:, via, None] + reach[via], out=reach)
    belongs = np.exp(-(reach**2) / _NEAR)
    return _rises((belongs @ contact) / np.sqrt(belongs @ regions.area), _TIED)


def _contrast(regions: Regions, between: _Between, tied: Floats) -> Floats:
    """A region's colour difference to the background near it; none for the background itself."""
    height, width = regions.labels.shape
    rows, columns = np.mgrid[0:height, 0:width] / max(height, width)
    y, x = regions.average(rows), regions.average(columns)
    apart = (y[:, None] - y) ** 2 + (x[:, None] - x) ** 2
    weight = np.exp(-apart / _NEIGHBOURHOOD) * regions.area * tied
    mean: Floats = (between.colour * weight).sum(1) / np.maximum(weight.sum(1), 1e-9)
    contrast: Floats = mean * (1 - tied)
    return contrast


def _strangeness(regions: Regions, tied: Floats, lab: Floats) -> Floats:
    """How unlike the rim's colours; rim regions that are not tied to the frame do not count."""
    rim = rim_of(lab.shape)
    background = rim & (tied > 0.5)[regions.labels]
    sample = lab[background if background.sum() > 0.2 * rim.sum() else rim]
    return regions.average(unlike(lab, sample))


def _rises(value: Floats, scale: float) -> Floats:
    risen: Floats = 1 - np.exp(-((value / scale) ** 2))
    return risen


def _smoothed(regions: Regions, between: _Between, front: Floats, back: Floats) -> Floats:
    """The values that fit front and back best while like neighbours stay alike: least squares."""
    alike = np.where(between.length > 0, np.exp(-(between.step**2) / _SMOOTH), 0)
    pull = alike * np.minimum(between.length, _LONG_BORDER) / _LONG_BORDER
    weight = np.sqrt(regions.area / regions.area.mean()).clip(0.3, 3)
    system = np.diag(pull.sum(1) + weight * (front + back) + 1e-4) - pull
    return np.linalg.solve(system, weight * front).clip(0, 1)
