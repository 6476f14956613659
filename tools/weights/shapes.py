"""Operations of TensorFlow.js that move numbers and leave them as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.weights.layout import Padded, Tensor, Value

if TYPE_CHECKING:
    from tools.weights.tensorflow_js import Node
    from tools.weights.translate import Translator


def transposed(to: Translator, node: Node) -> Value:
    """Not written: only which axis is which changes."""
    order = tuple(int(each) for each in to.array(node.inputs[1]))
    value = to.value(node.inputs[0])
    if isinstance(value, Padded):
        return value.transposed(order)
    return to.tensor(node.inputs[0]).transposed(order)


def reshaped(to: Translator, node: Node) -> Value:
    """The same numbers in another shape."""
    x = to.tensor(node.inputs[0]).plain(to.graph)
    sizes = to.sizes(node.inputs[1])
    shape = np.empty(x.shape, np.bool_).reshape(sizes).shape
    name = to.graph.add("Reshape", x.name, to.graph.constant(np.array(shape, np.int64)))
    return Tensor(name, shape, tuple(range(len(shape))))


def squeezed(to: Translator, node: Node) -> Value:
    """Without axes of length 1."""
    x = to.tensor(node.inputs[0]).plain(to.graph)
    gone = node.integers("squeeze_dims")
    shape = tuple(size for axis, size in enumerate(x.shape) if axis not in gone)
    name = to.graph.add("Squeeze", x.name, to.graph.constant(np.array(gone, np.int64)))
    return Tensor(name, shape, tuple(range(len(shape))))


def joined(to: Translator, node: Node) -> Value:
    """Several tensors, one behind the other."""
    first = to.tensor(node.inputs[0])
    parts = [to.tensor(each).laid(first.axes, to.graph) for each in node.inputs[:-1]]
    axis = first.axes[int(to.array(node.inputs[-1]))]
    name = to.graph.add("Concat", *(part.name for part in parts), axis=axis)
    stored = list(first.stored)
    stored[axis] = sum(part.stored[axis] for part in parts)
    return Tensor(name, tuple(stored), first.axes)


def split(to: Translator, node: Node) -> Value:
    """One tensor in parts."""
    x = to.tensor(node.inputs[0])
    sizes = to.sizes(node.inputs[1])
    axis = x.axes[int(to.array(node.inputs[2]))]
    lengths = to.graph.constant(np.array(sizes, np.int64))
    names = to.graph.add_many("Split", len(sizes), x.name, lengths, axis=axis)
    return [
        Tensor(name, (*x.stored[:axis], size, *x.stored[axis + 1 :]), x.axes)
        for name, size in zip(names, sizes, strict=True)
    ]
