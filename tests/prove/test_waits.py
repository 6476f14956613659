"""How long jobs wait, simulated: a small share of `make prove ARGS=waits`."""

from prove import waits


def test_a_burst_ends_without_a_failure_however_often_jobs_are_turned_back() -> None:
    queued = waits.at_once(2_000)

    old, new = waits.simulated(queued, "old"), waits.simulated(queued, "new")

    assert (new.failed, len(new.waits)) == (0, 2_000)
    assert new.refusals < old.refusals / 20


def test_by_the_old_rules_a_long_backlog_failed() -> None:
    # Fewer jobs, and fewer deliveries of each, than the 100,000 and 100 of the whole run.
    assert waits.simulated(waits.at_once(2_000), "old", deliveries=10).failed > 0
    assert waits.simulated(waits.at_once(2_000), "new", deliveries=10).failed == 0


def test_old_jobs_go_before_new_ones_while_more_come_than_the_quota_takes() -> None:
    queued = waits.steady(4.0, 1.2)

    fifo = waits.in_order(queued)
    old, new = waits.simulated(queued, "old"), waits.simulated(queued, "new")

    bound = fifo.share(0.99) * 1.3  # in four hours the bar has hardly found its speed
    assert new.share(0.99) <= bound < old.share(0.99) / 2


def test_429s_now_and_then_hold_up_nobody_but_the_job_that_got_one() -> None:
    queued = waits.steady(0.5, 0.3)

    assert waits.simulated(queued, "new", luck=0.1).share(0.99) < 120
