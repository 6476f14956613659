"""Grades of single photos, computed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.grading import grade
from cli.grading.labels import Labels
from cli.grading.metrics import OF_TASK
from cli.grading.part import Part, Tally
from shared.jobs.record import Found
from shared.model import Box, Moderation
from tests.cli.grading.found import boxes, classes, form, full, text, thing, things

HERE, SHIFTED = Box(0, 0, 100, 50), Box(10, 0, 110, 50)
STRICT = Labels()
FAR = Box(150, 60, 190, 90)


def parts(task: str, truth: Found, answer: Found | None, labels: Labels = STRICT):
    return grade.of(task, truth, answer, labels).parts


def test_a_box_shifted_by_a_tenth_is_found_at_both_thresholds_with_nine_elevenths() -> None:
    got = parts("detect", things(HERE), things(SHIFTED))

    assert got["f1_50"] == got["f1_75"] == Part(2, 2)
    assert got["iou"].hits == pytest.approx(9 / 11, abs=1e-12)
    assert got["label_accuracy"] == Part(1, 1)
    assert got["count_error"] == Part(0, 1)


def test_a_box_of_half_the_size_is_found_at_the_lower_threshold_only() -> None:
    got = parts("detect", things(HERE), things(Box(0, 0, 60, 50)))

    assert (got["precision_50"], got["recall_50"]) == (Part(1, 1), Part(1, 1))
    assert (got["precision_75"], got["recall_75"]) == (Part(0, 1), Part(0, 1))


def test_one_missed_and_two_invented() -> None:
    got = parts("detect", things(HERE, FAR), things(HERE, Box(0, 60, 9, 70), Box(20, 60, 29, 70)))

    assert got["precision_50"] == Part(1, 3)
    assert got["recall_50"] == Part(1, 2)
    assert got["f1_50"] == Part(2, 5)
    assert got["count_error"] == Part(1, 1)


def test_a_wrong_label_is_no_error_of_place() -> None:
    truth, answer = things(HERE, label="cup"), things(HERE, label="mug")

    got = grade.of("detect", truth, answer, Labels())

    assert got.parts["f1_50"] == Part(2, 2)
    assert got.parts["label_accuracy"] == Part(0, 1)
    assert got.parts["labelled_f1_50"] == Part(0, 2)
    assert got.labels == {"cup": Tally(0, 1, 0), "mug": Tally(0, 0, 1)}
    alike = parts("detect", truth, answer, Labels({"mug": "cup"}))
    assert alike["labelled_f1_50"] == Part(2, 2)


def test_of_two_objects_in_one_place_each_is_matched_with_its_own_label() -> None:
    truth = Found((thing("person", HERE), thing("rucksack", HERE)))
    answer = Found((thing("rucksack", HERE), thing("person", HERE)))

    assert parts("detect", truth, answer)["label_accuracy"] == Part(2, 2)


def test_masks_are_graded_by_their_pixels_beside_their_boxes() -> None:
    left = Box(0, 0, 50, 50)
    truth = Found((thing("cup", HERE, full(HERE)),))
    answer = Found((thing("cup", HERE, full(left)),))

    got = parts("segment", truth, answer)

    assert got["f1_75"] == Part(2, 2)
    assert got["iou"] == Part(1.0, 1)
    assert got["mask_f1_50"] == Part(2, 2)
    assert got["mask_f1_75"] == Part(0, 2)
    assert got["mask_iou"] == Part(0.5, 1)


def test_an_answer_of_a_box_where_a_mask_was_asked_has_no_mask() -> None:
    got = parts("segment", Found((thing("cup", HERE, full(HERE)),)), things(HERE))

    assert got["f1_50"] == Part(2, 2)
    assert got["mask_f1_50"] == Part(0, 2)


@pytest.mark.parametrize("task", OF_TASK)
def test_an_answer_that_cannot_be_read_found_nothing(task: str) -> None:
    truth = {
        "answer": Found(answer="yes"),
        "compare": Found(answer="yes"),
        "moderate": Found(moderation=Moderation("block")),
        "redact": things(HERE),
        "classify": classes("cat"),
        "detect": things(HERE),
        "extract": form(total=3),
        "read_text": text("abcd"),
        "segment": Found((thing("cup", HERE, full(HERE)),)),
    }[task]

    got = grade.of(task, truth, None, Labels())

    assert got.parts["answered"] == Part(0, 1)
    assert got.loss(task) == 1.0
    assert grade.of(task, truth, truth, Labels()).loss(task) == 0.0


def test_nothing_found_where_there_is_nothing_is_right() -> None:
    got = grade.of("detect", Found(), Found(), Labels())

    assert got.parts["f1_50"] == Part(0, 0)
    assert got.loss("detect") == 0.0


def test_text_is_measured_in_characters_and_in_words() -> None:
    got = parts("read_text", text("TOTAL 12.50\nCASH"), text("TOTAL 12.60 CASH"))

    assert got["cer"] == Part(1, 16)
    assert got["wer"] == Part(1, 3)
    assert got["text_exact"] == Part(0, 1)


def test_classes_are_compared_as_sets() -> None:
    got = grade.of("classify", classes("cat", "dog"), classes("Dog", "bird", "dog"), Labels())

    assert got.parts["micro_f1"] == Part(2, 4)
    assert got.parts["classes_exact"] == Part(0, 1)
    assert got.labels == {"bird": Tally(0, 0, 1), "cat": Tally(0, 1, 0), "dog": Tally(1, 1, 1)}


def test_fields_are_compared_one_by_one_and_those_that_nobody_asked_for_do_not_count() -> None:
    truth = form(shop="Rossi", total=12.5, date=None)
    answer = form(shop="ROSSI", total=12.5, date="2026-01-01", tip=1)

    got = grade.of("extract", truth, answer, Labels())

    assert got.parts["field_exact"] == Part(1, 3)
    assert got.parts["field_normalised"] == Part(2, 3)
    assert got.labels["date"] == Tally(0, 1, 1)


@given(some.lists(boxes, max_size=6), some.lists(boxes, max_size=6))
def test_turning_truth_and_answer_round_turns_precision_and_recall_round(one, other) -> None:
    here, there = (
        parts("detect", things(*one), things(*other)),
        parts("detect", things(*other), things(*one)),
    )

    for percent in (50, 75):
        assert here[f"precision_{percent}"] == there[f"recall_{percent}"]
        assert here[f"f1_{percent}"] == there[f"f1_{percent}"]
    assert here["iou"].hits == pytest.approx(there["iou"].hits, abs=1e-6)


@given(some.lists(boxes, max_size=6), some.randoms())
def test_the_order_of_an_answer_does_not_matter(found, order) -> None:
    shuffled = [*found]
    order.shuffle(shuffled)
    truth = things(HERE, FAR, Box(40, 10, 80, 50))

    one, other = (parts("detect", truth, things(*each)) for each in (found, shuffled))

    assert {name: tuple(part) for name, part in one.items()} == {
        name: pytest.approx(tuple(part)) for name, part in other.items()
    }
