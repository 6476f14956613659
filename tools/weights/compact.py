"""Weights in fewer bytes, which the file itself decodes: all arithmetic stays in 32-bit floats."""

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from tools.weights.arrays import Array
from tools.weights.graph import Model

_LEAST = 257  # numbers; smaller constants stay as they are
_WEIGHTED = {"Conv", "ConvTranspose", "Gemm", "MatMul"}

# Of a weight's name and numbers: the constants to keep, and the node that decodes them.
Packing = Callable[[str, Array], tuple[list[Any], Any]]


def packed(model: Model, packing: Packing) -> Model:
    """The model with its weights packed. It is changed in place."""
    constants, nodes = [], []
    weights = _weights(model)
    for constant in model.graph.initializer:
        if constant.name not in weights:
            constants.append(constant)
            continue
        kept, node = packing(constant.name, numpy_helper.to_array(constant))
        constants += kept
        nodes.append(node)
    nodes += model.graph.node
    for field, values in ((model.graph.initializer, constants), (model.graph.node, nodes)):
        copies = [_copy(each) for each in values]
        del field[:]
        field.extend(copies)
    return model


def int8(name: str, weights: Array) -> tuple[list[Any], Any]:
    """Whole numbers to 127, and a scale per output channel: a quarter of the bytes."""
    rows = weights.reshape(len(weights), -1)
    scales = np.maximum(np.abs(rows).max(1), np.float32(1e-12)) / np.float32(127)
    whole = np.rint(rows / scales[:, None]).clip(-127, 127).astype(np.int8)
    parts = {
        "whole": whole.reshape(weights.shape),
        "scales": scales,
        "zeros": np.zeros(len(scales), np.int8),
    }
    constants = [numpy_helper.from_array(part, f"{name}.{key}") for key, part in parts.items()]
    inputs = [f"{name}.{key}" for key in parts]
    return constants, helper.make_node("DequantizeLinear", inputs, [name], axis=0)


def float16(name: str, weights: Array) -> tuple[list[Any], Any]:
    """Floats of 16 bits: half of the bytes."""
    halves = numpy_helper.from_array(weights.astype(np.float16), f"{name}.half")
    return [halves], helper.make_node("Cast", [halves.name], [name], to=TensorProto.FLOAT)


def _weights(model: Model) -> set[str]:
    """The large constants that are only multiplied with: the second input of such nodes."""
    uses: dict[str, set[bool]] = {}
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            uses.setdefault(name, set()).add(node.op_type in _WEIGHTED and place == 1)
    return {
        constant.name
        for constant in model.graph.initializer
        if uses.get(constant.name) == {True}
        and constant.data_type == TensorProto.FLOAT
        and numpy_helper.to_array(constant).size >= _LEAST
    }


def _copy(message: Any) -> Any:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy
