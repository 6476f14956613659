"""A turn, as a task carries it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadEvent
from shared.webhooks.attempt_id import AttemptId


def test_a_turn_survives_its_task() -> None:
    turn = AttemptId("shop", "e1", 1, 2)

    assert AttemptId.read(json.loads(turn.encode())) == turn
    assert turn.task == "shop_e1_1_2"


@pytest.mark.parametrize(
    "body", [None, [], {}, {"endpoint": "a", "event": "b", "round": "0", "number": 0}]
)
def test_a_body_that_is_no_turn_is_refused(body: object) -> None:
    with pytest.raises(BadEvent):
        AttemptId.read(body)


turns = st.builds(
    AttemptId,
    st.text("a0-", min_size=1, max_size=4),
    st.text("a0-_", min_size=1, max_size=4),
    st.integers(0, 11),
    st.integers(0, 11),
)


@given(turns, turns)
def test_no_two_turns_share_a_task(one: AttemptId, other: AttemptId) -> None:
    assert (one.task == other.task) == (one == other)
