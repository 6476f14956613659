"""The best pairs, compared with all there are."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as some

from cli.grading import assignment

members = some.integers(0, 4)
gains = some.dictionaries(some.tuples(members, members), some.floats(0.01, 1), max_size=14)


def worth(pairs, possible) -> tuple[int, float]:
    return len(pairs), sum(possible[pair] for pair in pairs)


def every_choice(possible):
    """Every way to pair five with five, less what is not possible."""
    for order in permutations(range(5)):
        yield [pair for pair in enumerate(order) if pair in possible]


@given(gains)
def test_no_other_choice_has_more_pairs_or_as_many_with_a_larger_sum(possible) -> None:
    chosen = assignment.best(possible)

    count, total = worth(chosen, possible)
    most = max((worth(each, possible) for each in every_choice(possible)), default=(0, 0.0))
    assert {*chosen} <= {*possible}
    assert len({one for one, _ in chosen}) == len({other for _, other in chosen}) == count
    assert count == most[0]
    assert abs(total - most[1]) < 1e-9


def test_more_pairs_win_over_one_that_fits_better() -> None:
    """Taking the best first would leave the second of each group alone."""
    possible = {(0, 0): 0.9, (0, 1): 0.6, (1, 0): 0.55}

    assert assignment.best(possible) == [(0, 1), (1, 0)]


def test_two_hundred_members_that_all_overlap_are_paired() -> None:
    possible = {(a, b): 1 / (1 + abs(a - b)) for a in range(200) for b in range(a - 3, a + 4)}

    assert assignment.best(possible) == [(at, at) for at in range(200)]
