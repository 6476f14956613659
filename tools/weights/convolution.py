"""A convolution that is not written yet, so that factors and offsets after it become part of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tools.weights.arrays import Array

if TYPE_CHECKING:
    from tools.weights.graph import Graph

Pads = tuple[int, int, int, int]  # above, left, below, right


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """What is convolved, with which weights, and what is added."""

    source: str
    size: Sequence[int]  # height and width of the source
    weights: Array  # output x input x height x width
    bias: Array
    stride: int = 1
    pads: Pads = (0, 0, 0, 0)
    groups: int = 1

    def times(self, factors: Array) -> "Convolution":
        """The same with each output channel multiplied."""
        factors = np.broadcast_to(factors.reshape(-1), self.bias.shape)
        weights = self.weights * factors[:, None, None, None]
        return replace(self, weights=weights, bias=self.bias * factors)

    def plus(self, offsets: Array) -> "Convolution":
        """The same with a number added to each output channel."""
        return replace(self, bias=self.bias + offsets.reshape(-1))

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One picture, its channels, and their height and width."""
        kernel, (above, left, below, right) = self.weights.shape[2:], self.pads
        height, width = (
            (size + pad - side) // self.stride + 1
            for size, pad, side in zip(
                self.size, (above + below, left + right), kernel, strict=True
            )
        )
        return 1, len(self.bias), height, width

    def written(self, graph: "Graph") -> str:
        """The name of its output, once it stands in the graph."""
        return graph.add(
            "Conv",
            self.source,
            graph.constant(self.weights.astype(np.float32)),
            graph.constant(self.bias.astype(np.float32)),
            group=self.groups,
            pads=self.pads,
            strides=[self.stride] * 2,
        )


def normalised(
    of: Convolution, scale: Array, offset: Array, mean: Array, var: Array
) -> Convolution:
    """A convolution with the batch normalisation that follows it; epsilon is part of `var`."""
    factors = scale / np.sqrt(var)
    return of.times(factors).plus(offset - mean * factors)


def same(size: Sequence[int], kernel: Sequence[int], stride: int) -> Pads:
    """The pads that TensorFlow's SAME stands for: an odd one goes below and right.

    OpenCV 5.0's new engine pads otherwise where a file leaves this to it (auto_pad).
    """
    (above, below), (left, right) = (
        _split(max(0, (-(-length // stride) - 1) * stride + side - length))
        for length, side in zip(size, kernel, strict=True)
    )
    return above, left, below, right


def _split(total: int) -> tuple[int, int]:
    return total // 2, total - total // 2
