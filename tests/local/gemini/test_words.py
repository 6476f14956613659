"""The words of the embedded networks, and what people call the same things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gemini.recognition import words


def test_the_detectors_know_the_80_words_of_coco():
    assert len(words.COCO) == len(set(words.COCO)) == 80


def test_no_class_has_two_words():
    counted = [number for word in words.known() for number in words.classes(word)]

    assert len(counted) == len(set(counted))
    assert set(counted) <= set(range(words.CLASSES))


def test_about_two_hundred_words_are_known_as_the_start_line_says():
    assert 180 <= len(words.known()) <= 220


@pytest.mark.parametrize(
    ("label", "sought"),
    [
        ("car", {"car"}),
        ("Cars", {"car"}),
        ("people", {"person"}),
        ("PERSON", {"person"}),
        ("knives", {"knife"}),
        ("buses", {"bus"}),
        ("butterflies", {"butterfly"}),
        ("mice", {"mouse"}),
        ("sheep", {"sheep"}),
        ("wine glasses", {"wine glass"}),
        ("sofa", {"couch"}),
        ("cell phones", {"cell phone"}),
        ("cutlery", {"fork", "knife", "spoon"}),
    ],
)
def test_a_label_is_understood_in_any_number_and_case(label: str, sought: set[str]) -> None:
    asked = words.asked(label)

    assert asked is not None
    assert asked.words == sought
    assert not asked.classes


@pytest.mark.parametrize("label", ["unicorn", "woman", "child", "happy dog", "", "face", "gun"])
def test_a_label_without_a_word_is_not_taken_for_another_one(label: str) -> None:
    assert words.asked(label) is None


def test_a_finer_kind_is_sought_by_its_classes():
    asked = words.asked("Owls")

    assert asked is not None
    assert asked.words == {"bird"}
    assert asked.classes < words.classes("bird")


def test_every_kind_is_made_of_known_words():
    vehicle, animal = words.asked("vehicles"), words.asked("animal")

    assert vehicle is not None
    assert animal is not None
    assert {"car", "bus", "bicycle"} < vehicle.words
    assert vehicle.words | animal.words <= words.known()


@given(st.sampled_from(sorted(words.known())))
def test_the_plural_of_every_word_asks_for_that_word(word: str) -> None:
    asked = words.asked(words.plural(word))

    assert asked is not None
    assert word in asked.words
