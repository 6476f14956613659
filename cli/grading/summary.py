"""The metrics of many grades, each with its interval; and those of two models compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from cli.grading import statistics
from cli.grading.grade import Grade
from cli.grading.metrics import OF_TASK, Metric
from cli.grading.part import Part, Tally
from cli.grading.statistics import Draw, Interval, Statistic

_NOTHING = Part(0, 0)


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric: its value (None: there was nothing to measure) and its interval of 95 %.

    The interval is None if the photos are too few for one. `photos` are those that count.
    """

    value: float | None
    low: float | None
    high: float | None
    photos: int


@dataclass(frozen=True, slots=True)
class Compared:
    """By how much the first of two models is above the second, and which is the better one."""

    difference: float | None
    low: float | None
    high: float | None
    better: Literal["first", "second", "cannot tell"]


def of(task: str, grades: Sequence[Grade], seed: int) -> dict[str, Measured]:
    """Every metric of a task's grades."""
    return {
        name: _measured(name, metric, grades, seed)
        for name, metric in OF_TASK[task].items()
        if name == "macro_f1" or any(name in each.parts for each in grades)
    }


def compared(
    task: str, first: Sequence[Grade], second: Sequence[Grade], seed: int
) -> dict[str, Compared]:
    """Every metric of two models on the same photos, in the same order; by paired bootstrap."""
    return {
        name: compare(name, metric, first, second, seed)
        for name, metric in OF_TASK[task].items()
        if name == "macro_f1" or any(name in each.parts for each in first)
    }


def compare(
    name: str, metric: Metric, first: Sequence[Grade], second: Sequence[Grade], seed: int
) -> Compared:
    """One metric of two models."""
    statistic = statistics.difference(_statistic(name, first), _statistic(name, second))
    interval = statistics.bootstrap(statistic, len(first), seed)
    value = statistic(statistics.everything)
    if interval is None or value is None or interval.low <= 0 <= interval.high:
        low, high = (interval.low, interval.high) if interval else (None, None)
        return Compared(value, low, high, "cannot tell")
    above = (interval.low > 0) == (metric.better == "high")
    return Compared(value, interval.low, interval.high, "first" if above else "second")


def by_label(grades: Sequence[Grade]) -> dict[str, Tally]:
    """The tallies of all grades, the label with most truths first."""
    names = {label for each in grades for label in each.labels}
    none = Tally(0, 0, 0)
    sums = {
        label: Tally(
            *map(sum, zip(*(each.labels.get(label, none) for each in grades), strict=True))
        )
        for label in names
    }
    return dict(sorted(sums.items(), key=lambda item: (-item[1].truths, item[0])))


def _measured(name: str, metric: Metric, grades: Sequence[Grade], seed: int) -> Measured:
    parts = _parts(name, grades)
    statistic = _statistic(name, grades)
    value = statistic(statistics.everything)
    count = len(grades) if name == "macro_f1" else sum(part.of > 0 for part in parts)
    interval: Interval | None = None
    if value is not None and metric.endings:
        interval = statistics.share_interval(parts, metric.endings)
    elif value is not None and count >= statistics.LEAST:
        interval = statistics.bootstrap(statistic, len(grades), seed)
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Measured(value, low, high, count)


def _statistic(name: str, grades: Sequence[Grade]) -> Statistic:
    return _macro_f1(grades) if name == "macro_f1" else statistics.of_ratio(_parts(name, grades))


def _parts(name: str, grades: Sequence[Grade]) -> list[Part]:
    return [each.parts.get(name, _NOTHING) for each in grades]


def _macro_f1(grades: Sequence[Grade]) -> Statistic:
    """The mean over the classes that are in a truth or an answer of the chosen photos."""
    tallies = [each.labels for each in grades]

    def statistic(draw: Draw[Mapping[str, Tally]]) -> float | None:
        totals: dict[str, tuple[int, int]] = {}
        for tally in draw(tallies):
            for label, each in tally.items():
                hits, ends = totals.get(label, (0, 0))
                totals[label] = hits + 2 * each.right, ends + each.truths + each.answers
        return fmean(hits / ends for hits, ends in totals.values()) if totals else None

    return statistic
