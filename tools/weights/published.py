"""Networks that are published as ONNX already: what is not needed is left out, the rest renamed."""

import onnx
from onnx import helper

from tools.weights import compact
from tools.weights.convolution import same
from tools.weights.graph import Model

_SIDES = ("height", "width")


def u2netp(data: bytes) -> Model:
    """U-2-Net's small version: its first output only, of a picture of any size."""
    model = onnx.load_from_string(data)
    del model.graph.output[1:], model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        for side, name in zip(value.type.tensor_type.shape.dim[2:], _SIDES, strict=True):
            side.dim_param = name
    _drop_what_nobody_reads(model)
    _rename(model, "salience")
    return compact.packed(model, compact.float16)


def text_detector(data: bytes) -> Model:
    """PP-OCRv6 tiny's detector of text."""
    model = onnx.load_from_string(data)
    _pad_explicitly(model)
    _rename(model, "text")
    return compact.packed(model, compact.float16)


def text_reader(data: bytes) -> tuple[Model, bytes]:
    """PP-OCRv6 tiny's reader of a line, and its characters, one per line."""
    model = onnx.load_from_string(data)
    (characters,) = (each.value for each in model.metadata_props if each.key == "character")
    del model.metadata_props[:]
    _rename(model, "characters")
    return model, f"{characters}\n".encode()


def _drop_what_nobody_reads(model: Model) -> None:
    read = {value.name for value in model.graph.output}
    for node in reversed(list(model.graph.node)):
        if read.isdisjoint(node.output):
            model.graph.node.remove(node)
        else:
            read.update(node.input)


def _pad_explicitly(model: Model) -> None:
    """Pads instead of auto_pad, which OpenCV 5.0's new engine takes for something else."""
    for node in model.graph.node:
        said = {each.name: each for each in node.attribute}
        if "auto_pad" not in said:
            continue
        if said["auto_pad"].s != b"SAME_UPPER" or set(said["strides"].ints) != {1}:
            raise NotImplementedError(f"{node.name} pads by the size of the picture")
        height, width = said["kernel_shape"].ints
        node.attribute.remove(said["auto_pad"])
        node.attribute.append(helper.make_attribute("pads", same((1, 1), (height, width), 1)))


def _rename(model: Model, output: str) -> None:
    (given,), (made,) = model.graph.input, model.graph.output
    names = {given.name: "image", made.name: output}
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    given.name, made.name = "image", output
