"""An ONNX graph that is written node by node."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tools.weights.arrays import Array

Model: TypeAlias = Any  # onnx.ModelProto, whose classes are made at run time

_OPERATORS = 18  # the version of ONNX's operators
_FORMAT = 8  # the version of the file


class Graph:
    """Nodes in their order, and the constants that they read."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, array: Array) -> str:
        """The name of a new constant."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """The name of what a new node gives."""
        return self.add_many(operator, 1, *inputs, **attributes)[0]

    def add_many(self, operator: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """The names of all that a new node gives."""
        names = [f"t{len(self._nodes)}.{index}" for index in range(count)]
        self._nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def model(
        self, name: str, image: Sequence[int], outputs: Mapping[str, tuple[str, Sequence[int]]]
    ) -> Model:
        """A model whose input is called image; of an output, what gives it, and its shape."""
        for called, (given, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [given], [called]))
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, image)],
            [
                helper.make_tensor_value_info(called, TensorProto.FLOAT, shape)
                for called, (_, shape) in outputs.items()
            ],
            self._constants,
        )
        operators = [helper.make_opsetid("", _OPERATORS)]
        return helper.make_model(graph, opset_imports=operators, ir_version=_FORMAT)


def as_bytes(model: Model, origin: str) -> bytes:
    """The file; its own description names the origin, and says that it was changed."""
    model.doc_string = f"Changed by Darkroom from {origin}; see PROVENANCE.md."
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))
