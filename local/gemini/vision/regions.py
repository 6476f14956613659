"""A picture cut into regions: how large, of which colour, and what lies between neighbours."""

from dataclasses import dataclass

import numpy as np

from local.gemini.vision.arrays import Floats, Labels


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """Every pair of regions that touch, `first` < `second`."""

    first: Labels
    second: Labels
    length: Floats  # pixels
    strength: Floats  # edge strength, summed along the border


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """All regions of a picture."""

    labels: Labels
    area: Floats  # pixels
    mean: Floats  # region x feature
    borders: Borders

    @property
    def count(self) -> int:
        return len(self.area)

    def average(self, values: Floats) -> Floats:
        """The mean of some values per pixel over each region."""
        return np.bincount(self.labels.ravel(), values.ravel(), self.count) / self.area


def regions_of(labels: Labels, features: Floats, edges: Floats) -> Regions:
    """The regions that `labels` numbers without gaps."""
    flat = labels.ravel()
    count = int(flat.max()) + 1
    area = np.bincount(flat, minlength=count).astype(float)
    sums = [np.bincount(flat, channel.ravel(), count) for channel in np.moveaxis(features, -1, 0)]
    return Regions(labels, area, np.stack(sums, 1) / area[:, None], _borders(labels, edges, count))


def _borders(labels: Labels, edges: Floats, count: int) -> Borders:
    one, other = beside(labels)
    steep = np.maximum(*beside(edges))
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    pairs, index = np.unique(low.astype(np.int64) * count + high, return_inverse=True)
    first, second = np.divmod(pairs, count)
    return Borders(
        first.astype(np.int32),
        second.astype(np.int32),
        np.bincount(index).astype(float),
        np.bincount(index, steep[apart]),
    )


def beside(values: Floats | Labels) -> tuple[Floats, Floats]:
    """Every two values that lie side by side or one above the other, as two flat arrays."""
    return (
        np.concatenate([values[:, :-1].ravel(), values[:-1].ravel()]),
        np.concatenate([values[:, 1:].ravel(), values[1:].ravel()]),
    )


def frame(values: Labels) -> Labels:
    """The values along the picture's frame."""
    return np.concatenate([values[0], values[-1], values[1:-1, 0], values[1:-1, -1]])
