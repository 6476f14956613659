"""How long nobody calls a model, and whose turn it is then."""

from hypothesis import given
from hypothesis import strategies as st

from shared.spending import patience
from shared.spending.patience import Limit

NOW = 1_800_000_000.0
REFUSED = Limit(0.0, "busy")
spans = st.floats(0.001, 100_000.0)


def limit_after(spans_between: list[float]) -> tuple[Limit, float]:
    """The limit after 429s to calls that began so long after the limit before had ended."""
    limit, now = None, NOW
    for span in [0.0, *spans_between]:
        now = (limit.until if limit else now) + span
        limit = patience.refused(limit, REFUSED, now, now, 1.0)
        assert limit
    assert limit
    return limit, now


@given(st.lists(spans, max_size=20))
def test_the_bar_never_goes_back_nor_into_the_future(between: list[float]) -> None:
    before, _ = limit_after(between[:-1])
    after, now = limit_after(between)

    assert before.bar <= after.bar <= now
    assert 0 < after.speed <= 1


@given(st.lists(spans, max_size=10), spans)
def test_a_job_goes_before_every_younger_one(between: list[float], waited: float) -> None:
    limit, now = limit_after(between)
    moment = now + waited

    gives = [limit.gives_way(moment - age, moment) for age in (0.0, 1.0, 60.0, 3600.0, 86_400.0)]

    assert gives == sorted(gives, reverse=True)


@given(st.lists(spans, max_size=10), st.floats(0.0, 86_400.0))
def test_no_job_gives_way_for_ever(between: list[float], age: float) -> None:
    limit, now = limit_after(between)
    queued = now - age

    turn = limit.turn(queued, now)

    assert not limit.gives_way(queued, max(now, limit.until) + 3600.0)
    assert turn >= limit.until
    assert not limit.gives_way(queued, turn + 0.001)


def test_the_bar_learns_how_fast_the_model_works_off_what_waits() -> None:
    # A 429 comes whenever the bar is ahead of what a model at half the load has worked off.
    limit, now = limit_after([])
    first = limit.bar
    for _ in range(4000):
        now += 1.0
        if not limit.holds(now) and limit.reach(now) > first + (now - NOW) / 2 + 60:
            limit = patience.refused(limit, REFUSED, now, now, 1.0) or limit
            limit = patience.succeeded(limit, now) or limit

    assert 0.4 < limit.speed < 0.6


def test_a_limit_of_an_earlier_version_has_a_bar_that_moves_with_the_clock() -> None:
    limit = Limit(until=NOW, why="busy", written=NOW, bar=NOW - 100)

    assert limit.reach(NOW) == NOW - 100
    assert limit.turn(NOW - 40, NOW) == NOW + 60


def test_a_429_among_answers_starts_no_patience_and_four_in_a_row_do() -> None:
    pressure, limits = patience.UNKNOWN, list[Limit | None]()
    for refused in [*[False] * 20, *[True] * 4]:
        pressure = patience.pressure(pressure, refused=refused)
        if refused:
            limits.append(patience.refused(None, REFUSED, NOW, NOW, 1.0, pressure))

    assert limits[:3] == [None] * 3
    assert limits[3]


def test_a_time_that_the_service_names_holds_at_any_pressure_and_moves_no_bar() -> None:
    told = Limit(NOW + 30, "no more today", "quota")
    bar = Limit(NOW, "busy", bar=NOW - 100, written=NOW - 10)

    first = patience.refused(None, told, NOW, NOW, 1.0, 0.1)
    later = patience.refused(bar, told, NOW, NOW, 1.0, 0.1)

    assert first
    assert (first.until, first.bar) == (NOW + 30, 0.0)
    assert later
    assert (later.until, later.bar, later.written) == (NOW + 30, NOW - 100, NOW - 10)
    assert (later.why, later.cause) == ("no more today", "quota")
