"""AUROC: by hand, by counting every pair, and what is said of it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.grading.ranking import Ranking, Seen, auroc

WRONG, RIGHT = True, False
seens = some.lists(some.builds(Seen, some.integers(0, 5).map(float), some.booleans()), max_size=40)


def counted(seen: list[Seen]) -> float | None:
    """The same by every pair of a wrong and a right one."""
    pairs = [
        (one.value > other.value) + (one.value == other.value) / 2
        for one in seen
        for other in seen
        if one.wrong and not other.wrong
    ]
    return sum(pairs) / len(pairs) if pairs else None


def drawn(count: int, above: float, values: int, seed: int = 1) -> list[Seen]:
    """Half of them wrong, whose numbers are larger by so much on average."""
    lots = random.Random(seed)
    wrong = (number % 2 == 0 for number in range(count))
    return [Seen(round(values * (lots.random() + above * each)) / values, each) for each in wrong]


def test_by_hand() -> None:
    """Of the six pairs the wrong one is above in four, and one is a tie: 4.5 of 6."""
    seen = [Seen(3, WRONG), Seen(1, WRONG), Seen(2, RIGHT), Seen(1, RIGHT), Seen(0, RIGHT)]

    assert auroc(seen) == 4.5 / 6


def test_a_perfect_order_its_reverse_and_no_order() -> None:
    assert auroc([Seen(2, WRONG), Seen(1, RIGHT), Seen(0, RIGHT)]) == 1.0
    assert auroc([Seen(0, WRONG), Seen(1, RIGHT)]) == 0.0
    assert auroc([Seen(1, WRONG), Seen(1, RIGHT)]) == 0.5
    assert auroc([Seen(1, RIGHT)] * 3) is None
    assert auroc([]) is None


@given(seens)
def test_it_is_that_of_all_pairs_counted(seen: list[Seen]) -> None:
    expected = counted(seen)

    assert auroc(seen) == (None if expected is None else pytest.approx(expected, abs=1e-12))


def test_what_ranks_is_told_from_what_does_not() -> None:
    good, bad = Ranking.of(drawn(200, 0.6, 50), 1), Ranking.of(drawn(400, 0.0, 50), 1)

    assert good.verdict == "ranks"
    assert good.auroc == auroc(drawn(200, 0.6, 50))
    assert (good.auroc or 0) > 0.7
    assert bad.verdict == "does not rank"
    assert (bad.low or 1) < 0.5 < (bad.high or 0) < 0.7


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(drawn(18, 0.9, 50), id="few records"),
        pytest.param(drawn(400, 0.5, 1)[:1] * 40, id="all wrong"),
        pytest.param([Seen(float(each.wrong), each.wrong) for each in drawn(60, 1, 1)], id="two"),
        pytest.param(drawn(30, 0.15, 50, 5), id="a wide interval"),
        pytest.param([], id="none"),
    ],
)
def test_where_nobody_can_tell_it_says_so(seen: list[Seen]) -> None:
    assert Ranking.of(seen, 1).verdict == "cannot tell"


def test_the_same_records_give_the_same_interval() -> None:
    seen = drawn(60, 0.4, 50)

    assert Ranking.of(seen, 1) == Ranking.of(seen, 1)
