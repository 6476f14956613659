"""Whether a number ranks errors: the area under the ROC curve (AUROC), and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

from cli.grading import statistics
from cli.grading.statistics import Draw

LEAST_VALUES = 3  # different ones; with fewer there is no ranking to speak of
USEFUL = 0.7  # what does not reach it, though it may be above chance, saves nobody much work
Verdict = Literal["ranks", "does not rank", "cannot tell"]


class Seen(NamedTuple):
    """One record: the number, and whether its answer was wrong."""

    value: float
    wrong: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """The AUROC of a number: 0.5 is chance, 1 ranks every wrong record above every right one.

    None if all were right, or all wrong. The interval of 95 % is None if there are too few records.
    """

    records: int
    wrong: int
    values: int  # different ones
    auroc: float | None
    low: float | None
    high: float | None
    verdict: Verdict

    @classmethod
    def of(cls, seen: Sequence[Seen], seed: int) -> Self:
        """The ranking of these records, with the percentile interval of drawing them again."""
        values, wrong = len({each.value for each in seen}), sum(each.wrong for each in seen)
        area = auroc(seen)
        interval = statistics.bootstrap(_statistic(seen), len(seen), seed)
        low, high = (interval.low, interval.high) if interval else (None, None)
        verdict = _verdict(values, low, high)
        return cls(len(seen), wrong, values, area, low, high, verdict)


def auroc(seen: Sequence[Seen]) -> float | None:
    """The share of pairs of a wrong and a right record in which the wrong one's number is larger.

    A tie counts as half. By the sum of ranks: H. B. Mann, D. R. Whitney, "On a test of whether one
    of two random variables is stochastically larger than the other", 1947.
    """
    wrong = sum(each.wrong for each in seen)
    pairs = wrong * (len(seen) - wrong)
    if not pairs:
        return None
    above = right_below = 0.0
    ordered, at = sorted(seen), 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end].value == ordered[at].value:
            end += 1
        wrong_here = sum(each.wrong for each in ordered[at:end])
        right_here = end - at - wrong_here
        above += wrong_here * (right_below + right_here / 2)
        right_below += right_here
        at = end
    return above / pairs


def _statistic(seen: Sequence[Seen]) -> statistics.Statistic:
    def statistic(draw: Draw[Any]) -> float | None:
        return auroc(draw(seen))

    return statistic


def _verdict(values: int, low: float | None, high: float | None) -> Verdict:
    if values < LEAST_VALUES or low is None or high is None:
        return "cannot tell"
    if low > 0.5:
        return "ranks"
    return "does not rank" if high < USEFUL else "cannot tell"
