"""Reads data sets with supervision: boxes, and masks as run lengths by columns.

example: python sv.py coco FOLDER yolo FOLDER voc FOLDER
"""

import json
import sys
from itertools import groupby
from pathlib import Path

import supervision


def dataset(kind: str, folder: Path):
    """The data set in a folder that `darkroom export --images copy` made."""
    images = str(folder / ("JPEGImages" if kind == "voc" else "images"))
    match kind:
        case "coco":
            return supervision.DetectionDataset.from_coco(images, str(folder / "annotations.json"))
        case "yolo":
            return supervision.DetectionDataset.from_yolo(
                images, str(folder / "labels"), str(folder / "data.yaml")
            )
    return supervision.DetectionDataset.from_pascal_voc(images, str(folder / "Annotations"))


def read(kind: str, folder: Path) -> list[dict]:
    found = dataset(kind, folder)
    return [
        {
            "image": Path(path).name,
            "size": list(image.shape[1::-1]),
            "label": found.classes[detections.class_id[at]],
            "box": detections.xyxy[at].tolist(),
            "mask": mask(detections.mask[at]) if detections.mask is not None else None,
        }
        for path, image, detections in found
        for at in range(len(detections))
    ]


def mask(pixels) -> list:
    """Value and length of each run, down the columns."""
    return [[int(value), len(list(run))] for value, run in groupby(pixels.T.ravel().tolist())]


pairs = zip(sys.argv[1::2], sys.argv[2::2], strict=True)
print(json.dumps({folder: read(kind, Path(folder)) for kind, folder in pairs}))
