"""Evaluates COCO files with pycocotools: the summary, and the IoU of every pair.

example: python coco_eval.py bbox truth.json answers.json
"""

import contextlib
import io
import json
import sys

from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def evaluated(kind: str, truth: str, answers: str) -> dict:
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO(truth)
        found = known.loadRes(answers)
        evaluation = COCOeval(known, found, kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    ap, ap_50, ap_75 = evaluation.stats[:3].tolist()
    return {
        "ap": ap,
        "ap_50": ap_50,
        "ap_75": ap_75,
        "ar": float(evaluation.stats[8]),
        "ious": [ious(kind, known, found, image) for image in sorted(known.imgs)],
    }


def ious(kind: str, known: COCO, found: COCO, image: int) -> list:
    """The IoU of each object of the truth with each of the answer."""
    member = "bbox" if kind == "bbox" else "segmentation"
    truths, answers = (
        [each[member] for each in data.loadAnns(sorted(data.getAnnIds(imgIds=image)))]
        for data in (known, found)
    )
    if not truths or not answers:
        return []
    return masks.iou(answers, truths, [0] * len(truths)).T.tolist()


print(json.dumps(evaluated(*sys.argv[1:])))
