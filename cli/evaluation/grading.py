"""A model's outcomes, graded: by task, photo by photo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import fmean, quantiles

from cli.evaluation import answers
from cli.evaluation.answers import Answer, Outcome
from cli.evaluation.questions import Question
from cli.golden import part
from cli.golden.item import Item
from cli.grading import average_precision, grade, regions, summary
from cli.grading.average_precision import Precision
from cli.grading.grade import Grade
from cli.grading.labels import Labels
from cli.grading.matching import By
from cli.grading.part import Part, Tally
from cli.grading.summary import Measured
from shared.jobs.record import Found

_SCENES: Mapping[str, tuple[By, ...]] = {"detect": ("box",), "segment": ("box", "mask")}


@dataclass(frozen=True, slots=True)
class Graded:
    """What a model found in a photo for one task, and its grade.

    `found` is None if there is no answer that can be read; `why` says what was wrong with it.
    """

    item: Item
    task: str
    truth: Found
    found: Found | None
    why: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a model took to answer, in seconds."""

    mean: float
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class TaskReport:
    """The metrics of one task; average precision only where every object has a score."""

    photos: int
    metrics: Mapping[str, Measured]
    labels: Mapping[str, Tally]
    average_precision: Mapping[By, Precision]


@dataclass(frozen=True, slots=True)
class ModelReport:
    """A model on a set. `answered_by` are the versions, as the service names them.

    `not_asked` questions had no room in the sum. `usd` is None if no price is known.
    """

    model: str
    answered_by: tuple[str, ...]
    questions: int
    not_asked: int
    unread: int  # answers that cannot be read, or were refused
    usd: float | None
    seconds: Seconds | None
    tasks: Mapping[str, TaskReport]


ByTask = Mapping[str, Mapping[str, Graded]]  # by task, and by the digest of the photo


@dataclass(frozen=True, slots=True)
class Run:
    """A model's questions, the outcome of each (None: it was not asked), and their grades."""

    model: str
    questions: Sequence[Question]
    outcomes: Sequence[Outcome | None]
    graded: ByTask
    labels: Labels

    @classmethod
    def of(
        cls,
        model: str,
        questions: Sequence[Question],
        found: Sequence[Answer | str | None],
        labels: Labels,
    ) -> "Run":
        """The run of these answers; a text says why a photo was refused."""
        outcomes = [_outcome(*pair) for pair in zip(questions, found, strict=True)]
        return cls(model, questions, outcomes, _by_task(questions, outcomes, labels), labels)

    @property
    def answered_by(self) -> tuple[str, ...]:
        """The versions that answered, as the service names them."""
        return tuple(sorted({each.model for each in self.outcomes if each and each.model}))

    def report(self, seed: int) -> ModelReport:
        """The numbers of the model."""
        known = [each for each in self.outcomes if each]
        costs = [each.usd for each in known if each.usd is not None]
        return ModelReport(
            self.model,
            self.answered_by,
            len(self.questions),
            len(self.outcomes) - len(known),
            sum(each.found is None for each in known),
            round(sum(costs), 8) if len(costs) == len(known) else None,
            _seconds([each.seconds for each in known if each.seconds]),
            {
                task: _task_report(task, list(found.values()), self.labels, seed)
                for task, found in sorted(self.graded.items())
            },
        )


def _by_task(
    questions: Sequence[Question], outcomes: Sequence[Outcome | None], labels: Labels
) -> ByTask:
    found: dict[str, dict[str, Graded]] = {}
    for question, outcome in zip(questions, outcomes, strict=True):
        if outcome:
            for task in question.tasks:
                graded = _graded(question, task, outcome, labels)
                found.setdefault(task, {})[question.item.image] = graded
    return found


def _outcome(question: Question, answer: Answer | str | None) -> Outcome | None:
    match answer:
        case Answer():
            return answers.outcome(question, answer)
        case str():
            return Outcome(None, answer, 0.0)
    return None


def _graded(question: Question, task: str, outcome: Outcome, labels: Labels) -> Graded:
    truth = question.item.truth[task].findings
    found = None if outcome.found is None else part.of(outcome.found, task, question.job.request)
    graded = grade.of(task, truth, found, labels)
    paid = {} if outcome.usd is None else {"usd": Part(outcome.usd, 1)}
    taken = {"seconds": Part(outcome.seconds, 1)} if outcome.seconds else {}
    whole = replace(graded, parts={**graded.parts, **paid, **taken})
    return Graded(question.item, task, truth, found, outcome.why, whole)


def _task_report(task: str, found: Sequence[Graded], labels: Labels, seed: int) -> TaskReport:
    grades = [each.grade for each in found]
    scenes = [(regions.of(each.truth), regions.of(each.found or Found())) for each in found]
    precision = {
        by: average_precision.of(scenes, by, labels)
        for by in _SCENES.get(task, ())
        if any(chain.from_iterable(answers for _, answers in scenes))
    }
    return TaskReport(
        len(found),
        summary.of(task, grades, seed),
        summary.by_label(grades),
        {by: each for by, each in precision.items() if each},
    )


def _seconds(taken: Sequence[float]) -> Seconds | None:
    if not taken:
        return None
    steps = quantiles(taken, n=20, method="inclusive") if len(taken) > 1 else [taken[0]] * 19
    return Seconds(round(fmean(taken), 3), round(steps[9], 3), round(steps[18], 3))
