"""Edits Label Studio's tasks with its own library: every brush is decoded and encoded again.

Predictions become annotations. The rectangles labelled "far" are moved by 7 and -3 pixels, regions
labelled "gone" are deleted.
example: python edit_label_studio.py FOLDER edited.json
"""

import json
import sys
from pathlib import Path

from label_studio_sdk.converter import brush
from label_studio_sdk.label_interface import LabelInterface
from label_studio_sdk.label_interface.objects import AnnotationValue

folder = Path(sys.argv[1])
interface = LabelInterface((folder / "config.xml").read_text("utf-8"))
tasks = json.loads((folder / "tasks.json").read_text("utf-8"))


def edited(region: dict) -> dict:
    value, width, height = region["value"], region["original_width"], region["original_height"]
    if region["type"] == "brushlabels":
        opacity = brush.decode_rle(value["rle"]).reshape(height, width, 4)[:, :, 3]
        return {**region, "value": {**value, "rle": brush.mask2rle(opacity)}}
    if value[region["type"]] == ["far"]:
        place = {"x": value["x"] + 700 / width, "y": value["y"] - 300 / height}
        return {**region, "value": {**value, **place}}
    return region


faults = []
for number, task in enumerate(tasks, 1):
    found = [
        edited(region)
        for region in task.pop("predictions")[0]["result"]
        if region["value"][region["type"]] != ["gone"]
    ]
    boxes = [region for region in found if region["type"] != "brushlabels"]
    if not interface.validate_annotation({"result": boxes}):
        faults.append(number)
    annotation = AnnotationValue(result=found, completed_by=1).model_dump(exclude_none=True)
    task |= {"id": number, "annotations": [{"id": number, "was_cancelled": False, **annotation}]}
if faults:
    sys.exit(f"annotations that do not fit the labelling interface: {faults}")
Path(sys.argv[2]).write_text(json.dumps(tasks))
