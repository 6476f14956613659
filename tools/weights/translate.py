"""A graph of TensorFlow.js, translated into ONNX from its results back to its inputs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tools.weights.arrays import Array
from tools.weights.convolution import Convolution
from tools.weights.layout import CHANNELS_FIRST, Padded, Tensor, Value
from tools.weights.operations import OPERATIONS
from tools.weights.tensorflow_js import Saved

if TYPE_CHECKING:
    from tools.weights.graph import Graph


class Translator:
    """Writes what the asked-for results need, each node once."""

    def __init__(self, saved: Saved, graph: "Graph", inputs: Mapping[str, Tensor]) -> None:
        self.graph = graph
        self._saved = saved
        self._values: dict[str, Value] = {**inputs}

    def tensor(self, reference: str) -> Tensor:
        """What a node gives, written into the graph."""
        name, _, index = reference.partition(":")
        value = self.value(name)
        if isinstance(value, Convolution):
            value = Tensor(value.written(self.graph), value.shape, CHANNELS_FIRST)
            self._values[name] = value
        if isinstance(value, list):
            value = value[int(index or 0)]
        if isinstance(value, Padded):
            raise NotImplementedError(f"{name} is padded for neither a convolution nor a pool")
        return value

    def value(self, reference: str) -> Value:
        """What a node gives, which need not be written yet."""
        name = reference.partition(":")[0]
        if name not in self._values:
            node = self._saved.node(name)
            self._values[name] = OPERATIONS[node.operation](self, node)
        return self._values[name]

    def constant(self, reference: str) -> Array | None:
        """The array of a node, if that is constant."""
        return self._saved.constants.get(reference.partition(":")[0])

    def array(self, reference: str) -> Array:
        """The array of a constant node."""
        return self._saved.constants[reference.partition(":")[0]]

    def sizes(self, reference: str) -> list[int]:
        """A shape; where it asks how many pictures there are, there is one."""
        known = self.constant(reference)
        if known is not None:
            return [int(each) for each in np.atleast_1d(known)]
        node = self._saved.node(reference.partition(":")[0])
        parts = node.inputs
        match node.operation:
            case "StridedSlice":
                return [1]
            case "Pack":
                return [size for part in parts for size in self.sizes(part)]
            case "AddV2":
                return [sum(pair) for pair in zip(*map(self.sizes, parts), strict=True)]
            case "SparseToDense" if not self.array(parts[0]).size:
                return self.sizes(parts[3]) * self.sizes(parts[1])[0]
        raise NotImplementedError(f"a shape by {node.operation}")
