"""The metrics: what each is called, which way is better, and how sure one can be of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from cli.grading.verdicts import confusion
from shared.model import Decision

TASKS = (  # whose answers can be graded
    *("answer", "classify", "compare", "detect", "extract", "moderate", "read_text", "redact"),
    "segment",
)
OF_ONE_PHOTO = tuple(task for task in TASKS if task != "compare")


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
_EDITS: Mapping[str, Metric] = {
    "cer": Metric("edits of characters, by characters of the truth", "low"),
    "wer": Metric("edits of words, by words of the truth", "low"),
}
_ANSWERS: Mapping[str, Metric] = {
    "answer_exact": Metric("share of the answers in exactly the true words", "high", 1),
    "answer_normalised": Metric("the same without case, hyphens and marks at the end", "high", 1),
    **_EDITS,
}
_VERDICTS = get_args(Decision)
_CONFUSIONS = {
    confusion(each, other): Metric(
        f"share of the photos to {each} whose verdict is {other}", "low", 1
    )
    for each in _VERDICTS
    for other in _VERDICTS
    if other != each
}
OF_TASK: Mapping[str, Mapping[str, Metric]] = {
    "answer": {**_ANSWERS, **_PAID},
    "compare": {**_ANSWERS, **_PAID},
    "moderate": {
        "verdict_exact": Metric("share of the photos with the true verdict", "high", 1),
        "severity_exact": Metric("share of the categories with the true severity", "high", 1),
        "severity_near": Metric("the same, or off by one", "high", 1),
        **_CONFUSIONS,
        **_PAID,
    },
    "redact": {
        "missed_area": Metric("share of the pixels to hide that are not hidden", "low"),
        "excess_area": Metric("share of the hidden pixels that need not be", "low"),
        "things_hidden": Metric("share of the things of which 95 % is hidden", "high", 1),
        **_PAID,
    },
    "detect": {**_BOXES, **_PAID},
    "segment": {**_geometry("masks"), **_BOXES, **_PAID},
    "read_text": {
        **_EDITS,
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
    "answer": "answer_normalised",
    "classify": "micro_f1",
    "compare": "cer",
    "detect": "f1_50",
    "extract": "field_normalised",
    "moderate": "verdict_exact",
    "read_text": "cer",
    "redact": "missed_area",
    "segment": "mask_f1_50",
}
