"""Metrics of many photos, and two models compared."""

import random

import pytest

from cli.grading import grade, summary
from cli.grading.labels import Labels
from cli.grading.metrics import LEADING, OF_TASK
from cli.grading.part import Tally
from shared.jobs.record import Found
from tests.cli.grading import worlds
from tests.cli.grading.found import classes, text


def test_macro_f1_is_the_mean_of_the_classes_and_micro_f1_that_of_all() -> None:
    """cat: 2 of 2 right. dog: 1 right, 1 missed, 1 invented, so 1/2. bird: invented, so 0."""
    said = [("cat", "cat"), ("cat", "cat"), ("dog", "dog"), ("dog", "bird"), ("cat", "dog")]
    grades = [
        grade.of("classify", classes(truth), classes(answer), Labels()) for truth, answer in said
    ]

    found = summary.of("classify", grades, seed=1)

    cat, dog, bird = 2 * 2 / (3 + 2), 2 * 1 / (2 + 2), 0
    assert found["macro_f1"].value == pytest.approx((cat + dog + bird) / 3)
    assert found["micro_f1"].value == pytest.approx(3 / 5)
    assert summary.by_label(grades) == {
        "cat": Tally(2, 3, 2),
        "dog": Tally(1, 2, 2),
        "bird": Tally(0, 0, 1),
    }


def test_a_long_text_weighs_more_than_a_short_one() -> None:
    grades = [
        grade.of("read_text", text("a" * 90), text("a" * 90), Labels()),
        grade.of("read_text", text("b" * 10), text("c" * 10), Labels()),
    ]

    assert summary.of("read_text", grades, seed=1)["cer"].value == pytest.approx(0.1)


def test_every_metric_of_a_task_has_an_interval_if_there_are_photos_enough() -> None:
    grades = worlds.grades(random.Random(1), 60, 0.8)

    found = summary.of("detect", grades, seed=1)

    assert {*found} == {*OF_TASK["detect"]} - {"usd", "seconds"}
    for name, each in found.items():
        assert each.low <= each.value <= each.high, name


def test_a_metric_without_anything_to_measure_has_no_value() -> None:
    nothing = [grade.of("detect", Found(), Found(), Labels())] * 30

    found = summary.of("detect", nothing, seed=1)

    assert (found["f1_50"].value, found["f1_50"].low, found["f1_50"].photos) == (None, None, 0)


def test_the_leading_metric_of_a_task_is_one_of_its_metrics() -> None:
    assert {task: LEADING[task] in OF_TASK[task] for task in OF_TASK} == dict.fromkeys(
        OF_TASK, True
    )


F1 = OF_TASK["detect"]["f1_50"]


def better(photos: int, first: float, second: float, seed: int) -> str:
    """Which of two models is called better that find an object with these chances."""
    draws = random.Random(seed)
    pair = [worlds.grades(draws, photos, each) for each in (first, second)]
    return summary.compare("f1_50", F1, *pair, seed).better


def verdicts(photos: int, first: float, second: float) -> list[str]:
    return [better(photos, first, second, seed) for seed in range(100)]


@pytest.mark.slow
def test_a_model_that_finds_more_is_called_better_for_95_of_100_seeds_at_least() -> None:
    found = verdicts(100, 0.9, 0.75)

    assert found.count("first") >= 95
    assert found.count("second") == 0


@pytest.mark.slow
def test_the_second_model_is_called_better_where_it_is() -> None:
    assert verdicts(100, 0.75, 0.9).count("second") >= 95


def test_a_small_set_cannot_tell() -> None:
    assert verdicts(10, 0.9, 0.75).count("cannot tell") == 100


@pytest.mark.slow
def test_of_two_models_that_are_alike_hardly_one_is_called_better() -> None:
    """By chance 5 of 100; more than 12 would come about in one of 500 runs."""
    assert verdicts(60, 0.8, 0.8).count("cannot tell") >= 88


def test_a_lower_error_is_the_better_one() -> None:
    truth, near, far = text("abcdefghij"), text("abcdefghix"), text("abcdexxxxx")
    one, other = (
        [grade.of("read_text", truth, said, Labels())] * 15
        + [grade.of("read_text", truth, truth, Labels())] * 15
        for said in (far, near)
    )

    found = summary.compared("read_text", one, other, seed=1)

    assert found["cer"].better == "second"
    assert found["cer"].difference == pytest.approx(0.2)
