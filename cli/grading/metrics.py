"""The metrics: what each is called, which way is better, and how sure one can be of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TASKS = ("classify", "detect", "extract", "read_text", "segment")  # whose answers can be graded


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a task.

    `endings` is how many of what it counts belong together: a share of 1 counts each by itself,
    in F1 both ends of a pair are counted. 0: it is no share of something counted.
    """

    meaning: str
    better: Literal["high", "low"] = "high"
    endings: int = 0


def _geometry(what: str) -> dict[str, Metric]:
    by = "mask_" if what == "masks" else ""
    found = {
        f"{by}{name}_{percent}": Metric(f"{meaning}, {what} matched at IoU 0.{percent}", "high", n)
        for percent in (50, 75)
        for name, meaning, n in (
            ("precision", "share of the objects found that are there", 1),
            ("recall", "share of the objects there that are found", 1),
            ("f1", "2 TP / (2 TP + FP + FN)", 2),
        )
    }
    return {**found, f"{by}iou": Metric(f"mean IoU of the {what} matched at IoU 0.50")}


_BOXES: Mapping[str, Metric] = {
    **_geometry("boxes"),
    "labelled_f1_50": Metric("F1 at IoU 0.50, and the label is right", "high", 2),
    "label_accuracy": Metric("share of the matched objects whose label is right", "high", 1),
    "count_error": Metric("objects too many or too few, mean of the photos", "low"),
}
_PAID: Mapping[str, Metric] = {
    "answered": Metric("share of the photos with an answer that can be read", "high", 1),
    "usd": Metric("USD of a photo, mean", "low"),
    "seconds": Metric("seconds until the answer, mean", "low"),
}
OF_TASK: Mapping[str, Mapping[str, Metric]] = {
    "detect": {**_BOXES, **_PAID},
    "segment": {**_geometry("masks"), **_BOXES, **_PAID},
    "read_text": {
        "cer": Metric("edits of characters, by characters of the truth", "low"),
        "wer": Metric("edits of words, by words of the truth", "low"),
        "text_exact": Metric("share of the photos whose text is right throughout", "high", 1),
        **_PAID,
    },
    "classify": {
        "macro_f1": Metric("mean of the classes' F1"),
        "micro_f1": Metric("F1 of all classes together", "high", 2),
        "classes_exact": Metric("share of the photos with exactly the true classes", "high", 1),
        **_PAID,
    },
    "extract": {
        "field_exact": Metric("share of the fields with exactly the true value", "high", 1),
        "field_normalised": Metric("the same without case, spaces and rounding", "high", 1),
        **_PAID,
    },
}
LEADING: Mapping[str, str] = {  # by which photos are ordered, and two models compared first
    "classify": "micro_f1",
    "detect": "f1_50",
    "extract": "field_normalised",
    "read_text": "cer",
    "segment": "mask_f1_50",
}
