"""When the next attempt is due: the schedule, and the patience that an endpoint asks for."""

import math
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.webhooks.backoff import WAITS, retry_after, wait

DAY = 86_400.0
NOW = 1_800_000_000.0


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


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        (" 120 ", 120),
        ("9" * 5000, DAY),
        ("-5", 0),
        ("1.5", 0),
        ("٥", 0),
        ("soon", 0),
        ("Thu, 01 Jan 1970 00:10:00 GMT", 600),
        ("Thu, 01 Jan 1970 00:10:00", 600),
        ("Sat, 28 Nov 99999999999999999999 22:00:00 GMT", 0),
        ("Sat, 28 Nov 2026 22:00:00 +99999999999999999999", 0),
        ("Sat, 99999999999999999999 Nov 2026 22:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", DAY),
    ],
)
def test_retry_after_is_read_or_asks_for_nothing(header: str | None, seconds: float) -> None:
    assert retry_after(header, now=0.0) == seconds


@given(st.text(max_size=60) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S} +99999".format))
def test_any_retry_after_is_a_number_of_seconds(header: str) -> None:
    asked = retry_after(header, time.time())

    assert math.isfinite(asked)
    assert 0 <= asked <= DAY
