"""How far a job has come, by its lease and its state objects."""

import time

import pytest

from shared.border.storage import Listed
from shared.jobs import lease, ledger, step
from shared.jobs.lease import Seen
from testbed.cloud import Cloud
from tests.jobs import the_job
from tests.photos import jpeg

# Leases: whether they are released, and how many seconds old.
HELD, RELEASED, EXPIRED = (False, 5.0), (True, 5.0), (False, 10_000.0)


def listed(now: float, *named: tuple[str, float]) -> list[Listed]:
    """State objects, each so many seconds old."""
    return [Listed(f"jobs/k/{name}", 1, now - age, {}) for name, age in named]


CALL, ANSWER = ("calls/0.json", 4.0), ("answer-0.json", 2.0)
AGAIN = ("calls/17.json", 1.0)


@pytest.mark.parametrize(
    ("own", "held", "age", "expected"),
    [
        pytest.param([], None, 60, ("queued", False), id="no lease"),
        pytest.param([], RELEASED, 5, ("queued", False), id="turned back"),
        pytest.param([CALL], EXPIRED, 10_000, ("queued", False), id="died"),
        pytest.param([], HELD, 5, ("reading", False), id="reading"),
        pytest.param([CALL], HELD, 4, ("asking", False), id="asking"),
        pytest.param([CALL, ANSWER], HELD, 2, ("writing", True), id="writing"),
        pytest.param([ANSWER], HELD, 2, ("writing", True), id="a copy"),
        pytest.param([ANSWER], EXPIRED, 2, ("answered", True), id="answered"),
        pytest.param([CALL, ANSWER, AGAIN], HELD, 1, ("asking", True), id="again"),
    ],
)
def test_the_step_is_told_by_seenand_state(
    own, held: tuple[bool, float] | None, age: float, expected: tuple[str, bool]
) -> None:
    now = time.time()  # not earlier: a lease of five seconds lasts three minutes more
    seen = held and Seen(1, released=held[0], since=now - held[1])

    found = step.reached("jobs/k/", listed(now, *own), seen, now - 60)

    assert (found.step, found.answered) == expected
    assert found.since == now - age


def test_a_job_that_asks_the_model_says_so(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))

    with lease.held(job) as held:
        before = step.of(job, lease.seen(job), time.time())
        with ledger.call(job, "m", 0, held):
            during = step.of(job, lease.seen(job), time.time())

    assert (before.step, during.step) == ("reading", "asking")
