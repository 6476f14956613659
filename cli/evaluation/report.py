"""report.json: what an evaluation found, for programs; report.html shows the same to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean
from typing import Self

from cli.evaluation import limits, questions
from cli.evaluation.grading import ModelReport, Run
from cli.evaluation.limits import Checked, Verdict
from cli.golden.golden_set import GoldenSet
from cli.grading import statistics, summary
from cli.grading.part import Part
from cli.grading.summary import Compared

SCHEMA = "darkroom.evaluation/v1"
SEED = 20_260_101  # of the draws: the same answers give the same report


@dataclass(frozen=True, slots=True)
class About:
    """The set: `digest` names exactly what was measured on, also of a draft."""

    name: str
    version: str
    digest: str
    photos: int
    unseen: int  # truths that no person looked at


@dataclass(frozen=True, slots=True)
class Answered:
    """How one model did on one photo for one task; `loss` is 0 if all is right."""

    task: str
    model: str
    loss: float
    why: str
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """A photo, with the grade of each model for each task."""

    image: str
    name: str
    answers: tuple[Answered, ...]

    @property
    def loss(self) -> tuple[float, float]:
        """How wrong the worst answer about it is, and the mean of all."""
        losses = [each.loss for each in self.answers]
        return max(losses), fmean(losses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report; `photos` has the worst first.

    `comparison` is of the first model with the second, on the photos that both were asked about.
    """

    schema: str = SCHEMA
    created: str
    golden: About
    recipe: str | None
    confidence: float
    seed: int
    not_graded: tuple[str, ...]  # tasks that were asked in one call with others, and have no truth
    models: tuple[ModelReport, ...]
    comparison: Mapping[str, Mapping[str, Compared]]
    limits: tuple[Checked, ...]
    verdict: Verdict
    photos: tuple[PhotoReport, ...]

    @classmethod
    def of(cls, golden: GoldenSet, runs: Sequence[Run], recipe: str | None) -> Self:
        """The report on one run, or on two that are compared; the limits are for the first."""
        models = tuple(run.report(SEED) for run in runs)
        measured = {task: each.metrics for task, each in models[0].tasks.items()}
        checks = tuple(limits.checked(each, measured) for each in golden.manifest.limits)
        asked = list(runs[0].questions)
        return cls(
            created=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            golden=About(
                golden.manifest.name,
                golden.manifest.version,
                golden.manifest.digest(golden.body),
                len({each.item.image for each in asked}),
                questions.unseen(asked),
            ),
            recipe=recipe,
            confidence=statistics.CONFIDENCE,
            seed=SEED,
            not_graded=questions.not_graded(asked),
            models=models,
            comparison=_comparison(*runs) if len(runs) > 1 else {},
            limits=checks,
            verdict=limits.together(checks, whole=not models[0].not_asked),
            photos=_photos(runs),
        )


def _comparison(first: Run, second: Run) -> dict[str, dict[str, Compared]]:
    found: dict[str, dict[str, Compared]] = {}
    for task in sorted(first.graded.keys() & second.graded.keys()):
        both = [image for image in first.graded[task] if image in second.graded[task]]
        one, other = ([run.graded[task][image].grade for image in both] for run in (first, second))
        found[task] = summary.compared(task, one, other, SEED)
    return found


def _photos(runs: Sequence[Run]) -> tuple[PhotoReport, ...]:
    """The photos that were asked about, the worst first; of equal ones, by their names."""
    by_photo: dict[tuple[str, str], list[Answered]] = {}
    for run in runs:
        for task, found in run.graded.items():
            for image, each in found.items():
                loss, parts = round(each.grade.loss(task), 6), each.grade.parts
                answered = Answered(task, run.model, loss, each.why, parts)
                by_photo.setdefault((each.item.name, image), []).append(answered)
    photos = [PhotoReport(image, name, tuple(found)) for (name, image), found in by_photo.items()]
    photos.sort(key=lambda each: (each.name, each.image))
    return tuple(sorted(photos, key=lambda each: each.loss, reverse=True))
