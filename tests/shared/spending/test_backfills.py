"""The state of a backfill that runs."""

import pytest

from shared.backfill import release
from shared.spending import backfills
from shared.spending.backfills import Run
from testbed.cloud import Cloud


def state() -> Run:
    run = backfills.find("plan")
    assert run
    return run


@pytest.mark.parametrize(
    ("paid", "goes_on", "status"), [(0.9, True, "running"), (1.0, False, "stopped")]
)
def test_a_backfill_stops_once_its_cap_is_paid(
    quiet: Cloud, paid: float, goes_on: bool, status: str
) -> None:
    backfills.start(Run("plan", "running", per_minute=60, max_usd=1.0))

    assert backfills.stop_if_full("plan", paid) == goes_on

    assert state().status == status


def test_a_worker_that_saw_the_old_cap_does_not_stop_a_resumed_backfill(quiet: Cloud) -> None:
    backfills.start(Run("plan", "running", per_minute=60, max_usd=1.0))
    assert not backfills.stop_if_full("plan", 1.5)
    release.resume("plan", max_usd=5.0, per_minute=None)

    assert backfills.stop_if_full("plan", 1.5)

    assert (state().status, state().why) == ("running", "")


def test_a_worker_that_is_late_leaves_a_paused_backfill_paused(quiet: Cloud) -> None:
    backfills.start(Run("plan", "paused", per_minute=60, max_usd=1.0))

    assert not backfills.stop_if_full("plan", 1.5)

    assert state().status == "paused"
