"""Which object of an answer is which object of the truth: by place alone, whatever the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cli.grading import assignment
from cli.grading.assignment import Pair
from cli.grading.labels import Labels
from cli.grading.regions import Region, box_iou, mask_iou

By = Literal["box", "mask"]
_TIE = 1e-9  # of IoU: of two equal places, the one with the same label


@dataclass(frozen=True, slots=True)
class Matching:
    """The pairs of (truth, answer) whose IoU reaches a threshold, with their IoU."""

    ious: dict[Pair, float]
    truths: int
    answers: int

    @property
    def hits(self) -> int:
        """How many pairs there are: the true positives."""
        return len(self.ious)


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The IoU of each object of the truth with each of the answer, where they overlap."""

    ious: dict[Pair, float]
    ties: frozenset[Pair]  # pairs with the same label
    truths: int
    answers: int

    @classmethod
    def of(
        cls, truths: Sequence[Region], answers: Sequence[Region], by: By, labels: Labels
    ) -> "Overlaps":
        """The overlaps by boxes or by masks; an object without a mask overlaps none by mask."""
        ious = {
            (here, there): iou
            for here, truth in enumerate(truths)
            for there, answer in enumerate(answers)
            if (iou := _iou(truth, answer, by))
        }
        ties = {
            (here, there)
            for here, there in ious
            if labels.same(truths[here].label, answers[there].label)
        }
        return cls(ious, frozenset(ties), len(truths), len(answers))

    def matched(self, threshold: float) -> Matching:
        """The most pairs with at least this IoU; of those, the ones with the largest sum of IoU."""
        gains = {
            pair: iou + _TIE * (pair in self.ties)
            for pair, iou in self.ious.items()
            if iou >= threshold
        }
        chosen = assignment.best(gains)
        return Matching({pair: self.ious[pair] for pair in chosen}, self.truths, self.answers)


def _iou(truth: Region, answer: Region, by: By) -> float:
    boxes = box_iou(truth.box, answer.box)
    if by == "box":
        return boxes
    if truth.pixels is None or answer.pixels is None:
        return 0.0
    return mask_iou(truth.pixels, answer.pixels)
