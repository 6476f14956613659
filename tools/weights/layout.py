"""Tensors whose axes TensorFlow and ONNX count in different orders."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tools.weights.arrays import Array
from tools.weights.convolution import Convolution

if TYPE_CHECKING:
    from tools.weights.graph import Graph

CHANNELS_FIRST = (0, 2, 3, 1)  # where batch, height, width and channel lie in ONNX


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the ONNX graph, and where each axis that TensorFlow knows lies in it.

    A Transpose is therefore mere bookkeeping: most of them cancel out, and are never written.
    """

    name: str
    stored: tuple[int, ...]  # its shape in the ONNX graph
    axes: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that TensorFlow sees."""
        return tuple(self.stored[axis] for axis in self.axes)

    def transposed(self, order: tuple[int, ...]) -> "Tensor":
        """What TensorFlow calls the transposed tensor."""
        return Tensor(self.name, self.stored, tuple(self.axes[axis] for axis in order))

    def laid(self, axes: tuple[int, ...], graph: "Graph") -> "Tensor":
        """The same tensor with its axes in these places."""
        if axes == self.axes:
            return self
        order = [self.axes[axes.index(place)] for place in range(len(axes))]
        name = graph.add("Transpose", self.name, perm=order)
        return Tensor(name, tuple(self.stored[axis] for axis in order), axes)

    def plain(self, graph: "Graph") -> "Tensor":
        """The same tensor with its axes as TensorFlow counts them."""
        return self.laid(tuple(range(len(self.axes))), graph)

    def aligned(self, array: Array) -> Array:
        """A constant that TensorFlow broadcasts over the tensor, as it is to lie in ONNX."""
        if array.size == 1:
            return array.reshape(())
        wide = array.reshape((1,) * (len(self.axes) - array.ndim) + array.shape)
        return np.transpose(wide, np.argsort(self.axes))


@dataclass(frozen=True, slots=True)
class Padded:
    """A tensor with rows around it, which the convolution or the pool that follows takes over."""

    inside: Tensor
    amounts: tuple[tuple[int, int], ...]  # by axis, as TensorFlow counts them

    def transposed(self, order: tuple[int, ...]) -> "Padded":
        """What TensorFlow calls the transposed tensor."""
        return Padded(self.inside.transposed(order), tuple(self.amounts[axis] for axis in order))


Value: TypeAlias = Tensor | Padded | Convolution | list[Tensor]
