"""How sure one can be of a number: intervals of 95 %, over photos as the independent units.

Objects of one photo are right or wrong together, so they are no independent observations.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from operator import itemgetter
from statistics import NormalDist, quantiles
from typing import Any, TypeVar

from cli.grading.part import Part

T = TypeVar("T")

CONFIDENCE = 0.95
LEAST = 20  # photos, below which no interval is trusted
RESAMPLES = 1000
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)

Draw = Callable[[Sequence[T]], Sequence[T]]  # of one value per photo, those of the photos drawn
Statistic = Callable[[Draw[Any]], float | None]  # a number of the photos drawn


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the number would be for many more photos like these."""

    low: float
    high: float


def ratio(parts: Sequence[Part]) -> float | None:
    """The sum of hits by the sum of what they are of; None if there is nothing."""
    of = sum(part.of for part in parts)
    return sum(part.hits for part in parts) / of if of else None


def wilson(share: float, count: float) -> Interval:
    """The interval of a share of `count` independent observations.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    square = _Z * _Z / count
    middle = (share + square / 2) / (1 + square)
    half = _Z * sqrt(share * (1 - share) / count + square / count / 4) / (1 + square)
    return Interval(max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def share_interval(parts: Sequence[Part], endings: int) -> Interval | None:
    """Wilson's interval for a share of things that lie in photos; None for fewer than LEAST photos.

    It counts as many observations as independent ones with the same variance would be (E. L. Korn,
    B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
    counts", 1998), at most one for every `endings` things; one a photo if all are right, or none.
    """
    held = [part for part in parts if part.of]
    share = ratio(held)
    if share is None or len(held) < LEAST:
        return None
    things = sum(part.of for part in held)
    spread = sum((part.hits - share * part.of) ** 2 for part in held)
    if not spread or not 0 < share < 1:
        return wilson(share, len(held))
    variance = spread / things**2 * len(held) / (len(held) - 1)
    count = min(share * (1 - share) / variance, things / endings)
    return wilson(share, count * (_Z / _student(len(held) - 1)) ** 2)


def _student(freedom: int) -> float:
    """The quantile of Student's t in place of the normal one, to 0.001 from 19 degrees on.

    M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.5.
    """
    once, twice = (_Z**3 + _Z) / 4, (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96
    return _Z + once / freedom + twice / freedom**2


def bootstrap(statistic: Statistic, photos: int, seed: int) -> Interval | None:
    """The percentile interval of any number, by drawing the photos again, with replacement.

    B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. None for fewer
    than LEAST photos, and if some draws have no value.
    """
    if photos < LEAST:
        return None
    drawn = map(statistic, _draws(photos, seed))
    values = [each for each in drawn if each is not None]
    if len(values) < RESAMPLES:
        return None
    steps = quantiles(values, n=round(2 / (1 - CONFIDENCE)), method="inclusive")
    return Interval(steps[0], steps[-1])


@lru_cache(maxsize=4)
def _draws(photos: int, seed: int) -> Sequence[Draw[Any]]:
    """The draws, the same for every metric: two metrics of one set differ by nothing else."""
    draws = random.Random(seed)  # noqa: S311  # to be repeated, not to be secret
    numbers = range(photos)
    return [itemgetter(*draws.choices(numbers, k=photos)) for _ in range(RESAMPLES)]


def everything(values: Sequence[T]) -> Sequence[T]:
    """The draw of each photo once."""
    return values


def of_ratio(parts: Sequence[Part]) -> Statistic:
    """The ratio, as a number of the photos drawn."""
    hits, of = [part.hits for part in parts], [part.of for part in parts]

    def statistic(draw: Draw[float]) -> float | None:
        total = sum(draw(of))
        return sum(draw(hits)) / total if total else None

    return statistic


def difference(one: Statistic, other: Statistic) -> Statistic:
    """How much more `one` has than `other` on the same photos."""

    def statistic(draw: Draw[Any]) -> float | None:
        here, there = one(draw), other(draw)
        return None if here is None or there is None else here - there

    return statistic
