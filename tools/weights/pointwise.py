"""Operations of TensorFlow.js that go number by number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tools.weights.convolution import Convolution
from tools.weights.layout import Tensor, Value

if TYPE_CHECKING:
    from tools.weights.arrays import Array
    from tools.weights.tensorflow_js import Node
    from tools.weights.translate import Translator

Operation = Callable[["Translator", "Node"], Value]


def identity(to: Translator, node: Node) -> Value:
    """The tensor itself."""
    return to.tensor(node.inputs[0])


def unary(operator: str) -> Operation:
    """An operation of one tensor, number by number."""

    def translated(to: Translator, node: Node) -> Value:
        x = to.tensor(node.inputs[0])
        return Tensor(to.graph.add(operator, x.name), x.stored, x.axes)

    return translated


def leaky(to: Translator, node: Node) -> Value:
    """Negative numbers, made smaller."""
    x = to.tensor(node.inputs[0])
    name = to.graph.add("LeakyRelu", x.name, alpha=node.number("alpha"))
    return Tensor(name, x.stored, x.axes)


def clipped(to: Translator, node: Node) -> Value:
    """Numbers below 0 become 0, those above 6 become 6."""
    x = to.tensor(node.inputs[0])
    limits = (to.graph.constant(np.array(limit, np.float32)) for limit in (0, 6))
    return Tensor(to.graph.add("Clip", x.name, *limits), x.stored, x.axes)


def binary(operator: str) -> Operation:
    """An operation of two tensors, or of one and a constant, number by number."""

    def translated(to: Translator, node: Node) -> Value:
        constants = [to.constant(each) for each in node.inputs]
        folded = _folded(to, operator, node.inputs, constants)
        if folded is not None:
            return folded
        x = next(to.tensor(r) for r, c in zip(node.inputs, constants, strict=True) if c is None)
        names = [
            to.tensor(reference).laid(x.axes, to.graph).name
            if constant is None
            else to.graph.constant(x.aligned(constant))
            for reference, constant in zip(node.inputs, constants, strict=True)
        ]
        return Tensor(to.graph.add(operator, *names), x.stored, x.axes)

    return translated


def _folded(
    to: Translator, operator: str, inputs: list[str], constants: list[Array | None]
) -> Convolution | None:
    """A convolution that takes the constant in, if there are the two."""
    for reference, other in zip(inputs, reversed(constants), strict=True):
        if other is None or operator not in ("Add", "Mul"):
            continue
        value = to.value(reference)
        if isinstance(value, Convolution):
            return value.plus(other) if operator == "Add" else value.times(other)
    return None
