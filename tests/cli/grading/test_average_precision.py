"""Average precision by hand; test_interop.py compares it with pycocotools."""

import pytest

from cli.grading import average_precision, regions
from cli.grading.labels import Labels
from shared.jobs.record import Found
from shared.model import Box
from tests.cli.grading.found import thing

HERE, THERE = Box(0, 0, 100, 50), Box(0, 60, 50, 100)


def scene(truths, answers):
    return tuple(
        regions.of(Found(tuple(thing(label, box, score=score) for label, box, score in each)))
        for each in (truths, answers)
    )


def precision(*scenes):
    return average_precision.of(scenes, "box", Labels())


def test_all_found_is_one() -> None:
    found = precision(scene([("cup", HERE, None)], [("cup", HERE, 0.5)]))

    assert (found.ap, found.ap_50, found.ar) == pytest.approx((1.0, 1.0, 1.0))


def test_a_false_alarm_with_a_higher_score_halves_the_precision() -> None:
    found = precision(scene([("cup", HERE, None)], [("cup", THERE, 0.9), ("cup", HERE, 0.5)]))

    assert found.ap_50 == pytest.approx(0.5)


def test_one_of_two_found_reaches_51_of_101_recalls() -> None:
    found = precision(scene([("cup", HERE, None), ("cup", THERE, None)], [("cup", HERE, 0.5)]))

    assert found.ap_50 == pytest.approx(51 / 101)
    assert found.ar == 0.5


def test_a_box_shifted_by_a_tenth_counts_at_seven_of_ten_thresholds() -> None:
    """Its IoU is 9/11, or 0.818: at 0.50, 0.55 ... 0.80."""
    found = precision(scene([("cup", HERE, None)], [("cup", Box(10, 0, 110, 50), 0.5)]))

    assert found.ap == pytest.approx(0.7)
    assert found.ap_75 == pytest.approx(1.0)


def test_without_scores_there_is_no_ranking() -> None:
    assert precision(scene([("cup", HERE, None)], [("cup", HERE, None)])) is None


def test_without_truths_there_is_nothing_to_find() -> None:
    assert precision(scene([], [("cup", HERE, 0.5)])) is None
