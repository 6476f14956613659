"""The diary of a storm: which payments have a cause."""

import pytest

from prove.diary import Call, Claimed, Diary, Kept, Kill, extras

LEASE, PATIENCE = 6.0, 3.0  # seconds


def storm(*entries: object) -> Diary:
    """A call of host 0 that was not kept, then one of host 1 that was, and what else happened."""
    calls = [Call(7, 0, 10.0, 10.1), Call(7, 1, 17.0, 17.1), Kept(7, 1, 17.2)]
    return Diary([Claimed(7, 0, "a", 9.9), Claimed(7, 1, "b", 16.5), *calls, *entries])


@pytest.mark.parametrize(
    ("diary", "why"),
    [
        (storm(Kill(0, 10.2, "POST /x")), "killed 0.20 s after it asked, at POST /x"),
        (storm(Kill(1, 10.2, "POST /x")), "had its lease for 6.6 s, and then lost it"),
        (storm(Claimed(7, 1, "c", 12.0)), ""),
    ],
    ids=["killed", "slow", "robbed"],
)
def test_an_extra_payment_has_a_cause_or_has_none(diary: Diary, why: str) -> None:
    (extra,) = extras(diary, LEASE, PATIENCE)

    assert extra.why.startswith(why)
    assert bool(extra.why) == bool(why)


def test_a_photo_that_was_paid_once_has_no_extra_payment() -> None:
    assert extras(Diary([Call(7, 0, 1.0, 1.1)]), LEASE, PATIENCE) == []
