"""The two detectors, both trained on the 80 things of COCO, out of TensorFlow.js."""

import io
from collections.abc import Mapping

import numpy as np

from tools.weights import compact
from tools.weights.graph import Graph, Model
from tools.weights.layout import Tensor
from tools.weights.tensorflow_js import Saved
from tools.weights.translate import Translator

_PIXELS = "Preprocessor/map/TensorArrayStack/TensorArrayGatherV3"
_ANCHORS = "Postprocessor/ExpandDims"
_SSD_SIDE = 300
_NANODET_SIDE = 416
_STRIDES = (8, 16, 32)  # pixels between the centres that NanoDet looks from


def ssd(files: Mapping[str, bytes]) -> tuple[Model, bytes]:
    """SSDLite-MobileNetV2 and its anchors; pixels are 0 to 255, with the channels last."""
    saved = Saved(files, "model.json")
    image = Tensor("image", (1, _SSD_SIDE, _SSD_SIDE, 3), (0, 1, 2, 3))
    results = {"scores": "Postprocessor/convert_scores", "offsets": "Squeeze"}
    anchors = io.BytesIO()
    np.save(anchors, saved.constants[_ANCHORS])
    return _translated("ssd", saved, {_PIXELS: image}, results), anchors.getvalue()


def nanodet(files: Mapping[str, bytes]) -> Model:
    """NanoDet-g: per stride the scores, and how likely each distance to each edge of the box is."""
    saved = Saved(files, "nanodet.json")
    image = Tensor("image", (1, 3, _NANODET_SIDE, _NANODET_SIDE), (0, 1, 2, 3))
    asked = [f"{what}_{stride}" for what in ("scores", "distances") for stride in _STRIDES]
    names = ("Identity", *(f"Identity_{index}" for index in range(1, 6)))
    return _translated("nanodet", saved, {"input_1": image}, dict(zip(asked, names, strict=True)))


def _translated(
    name: str, saved: Saved, inputs: Mapping[str, Tensor], results: Mapping[str, str]
) -> Model:
    graph = Graph()
    to = Translator(saved, graph, inputs)
    (image,) = inputs.values()
    plain = {called: to.tensor(node).plain(graph) for called, node in results.items()}
    outputs = {called: (tensor.name, tensor.stored) for called, tensor in plain.items()}
    return compact.packed(graph.model(name, image.stored, outputs), compact.int8)
