"""What follows for a delivery from each outcome, without any clock."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadEvent
from shared.webhooks.attempt_id import AttemptId
from shared.webhooks.backoff import WAITS
from shared.webhooks.delivery import Delivery, Outcome
from shared.webhooks.health import Health

DAY = 24 * 3600.0
NOW = 1_800_000_000.0
NEW = Delivery("shop", "e1", due=NOW)
OK = Outcome(NOW, ms=0, code=204)
DOWN = Outcome(NOW, ms=0, error="nobody answers")


def failed(delivery: Delivery, times: int, outcome: Outcome = DOWN) -> Delivery:
    for _ in range(times):
        delivery = delivery.after(replace(outcome, at=delivery.due))
    return delivery


def test_an_endpoint_that_stays_down_is_tried_ten_times_at_the_times_of_the_schedule() -> None:
    dead = failed(NEW, 10)

    times = [each.outcome.at for each in dead.attempts]
    waited = [after - before for before, after in pairwise(times)]
    assert (dead.status, dead.reason, len(times)) == ("dead", "exhausted", 10)
    assert all(0.8 * due <= real <= 1.2 * due for due, real in zip(WAITS[1:], waited, strict=True))
    assert [each.next for each in dead.attempts] == [*times[1:], None]
    assert [each.number for each in dead.attempts] == list(range(10))


def test_a_wait_begins_when_the_answer_is_there() -> None:
    delivery = NEW.after(replace(DOWN, ms=4_000))

    assert 4 + 4 <= delivery.due - NOW <= 4 + 6


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (Outcome(NOW, 1, code=200), "delivered", None),
        (Outcome(NOW, 1, code=299), "delivered", None),
        (Outcome(NOW, 1, code=199), "pending", None),
        (Outcome(NOW, 1, code=302), "pending", None),
        (Outcome(NOW, 1, code=400), "pending", None),
        (Outcome(NOW, 1, code=410), "dead", "gone"),
        (Outcome(NOW, 1, code=500), "pending", None),
        (DOWN, "pending", None),
    ],
    ids=lambda value: str(value.code) if isinstance(value, Outcome) else None,
)
def test_only_2xx_is_success_and_only_410_ends_it_at_once(
    outcome: Outcome, status: str, reason: str | None
) -> None:
    after = NEW.after(outcome)

    assert (after.status, after.reason) == (status, reason)
    assert (after.number == 1) == (status == "pending")


@pytest.mark.parametrize(
    ("patience", "least", "most"),
    [(0, 4, 6), (60, 60, 60), (3, 4, 6), (DAY, DAY, DAY)],
)
def test_an_endpoint_can_ask_for_a_longer_wait(patience: float, least: float, most: float) -> None:
    after = NEW.after(replace(DOWN, patience=patience))

    assert least <= after.due - NOW <= most


def test_the_schedule_is_not_shortened_by_patience() -> None:
    after = failed(NEW, 3, replace(DOWN, patience=60))

    assert 0.8 * 1800 <= after.due - after.attempts[-1].outcome.at <= 1.2 * 1800


def test_a_new_round_begins_at_once_and_keeps_the_log() -> None:
    dead = failed(NEW, 10)

    again = dead.again(NOW + 1)

    assert (again.status, again.reason, again.due) == ("pending", None, NOW + 1)
    assert (again.round, again.number) == (1, 0)
    assert again.attempts == dead.attempts
    assert AttemptId.of(again).task not in {
        AttemptId.of(failed(NEW, times)).task for times in range(10)
    }
    assert failed(again, 10).status == "dead"


def test_a_delivery_that_is_given_up_has_no_more_attempts() -> None:
    assert NEW.given_up("disabled") == replace(NEW, status="dead", reason="disabled")


def test_a_delivery_survives_being_written_and_no_two_writers_write_the_same() -> None:
    delivery = failed(NEW, 2, replace(DOWN, code=500, answer="oh\\n", patience=61.5))

    assert Delivery.decode(delivery.encode()) == delivery
    assert delivery.encode() != delivery.encode()


def test_entries_of_a_later_version_are_read_without_what_is_new() -> None:
    outcome = Outcome(at=1.0, code=500)
    delivery = Delivery("shop", "evt", due=2.0).after(outcome)
    later = json.loads(delivery.encode())
    later["new"] = later["attempts"][0]["new"] = later["attempts"][0]["outcome"]["new"] = 1

    assert Delivery.decode(json.dumps(later).encode()) == delivery


@given(
    st.binary(max_size=40) | st.from_type(dict[str, int]).map(lambda it: json.dumps(it).encode())
)
def test_any_bytes_are_a_delivery_or_none(body: bytes) -> None:
    assert Health.decode(body) == Health()
    with pytest.raises(BadEvent):
        Delivery.decode(body)
