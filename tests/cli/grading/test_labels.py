"""When labels mean the same."""

import pytest

from cli.grading.labels import Labels

SYNONYMS = Labels.read('shoe = ["Sneaker", "gym-shoe"]\nbag = []')


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("cup", "cup", True),
        ("Cup", "cup ", True),
        ("tea_cup", "Tea-cup", True),
        ("ﬁsh", "fish", True),  # a ligature
        ("cup", "mug", False),
        ("sneaker", "SHOE", True),
        ("gym shoe", "sneaker", True),
        ("sneaker", "bag", False),
    ],
)
def test_letters_and_synonyms_decide(one: str, other: str, same: bool) -> None:
    assert SYNONYMS.same(one, other) is same


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('shoe = "sneaker"', "must be a list of words"),
        ("shoe = [1]", "must be a list of words"),
        ('shoe = ["x"]\nbag = ["X"]', "'x' stands for both 'shoe' and 'bag'"),
        ("shoe", "Expected '='"),
    ],
)
def test_a_file_of_synonyms_that_cannot_be_read_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Labels.read(text)
