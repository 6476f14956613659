"""Operations of TensorFlow.js that look at what lies around a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.weights.convolution import Convolution, Pads, normalised, same
from tools.weights.layout import CHANNELS_FIRST, Padded, Tensor, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.weights.tensorflow_js import Node
    from tools.weights.translate import Translator


def convolution(to: Translator, node: Node) -> Value:
    """One that is plain or depthwise, and not written before it is used."""
    if set(node.integers("dilations")) != {1}:
        raise NotImplementedError("a dilated convolution")
    weights = to.array(node.inputs[1])
    depthwise = node.operation.startswith("Depthwise")
    groups = weights.shape[2] if depthwise else 1
    weights = weights.transpose(2, 3, 0, 1) if depthwise else weights.transpose(3, 2, 0, 1)
    if depthwise:
        weights = weights.reshape(-1, 1, *weights.shape[2:])
    x, pads = _source(to, node, weights.shape[2:])
    bias = np.zeros(len(weights), np.float32)
    stride = node.integers("strides")[1]
    return Convolution(x.name, x.stored[2:], weights, bias, stride, pads, groups)


def pool(to: Translator, node: Node) -> Value:
    """The largest number of each window."""
    kernel = node.integers("ksize")[1:3]
    x, pads = _source(to, node, kernel)
    stride = node.integers("strides")[1]
    name = to.graph.add("MaxPool", x.name, kernel_shape=kernel, pads=pads, strides=[stride, stride])
    above, left, below, right = pads
    height = (x.stored[2] + above + below - kernel[0]) // stride + 1
    width = (x.stored[3] + left + right - kernel[1]) // stride + 1
    return Tensor(name, (*x.stored[:2], height, width), CHANNELS_FIRST)


def _source(to: Translator, node: Node, kernel: Sequence[int]) -> tuple[Tensor, Pads]:
    """What is convolved or pooled, and how it is padded."""
    value = to.value(node.inputs[0])
    padded = value if isinstance(value, Padded) else None
    x = (padded.inside if padded else to.tensor(node.inputs[0])).laid(CHANNELS_FIRST, to.graph)
    if node.text("padding") == "SAME":
        return x, same(x.stored[2:], kernel, node.integers("strides")[1])
    if padded is None:
        return x, (0, 0, 0, 0)
    _, (above, below), (left, right), _ = padded.amounts
    return x, (above, left, below, right)


def batch_normalised(to: Translator, node: Node) -> Value:
    """A convolution with its normalisation in it."""
    value = to.value(node.inputs[0])
    if not isinstance(value, Convolution):
        raise NotImplementedError("normalised is something else than a convolution")
    scale, offset, mean, variance = (to.array(each) for each in node.inputs[1:5])
    return normalised(value, scale, offset, mean, variance + np.float32(node.number("epsilon")))


def padded(to: Translator, node: Node) -> Value:
    """Not written: whatever looks at the windows pads."""
    amounts = to.array(node.inputs[1])
    return Padded(to.tensor(node.inputs[0]), tuple((int(a), int(b)) for a, b in amounts))


def resized(to: Translator, node: Node) -> Value:
    """Another height and width, with numbers between their neighbours."""
    x = to.tensor(node.inputs[0]).laid(CHANNELS_FIRST, to.graph)
    if node.truth("align_corners") or not node.truth("half_pixel_centers"):
        raise NotImplementedError("only resizes by the centres of pixels are translated")
    stored = (*x.stored[:2], *to.sizes(node.inputs[1]))
    sizes = to.graph.constant(np.array(stored, np.int64))
    how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    return Tensor(to.graph.add("Resize", x.name, "", "", sizes, **how), stored, CHANNELS_FIRST)
