"""Edits a COCO file with pycocotools: every mask is drawn and encoded again.

The objects labelled "far" are moved by 7 and -3, those labelled "gone" are deleted.
example: python edit_coco.py annotations.json edited.json
"""

import contextlib
import io
import json
import sys
from pathlib import Path

from pycocotools import mask
from pycocotools.coco import COCO

with contextlib.redirect_stdout(io.StringIO()):
    dataset = COCO(sys.argv[1])
names = {each["id"]: each["name"] for each in dataset.dataset["categories"]}
kept = []
for each in dataset.loadAnns(dataset.getAnnIds()):
    label = names[each["category_id"]]
    if label == "gone":
        continue
    if label == "far":
        left, top, width, height = each["bbox"]
        each["bbox"] = [left + 7, top - 3, width, height]
    if each["segmentation"]:
        runs = mask.encode(dataset.annToMask(each).astype("uint8", order="F"))
        each["segmentation"] = {"size": list(runs["size"]), "counts": runs["counts"].decode()}
        each["area"] = float(mask.area(runs))
    each["bbox"] = [float(number) for number in each["bbox"]]
    kept.append(each)
dataset.dataset["annotations"] = kept
Path(sys.argv[2]).write_text(json.dumps(dataset.dataset))
