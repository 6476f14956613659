"""EfficientNet-Lite0 as a graph: which layers there are, the names of its weights say."""

from collections.abc import Mapping

import numpy as np

from tools.weights.arrays import Array
from tools.weights.convolution import Convolution, normalised, same
from tools.weights.graph import Graph, Model

SIDE = 224
_EPSILON = np.float32(1e-3)
_STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the first block of each stage
_CLASSES = 1000


class _Layers:
    """The convolutions in the graph, each with its normalisation, and the size of the picture."""

    def __init__(self, weights: Mapping[str, Array], graph: Graph) -> None:
        self._weights = weights
        self._graph = graph
        self._size = (SIDE, SIDE)

    def has(self, layer: str) -> bool:
        return f"{layer}.weight" in self._weights

    def width(self, layer: str) -> int:
        return len(self._weights[f"{layer}.weight"])

    def convolved(self, x: str, layer: str, norm: str, stride: int = 1) -> str:
        """What the convolution and its normalisation make of x."""
        weights = self._weights[f"{layer}.weight"]
        depthwise = weights.shape[1] == 1
        pads = same(self._size, weights.shape[2:], stride)
        bias = np.zeros(len(weights), np.float32)
        groups = len(weights) if depthwise else 1
        bare = Convolution(x, self._size, weights, bias, stride, pads, groups)
        scale, offset, mean, variance = (
            self._weights[f"{norm}.{each}"]
            for each in ("weight", "bias", "running_mean", "running_var")
        )
        whole = normalised(bare, scale, offset, mean, variance + _EPSILON)
        self._size = whole.shape[2:]
        return whole.written(self._graph)

    def active(self, x: str) -> str:
        """Numbers below 0 become 0, those above 6 become 6."""
        limits = (self._graph.constant(np.array(limit, np.float32)) for limit in (0, 6))
        return self._graph.add("Clip", x, *limits)


def classifier(weights: Mapping[str, Array]) -> Model:
    """The network: of a picture, the share of each class."""
    graph = Graph()
    layers = _Layers(weights, graph)
    x = layers.active(layers.convolved("image", "_conv_stem", "_bn0", 2))
    x = _blocks(layers, graph, x)
    x = layers.active(layers.convolved(x, "_conv_head", "_bn1"))
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    last = (graph.constant(weights[f"_fc.{each}"]) for each in ("weight", "bias"))
    x = graph.add("Softmax", graph.add("Gemm", x, *last, transB=1), axis=-1)
    return graph.model("lite0", [1, 3, SIDE, SIDE], {"shares": (x, [1, _CLASSES])})


def _blocks(layers: _Layers, graph: Graph, x: str) -> str:
    """A block that widens its input begins a stage; the others add their input."""
    stage, width, index = -1, 0, 0
    while layers.has(f"_blocks.{index}._depthwise_conv"):
        block = f"_blocks.{index}."
        first = layers.width(f"{block}_project_conv") != width
        width = layers.width(f"{block}_project_conv")
        stage += first
        y = _block(layers, block, x, _STRIDES[stage] if first else 1)
        x = y if first else graph.add("Add", y, x)
        index += 1
    return x


def _block(layers: _Layers, block: str, x: str, stride: int) -> str:
    if layers.has(f"{block}_expand_conv"):
        x = layers.active(layers.convolved(x, f"{block}_expand_conv", f"{block}_bn0"))
    x = layers.active(layers.convolved(x, f"{block}_depthwise_conv", f"{block}_bn1", stride))
    return layers.convolved(x, f"{block}_project_conv", f"{block}_bn2")
