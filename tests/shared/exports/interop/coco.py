"""Reads COCO files with pycocotools: boxes, and masks as run lengths by columns.

example: python coco.py one/annotations.json two/annotations.json
"""

import contextlib
import io
import json
import sys
from itertools import groupby

from pycocotools.coco import COCO


def read(path: str) -> list[dict]:
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = COCO(path)
    return [
        {
            "image": dataset.imgs[each["image_id"]]["file_name"],
            "label": dataset.cats[each["category_id"]]["name"],
            "box": each["bbox"],
            "area": each["area"],
            "mask": mask(dataset, each) if each["segmentation"] else None,
        }
        for each in dataset.anns.values()
    ]


def mask(dataset: COCO, annotation: dict) -> list:
    """Value and length of each run, down the columns."""
    pixels = dataset.annToMask(annotation)
    return [[int(value), len(list(run))] for value, run in groupby(pixels.T.ravel().tolist())]


print(json.dumps({path: read(path) for path in sys.argv[1:]}))
