"""When a job was queued, and when its message comes again."""

from typing import Any

import pytest

from shared.jobs.queue import Queued

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("waited", "turn_in", "misses"),
    [
        (15.0, 1.0, False),  # turned back once: a new message would come hardly sooner
        (30.0, 39.0, True),  # its next delivery is 40 s away
        (30.0, 41.0, False),
        (300.0, 309.0, True),
        (300.0, 311.0, False),
        (86_400.0, 599.0, True),  # never more than ten minutes
        (86_400.0, 601.0, False),
    ],
)
def test_a_message_misses_a_turn_that_comes_before_its_next_delivery(
    waited: float, turn_in: float, misses: bool
) -> None:
    assert Queued(0.0, NOW - waited).misses(NOW + turn_in, NOW) == misses


@pytest.mark.parametrize(
    ("message", "first", "last"),
    [
        ({"attributes": {"queued": "17.5"}, "publishTime": "1970-01-01T00:01:00.5Z"}, 17.5, 60.5),
        ({"attributes": {"queued": "-1"}, "publishTime": "1970-01-01T00:01:00+00:00"}, 0.0, 60.0),
        ({"attributes": {"queued": "soon"}, "publishTime": "1970-01-01T00:01:00Z"}, 0.0, 60.0),
        ({"attributes": {"queued": "inf"}, "publishTime": "1970-01-01T00:01:00Z"}, 0.0, 60.0),
    ],
)
def test_the_body_of_a_push_says_when(message: dict[str, Any], first: float, last: float) -> None:
    assert Queued.by({"message": message}) == Queued(first, last)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"message": {"publishTime": "yesterday"}}, {"message": 1}]
)
def test_a_message_that_does_not_say_when_was_published_now(body: object) -> None:
    queued = Queued.by(body)

    assert queued.first == 0.0
    assert not queued.misses(queued.last + 1, queued.last + 1)
