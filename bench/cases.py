"""The jobs that whole workers are measured with: a task, and what the model says."""

import json
from dataclasses import dataclass

from bench import photo


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of job."""

    name: str
    task: str
    answer: str
    worker: str  # the function that does it


ONE_BOX = Case("detect, 1 box", "detect", photo.answer(1, masks=False), "detect")
BOXES = Case("detect, 10 boxes", "detect", photo.answer(10, masks=False), "detect")
# Ten maps of the model's 256 pixels are longer than its answer may be, as they are made here.
MASKS = Case("segment, 10 masks", "segment", photo.answer(10, masks=True, side=128), "segment")
_SAID = json.dumps({"caption": "A street in the rain, two bicycles."})
CAPTION = Case("caption", "caption", _SAID, "describe")
CASES = (ONE_BOX, BOXES, MASKS, CAPTION)
