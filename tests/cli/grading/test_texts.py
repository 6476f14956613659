"""Edit distances."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.grading.texts import edits, tidy

words = some.text(some.sampled_from("abc "), max_size=80)


def by_the_table(one: str, other: str) -> int:
    """As the textbook has it (R. Wagner, M. Fischer, 1974)."""
    row = list(range(len(other) + 1))
    for a in one:
        above, row[0] = row[0], row[0] + 1
        for at, b in enumerate(other, 1):
            above, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, above + (a != b))
    return row[-1]


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2)],
)
def test_known_distances(one: str, other: str, distance: int) -> None:
    assert edits(one, other) == distance


@given(words, words)
def test_the_distance_is_that_of_the_table(one: str, other: str) -> None:
    assert edits(one, other) == by_the_table(one, other)


def test_words_are_compared_as_wholes() -> None:
    assert edits(["TOTAL", "12.50", "EUR"], ["TOTAL", "12.60", "EUR"]) == 1


def test_white_space_and_the_way_an_accent_is_stored_do_not_count() -> None:
    assert tidy(" cafe\u0301\n\nbar ") == "caf\u00e9 bar"
