"""A delivery's schedule, and an endpoint's health: what follows from what, without any clock."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadEvent
from shared.webhooks.attempt_id import AttemptId
from shared.webhooks.backoff import WAITS, retry_after, wait
from shared.webhooks.delivery import Delivery, Outcome
from shared.webhooks.health import Disabled, Health

DAY = 24 * 3600.0
NOW = 1_800_000_000.0
NEW = Delivery("shop", "e1", due=NOW)
OK = Outcome(NOW, ms=0, code=204)
DOWN = Outcome(NOW, ms=0, error="nobody answers")


def failed(delivery: Delivery, times: int, outcome: Outcome = DOWN) -> Delivery:
    for _ in range(times):
        delivery = delivery.after(replace(outcome, at=delivery.due))
    return delivery


def test_the_schedule_is_ten_attempts_over_75_hours_35_minutes_and_5_seconds() -> None:
    assert WAITS == (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    assert sum(WAITS) == 75 * 3600 + 35 * 60 + 5


@given(st.text(), st.integers(0, 9))
def test_a_wait_is_at_most_a_fifth_off_and_always_the_same(lot: str, number: int) -> None:
    assert 0.8 * WAITS[number] <= wait(number, lot) <= 1.2 * WAITS[number]
    assert wait(number, lot) == wait(number, lot)


def test_waits_are_spread() -> None:
    waits = sorted(wait(2, f"endpoint/{number}/0") for number in range(400))

    tenths = [240 + 12 * step for step in range(11)]
    counts = [sum(low <= each < high for each in waits) for low, high in pairwise(tenths)]
    assert all(20 <= count <= 60 for count in counts)


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
def test_patience_that_is_asked_for_is_had(patience: float, least: float, most: float) -> None:
    after = NEW.after(replace(DOWN, patience=patience))

    assert least <= after.due - NOW <= most


def test_the_schedule_is_not_shortened_by_patience() -> None:
    after = failed(NEW, 3, replace(DOWN, patience=60))

    assert 0.8 * 1800 <= after.due - after.attempts[-1].outcome.at <= 1.2 * 1800


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("", 0),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), 0),
        ("999999", DAY),
        ("9" * 400, DAY),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_counts_up_to_a_day(
    header: str | None, seconds: float
) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_a_wait_or_none(header: str) -> None:
    assert 0 <= retry_after(header, NOW) <= DAY


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


def test_one_given_up_has_no_attempt_more() -> None:
    assert NEW.given_up("disabled") == replace(NEW, status="dead", reason="disabled")


def test_a_delivery_survives_being_written_and_no_two_writers_write_the_same() -> None:
    delivery = failed(NEW, 2, replace(DOWN, code=500, answer="oh\\n", patience=61.5))

    assert Delivery.decode(delivery.encode()) == delivery
    assert delivery.encode() != delivery.encode()


def test_a_turn_survives_its_task() -> None:
    turn = AttemptId("shop", "e1", 1, 2)

    assert AttemptId.read(json.loads(turn.encode())) == turn
    assert turn.task == "shop_e1_1_2"


@pytest.mark.parametrize(
    "body", [None, [], {}, {"endpoint": "a", "event": "b", "round": "0", "number": 0}]
)
def test_what_is_no_turn_is_said_to_be_none(body: object) -> None:
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


def test_an_endpoint_is_disabled_after_five_days_without_a_success() -> None:
    failing = Health().after(DOWN)
    later = failing.after(replace(DOWN, at=NOW + 5 * DAY - 1))
    end = failing.after(replace(DOWN, at=NOW + 5 * DAY))

    assert failing == later == Health(failing_since=NOW)
    assert end == Health(NOW, Disabled(NOW + 5 * DAY, "failing"))
    assert end.after(OK) == end


def test_a_success_ends_five_days_before_they_are_over() -> None:
    well = Health().after(DOWN).after(replace(OK, at=NOW + 4 * DAY))

    assert well == Health()
    assert well.after(replace(DOWN, at=NOW + 6 * DAY)).disabled is None


def test_410_disables_at_once() -> None:
    assert Health().after(Outcome(NOW, 1, code=410)).disabled == Disabled(NOW, "gone")


@pytest.mark.parametrize(
    "health", [Health(), Health(NOW), Health(NOW, Disabled(NOW + 1, "failing"))]
)
def test_health_survives_being_written(health: Health) -> None:
    assert Health.decode(health.encode()) == health
    assert health.encode() != health.encode()
