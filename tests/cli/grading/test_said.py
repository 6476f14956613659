"""Grades of answers, verdicts and hidden things, computed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.grading import grade, summary
from cli.grading.labels import Labels
from cli.grading.part import Part, Tally
from shared.jobs.record import Found
from shared.model import Box, Category, Decision, Moderation
from tests.cli.grading.found import boxes, full, thing, things

STRICT = Labels()


def said(words: str) -> Found:
    return Found(answer=words)


def judged(verdict: Decision, **severities: int | None) -> Found:
    categories = (Category(name, each, "", "allow", 3, 5) for name, each in severities.items())
    return Found(moderation=Moderation(verdict, None, tuple(categories)))


def parts(task: str, truth: Found, answer: Found | None) -> dict[str, Part]:
    return dict(grade.of(task, truth, answer, STRICT).parts)


@pytest.mark.parametrize("task", ["answer", "compare"])
def test_an_answer_is_graded_by_its_words(task: str) -> None:
    got = parts(task, said("Yes, on the left side."), said("yes,  on the left side"))

    assert got["answer_exact"] == Part(0, 1)
    assert got["answer_normalised"] == Part(1, 1)
    assert got["cer"] == Part(2, 22)  # the capital, and the full stop
    assert got["wer"] == Part(2, 5)
    assert parts(task, said("12"), said("12"))["answer_exact"] == Part(1, 1)


def test_other_words_of_the_same_meaning_are_wrong() -> None:
    got = parts("answer", said("Yes"), said("It is"))

    assert (got["answer_exact"], got["answer_normalised"]) == (Part(0, 1), Part(0, 1))
    assert parts("answer", said("Yes"), None)["answered"] == Part(0, 1)


def test_a_verdict_its_confusion_and_its_severities() -> None:
    truth = judged("block", violence=5, drugs=2, spam=0, hate=None)
    answer = judged("review", violence=4, drugs=2, spam=3)

    got = grade.of("moderate", truth, answer, STRICT)

    assert got.parts["verdict_exact"] == Part(0, 1)
    assert got.parts["block_as_review"] == Part(1, 1)
    assert got.parts["block_as_allow"] == Part(0, 1)
    assert got.parts["allow_as_block"] == Part(0, 0)
    assert got.parts["severity_exact"] == Part(1, 3)  # drugs; of hate nothing is known
    assert got.parts["severity_near"] == Part(2, 3)  # and violence
    assert got.labels == {"review": Tally(0, 0, 1), "block": Tally(0, 1, 0)}


def test_a_refusal_is_a_verdict_without_severities() -> None:
    refused = Found(moderation=Moderation("block", "model_refused"))

    got = parts("moderate", judged("block", violence=6), refused)

    assert got["verdict_exact"] == Part(1, 1)
    assert got["severity_near"] == Part(0, 1)


def test_without_an_answer_there_is_no_verdict() -> None:
    got = parts("moderate", judged("allow", spam=0), None)

    assert got["verdict_exact"] == got["answered"] == Part(0, 1)
    assert (got["allow_as_review"], got["allow_as_block"]) == (Part(0, 1), Part(0, 1))


def test_the_verdicts_of_many_photos_are_a_table() -> None:
    truths = [judged("block")] * 4 + [judged("allow")] * 2
    answers = [judged(each) for each in ("block", "allow", "allow", "review", "allow", "review")]
    pairs = zip(truths, answers, strict=True)

    got = summary.of("moderate", [grade.of("moderate", *pair, STRICT) for pair in pairs], 1)

    shares = {name: each.value for name, each in got.items() if "_as_" in name}
    assert shares == {
        "block_as_allow": 0.5,
        "block_as_review": 0.25,
        "allow_as_review": 0.5,
        "allow_as_block": 0.0,
        "review_as_allow": None,
        "review_as_block": None,
    }


def test_half_of_a_face_is_missed_and_as_much_again_is_hidden_for_nothing() -> None:
    got = parts("redact", things(Box(0, 0, 20, 10)), things(Box(10, 0, 30, 10)))

    assert got["missed_area"] == Part(100, 200)
    assert got["excess_area"] == Part(100, 200)
    assert got["things_hidden"] == Part(0, 1)


def test_what_overlaps_counts_once_and_many_may_hide_one() -> None:
    truth = things(Box(0, 0, 20, 10), Box(10, 0, 30, 10))
    answer = things(Box(0, 0, 15, 10), Box(15, 0, 30, 10), Box(0, 0, 30, 5))

    got = parts("redact", truth, answer)

    assert got["missed_area"] == Part(0, 300)
    assert got["excess_area"] == Part(0, 300)
    assert got["things_hidden"] == Part(2, 2)


def test_a_thing_counts_as_hidden_with_nineteen_of_twenty_pixels() -> None:
    assert parts("redact", things(Box(0, 0, 20, 10)), things(Box(0, 0, 19, 10)))[
        "things_hidden"
    ] == Part(1, 1)
    assert parts("redact", things(Box(0, 0, 20, 10)), things(Box(0, 0, 18, 10)))[
        "things_hidden"
    ] == Part(0, 1)


def test_a_mask_hides_its_pixels_and_a_box_all_of_it() -> None:
    frame, left = Box(0, 0, 20, 10), Box(0, 0, 10, 10)
    masked = Found((thing("face", frame, full(left)),))

    by_mask = parts("redact", things(frame), masked)
    by_box = parts("redact", masked, things(frame))

    assert by_mask["missed_area"] == Part(100, 200)
    assert by_box["missed_area"] == Part(0, 100)
    assert by_box["excess_area"] == Part(100, 200)


def test_nothing_hidden_misses_all() -> None:
    got = parts("redact", things(Box(0, 0, 20, 10)), None)

    assert got["missed_area"] == Part(200, 200)
    assert got["excess_area"] == Part(0, 0)


@given(some.lists(boxes, max_size=6), some.lists(boxes, max_size=6))
def test_areas_are_those_of_every_pixel_counted(ones: list[Box], others: list[Box]) -> None:
    got = parts("redact", things(*ones), things(*others))

    there, hidden = (
        {
            (x, y)
            for box in each
            for x in range(box.left, box.right)
            for y in range(box.top, box.bottom)
        }
        for each in (ones, others)
    )
    assert got["missed_area"] == Part(len(there - hidden), len(there))
    assert got["excess_area"] == Part(len(hidden - there), len(hidden))
