"""COCO's average precision, for answers whose objects have scores.

As `COCOeval` of pycocotools computes it over all areas with at most 100 objects a photo: T.-Y. Lin
et al., "Microsoft COCO", 2014, and https://cocodataset.org/#detection-eval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean

from cli.grading.labels import Labels
from cli.grading.matching import By, Overlaps
from cli.grading.regions import Region

Scene = tuple[Sequence[Region], Sequence[Region]]  # a photo's truth and answer

_MOST = 100  # objects of a photo
# As NumPy's linspace has them, to the last bit.
_THRESHOLDS = (*(0.5 + at * ((0.95 - 0.5) / 9) for at in range(9)), 0.95)
_RECALLS = (*(at * 0.01 for at in range(100)), 1.0)
_EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True)
class Precision:
    """Average precision over IoU 0.50 to 0.95, at 0.50, at 0.75; and the average recall."""

    ap: float
    ap_50: float
    ap_75: float
    ar: float


@dataclass(frozen=True, slots=True)
class _Ranked:
    """An object of an answer: its score, and at which thresholds it is a true positive."""

    score: float
    hits: tuple[bool, ...]


def of(scenes: Sequence[Scene], by: By, labels: Labels) -> Precision | None:
    """The average precision; None if an answer has no scores, or no truth has objects.

    A label without any truth does not count, as in COCO's own evaluation.
    """
    if any(each.score is None for _, answers in scenes for each in answers):
        return None
    known = sorted({labels.canonical(each.label) for truths, _ in scenes for each in truths})
    if not known:
        return None
    curves = [_curves([_only(scene, label, labels) for scene in scenes], by) for label in known]
    means = [fmean(curve[at][0] for curve in curves) for at in range(len(_THRESHOLDS))]
    recall = fmean(each[1] for curve in curves for each in curve)
    at_75 = min(range(len(_THRESHOLDS)), key=lambda at: abs(_THRESHOLDS[at] - 0.75))
    return Precision(fmean(means), means[0], means[at_75], recall)


def _only(scene: Scene, label: str, labels: Labels) -> Scene:
    """The objects of one label; of the answer, the first hundred by their score."""
    truths, answers = (
        [each for each in found if labels.canonical(each.label) == label] for found in scene
    )
    return truths, sorted(answers, key=lambda each: -(each.score or 0.0))[:_MOST]


def _curves(scenes: Sequence[Scene], by: By) -> list[tuple[float, float]]:
    """Average precision and the highest recall of one label, by threshold."""
    ranked = [each for scene in scenes for each in _ranked(scene, by)]
    ranked.sort(key=lambda each: -each.score)
    there = sum(len(truths) for truths, _ in scenes)
    return [_curve([each.hits[at] for each in ranked], there) for at, _ in enumerate(_THRESHOLDS)]


def _ranked(scene: Scene, by: By) -> list[_Ranked]:
    truths, answers = scene
    ious = Overlaps.of(truths, answers, by, Labels()).ious
    by_threshold = [_hits(ious, len(truths), len(answers), each) for each in _THRESHOLDS]
    return [
        _Ranked(each.score or 0.0, tuple(hits[at] for hits in by_threshold))
        for at, each in enumerate(answers)
    ]


def _hits(
    ious: Mapping[tuple[int, int], float], truths: int, answers: int, threshold: float
) -> list[bool]:
    """Which objects of the answer match: in their order, each takes the best that is left."""
    taken, hits = set[int](), list[bool]()
    for there in range(answers):
        free = [(ious.get((here, there), 0.0), here) for here in range(truths) if here not in taken]
        iou, here = max(free, default=(0.0, -1))  # of equal ones the last, as COCO's loop
        hit = iou >= min(threshold, 1 - 1e-10)
        hits.append(hit)
        if hit:
            taken.add(here)
    return hits


def _curve(hits: Sequence[bool], there: int) -> tuple[float, float]:
    """The mean of the interpolated precision at 101 recalls, and the highest recall."""
    found = list(accumulate(hits, initial=0))[1:]
    recalls = [count / there for count in found]
    precisions = [count / (at + _EPSILON) for at, count in enumerate(found, 1)]
    best = list(accumulate(reversed(precisions), max))[::-1]  # at this recall or a higher one
    at, sampled = 0, list[float]()
    for recall in _RECALLS:
        while at < len(recalls) and recalls[at] < recall:
            at += 1
        sampled.append(best[at] if at < len(best) else 0.0)
    return fmean(sampled), recalls[-1] if recalls else 0.0
