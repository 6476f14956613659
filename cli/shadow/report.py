"""The agreement of a model with its shadow, over many photos and day by day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Self

from cli.grading import statistics, summary
from cli.grading.grade import Grade
from cli.grading.metrics import LEADING
from cli.grading.summary import Measured
from cli.shadow.compared import Compared
from shared.jobs.shadows import ASKED, Note

SEED = 20_260_101  # of the draws: the same answers give the same report


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two models cost and how long it took, of the photos that both answered.

    USD is None if a price is not known.
    """

    model: str
    usd: float | None
    seconds_mean: float | None
    seconds_median: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two models agree on a task; `by_day` has its leading metric."""

    photos: int
    enough: bool  # photos for an interval
    metrics: Mapping[str, Measured]
    leading: str
    by_day: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Report:
    """A recipe's model and one shadow of it. `dropped` counts by why a shadow has no answer.

    `unread` answers of the shadow cannot be read; `gone` ones, or their records, are not there any
    more. `by_day` counts those asked.
    """

    recipe: str
    own: Side
    shadow: Side
    asked: int
    unread: int
    gone: int
    dropped: Mapping[str, int]
    by_day: Mapping[str, int]
    tasks: Mapping[str, Agreement]

    @classmethod
    def of(cls, found: Sequence[Compared]) -> Self:
        """The report on the shadows of one recipe and one model; there is at least one."""
        notes = [each.note for each in found]
        asked = [note for note in notes if note.outcome == ASKED]
        named = sorted({task for each in found for task in each.grades})
        own = [note.own_model for note in asked if note.own_model]
        return cls(
            notes[0].recipe,
            _side(max(own, default=""), [(note.own_usd, note.own_seconds) for note in asked]),
            _side(notes[0].model, [(note.usd, note.seconds) for note in asked]),
            len(asked),
            sum(not grade.parts["answered"].hits for each in found for grade in _first(each)),
            sum(each.gone for each in found),
            dict(Counter(note.outcome for note in notes if note.outcome != ASKED)),
            dict(sorted(Counter(note.day for note in asked).items())),
            {task: _agreement(task, found) for task in named},
        )


def by_pair(found: Sequence[Compared]) -> list[Report]:
    """A report for each recipe and each shadow that it had, by their names."""
    pairs: dict[tuple[str, str], list[Compared]] = {}
    for each in found:
        pairs.setdefault((each.note.recipe, each.note.model), []).append(each)
    return [Report.of(pairs[pair]) for pair in sorted(pairs)]


def newest(notes: Sequence[Note], limit: int) -> list[Note]:
    """The notes of the latest days, so many at most."""
    return sorted(notes, key=lambda note: note.day)[-limit:]


def _first(each: Compared) -> list[Grade]:
    """One grade of a comparison: all of them are of one answer."""
    return list(each.grades.values())[:1]


def _side(model: str, answers: Sequence[tuple[float | None, float | None]]) -> Side:
    costs = [usd for usd, _ in answers if usd is not None]
    taken = [seconds for _, seconds in answers if seconds is not None]
    return Side(
        model,
        round(sum(costs), 8) if len(costs) == len(answers) else None,
        round(fmean(taken), 3) if taken else None,
        round(median(taken), 3) if taken else None,
    )


def _agreement(task: str, found: Sequence[Compared]) -> Agreement:
    graded = [each for each in found if task in each.grades]
    grades = [each.grades[task] for each in graded]
    days = sorted({each.note.day for each in graded})
    leading = LEADING[task]
    return Agreement(
        len(grades),
        len(grades) >= statistics.LEAST,
        {
            name: each
            for name, each in summary.of(task, grades, SEED).items()
            if name not in ("usd", "seconds")
        },
        leading,
        {
            day: statistics.ratio(
                [
                    each.grades[task].parts[leading]
                    for each in graded
                    if each.note.day == day and leading in each.grades[task].parts
                ]
            )
            for day in days
        },
    )
