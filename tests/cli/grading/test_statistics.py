"""Intervals: known values, how often they hold the truth, and that they can be repeated."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.grading import statistics
from cli.grading.part import Part
from cli.grading.statistics import LEAST
from tests.cli.grading import worlds


@pytest.mark.parametrize(
    ("share", "count", "low", "high"),
    [  # R. Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I
        (81 / 263, 263, 0.2553, 0.3662),
        (15 / 148, 148, 0.0624, 0.1605),
        (0 / 20, 20, 0.0, 0.1611),
        (1 / 29, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_published_one(share, count, low, high) -> None:
    found = statistics.wilson(share, count)

    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_with_one_thing_a_photo_the_interval_is_wilsons() -> None:
    parts = [Part(at < 80, 1) for at in range(100)]

    found = statistics.share_interval(parts, 1)

    plain = statistics.wilson(0.8, 100)
    assert found
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=2e-3)


def test_things_that_are_right_or_wrong_together_count_as_one() -> None:
    """100 photos have 99 degrees of freedom, and the quantile of Student's t is 1.9842."""
    together = [Part(5 * (at < 80), 5) for at in range(100)]

    found = statistics.share_interval(together, 1)

    plain = statistics.wilson(0.8, 99 * (1.95996 / 1.98422) ** 2)
    assert found
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=1e-5)


def test_both_ends_of_a_pair_are_one_observation() -> None:
    """Half of the photos are 0.4 and half 0.6: a spread below that of independent objects."""
    parts = [Part(2 * (2 + at % 2), 10) for at in range(100)]

    found = statistics.share_interval(parts, 2)

    plain = statistics.wilson(0.5, 500)
    assert found
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=2e-3)


@pytest.mark.parametrize(("freedom", "quantile"), [(19, 2.0930), (39, 2.0227), (199, 1.9720)])
def test_students_quantile_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert statistics._student(freedom) == pytest.approx(quantile, abs=1e-3)


@pytest.mark.parametrize("hits", [0, 4])
def test_where_all_are_right_or_none_a_photo_is_one_observation(hits: int) -> None:
    found = statistics.share_interval([Part(hits, 4)] * 30, 1)

    assert found == statistics.wilson(hits / 4, 30)


def test_photos_without_anything_to_find_do_not_count() -> None:
    parts = [Part(1, 2), Part(2, 2)] * 15

    assert statistics.share_interval([*parts, *[Part(0, 0)] * 50], 1) == (
        statistics.share_interval(parts, 1)
    )


@pytest.mark.parametrize("photos", [0, 1, LEAST - 1])
def test_too_few_photos_have_no_interval(photos: int) -> None:
    assert statistics.share_interval([Part(1, 2)] * photos, 1) is None
    assert statistics.bootstrap(statistics.of_ratio([Part(1, 2)] * photos), photos, 1) is None


@pytest.mark.parametrize(("recall", "same"), [(0.9, 0.0), (0.8, 0.5), (0.6, 1.0), (0.97, 0.2)])
@pytest.mark.parametrize("metric", ["recall_50", "f1_50"])
def test_an_interval_holds_the_truth_about_as_often_as_it_says(metric, recall, same) -> None:
    endings = 1 if metric == "recall_50" else 2
    draws = random.Random(7)
    everything = worlds.grades(draws, 20_000, recall, same)
    truth = statistics.ratio([each.parts[metric] for each in everything])

    held = 0
    for _ in range(1000):
        parts = [each.parts[metric] for each in worlds.grades(draws, 40, recall, same)]
        found = statistics.share_interval(parts, endings)
        held += found is not None and found.low <= truth <= found.high

    assert held >= 925, held  # 95 % less three deviations are 929; it is an approximation


def test_a_bootstrap_is_the_same_for_the_same_seed() -> None:
    statistic = statistics.of_ratio([Part(at % 3, 3) for at in range(40)])

    one, same, other = (statistics.bootstrap(statistic, 40, seed) for seed in (1, 1, 2))

    assert one == same != other


def test_the_bootstrap_of_a_mean_agrees_with_the_formula() -> None:
    """Of n values with deviation s, 1.96 s / sqrt(n) around the mean."""
    draws = random.Random(3)
    values = [draws.gauss(10, 2) for _ in range(400)]
    mean = sum(values) / 400
    half = 1.96 * (sum((each - mean) ** 2 for each in values) / 399) ** 0.5 / 20

    found = statistics.bootstrap(statistics.of_ratio([Part(each, 1) for each in values]), 400, 5)

    assert found
    assert (found.low, found.high) == pytest.approx((mean - half, mean + half), abs=0.03)


@given(some.lists(some.tuples(some.integers(0, 9), some.integers(0, 9)), min_size=20, max_size=60))
def test_an_interval_is_a_part_of_zero_to_one_and_holds_the_share(pairs) -> None:
    parts = [Part(min(pair), max(pair)) for pair in pairs]

    found, share = statistics.share_interval(parts, 1), statistics.ratio(parts)

    if found:
        assert 0 <= found.low <= share <= found.high <= 1
