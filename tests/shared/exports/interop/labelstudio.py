"""Reads Label Studio tasks with its own library: whether they fit, boxes as COCO, and brushes.

example: python labelstudio.py FOLDER
"""

import json
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from label_studio_sdk.converter import Converter, brush
from label_studio_sdk.label_interface import LabelInterface


def read(folder: Path) -> dict:
    config = (folder / "config.xml").read_text("utf-8")
    tasks = json.loads((folder / "tasks.json").read_text("utf-8"))
    interface = LabelInterface(config)
    predictions = [each for task in tasks for each in task["predictions"]]
    return {
        "faults": [fault for each in predictions for fault in faults(interface, each)],
        "boxes": boxes(config, tasks),
        "masks": [mask(region) for each in predictions for region in each["result"]],
    }


def faults(interface: LabelInterface, prediction: dict) -> list[str]:
    """What does not fit the labelling interface, brushes aside.

    Of those, the validator (2.0.13) expects pairs of value and count, and so refuses what the same
    library's `brush.mask2rle` writes, and Label Studio itself.
    """
    others = [region for region in prediction["result"] if region["type"] != "brushlabels"]
    return interface.validate_prediction({**prediction, "result": others}, return_errors=True)


def boxes(config: str, tasks: list[dict]) -> list[list[float]]:
    """Of the rectangles, once somebody has accepted the predictions."""
    accepted = [
        {
            "id": number,
            "data": task["data"],
            "annotations": [
                {
                    "id": number,
                    "result": [
                        r for r in task["predictions"][0]["result"] if r["from_name"] == "box"
                    ],
                }
            ],
        }
        for number, task in enumerate(tasks)
    ]
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "tasks.json"
        file.write_text(json.dumps(accepted))
        converter = Converter(config, place, download_resources=False)
        converter.convert_to_coco(str(file), place, is_dir=False)
        found = json.loads((Path(place) / "result.json").read_text())
    return [each["bbox"] for each in found["annotations"]]


def mask(region: dict) -> list | None:
    """Value and length of each run, row by row."""
    if region["type"] != "brushlabels":
        return None
    values = brush.decode_rle(region["value"]["rle"])
    opacity = values.reshape(region["original_height"], region["original_width"], 4)[:, :, 3]
    return [[int(value) // 255, len(list(run))] for value, run in groupby(opacity.ravel().tolist())]


print(json.dumps({folder: read(Path(folder)) for folder in sys.argv[1:]}))
