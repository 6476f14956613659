"""The pipeline where an object takes one write a second, as on Cloud Storage."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.gemini import replies
from shared import sweep
from shared.spending import shards
from testbed.cloud import Cloud, paced, until
from tests.jobs import THING, the_job
from tests.photos import jpeg


@pytest.fixture
def slow_writes(quiet: Cloud) -> Iterator[Cloud]:
    """A quiet cloud with that limit."""
    with paced(quiet.servers):
        yield quiet


def test_jobs_that_are_refused_and_at_once_delivered_again_end_once(
    slow_writes: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "100")
    busy = [replies.too_many_requests(None)] * 2
    slow_writes.script(*busy, otherwise=lambda _: replies.boxes([THING]))
    jobs = [
        the_job(slow_writes.upload(f"{number}.jpg", jpeg() + b"%d" % number)) for number in range(4)
    ]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(slow_writes.deliver, jobs * 2))
    for job in jobs:
        until(lambda job=job: slow_writes.deliver(job).status_code == 200)

    assert {slow_writes.record_of(job)["usage"]["paid_calls"] for job in jobs} == {1}
    costs = [slow_writes.record_of(job)["usage"]["cost_usd"] or 0.0 for job in jobs]
    assert shards.spent(shards.today()) >= sum(costs)


def test_a_sweep_mends_and_clears(slow_writes: Cloud) -> None:
    refs = [slow_writes.upload(f"{number}.txt", b"not a photo") for number in range(5)]

    first = sweep.run(older_than=0)

    assert first.put_again == 5
    assert {slow_writes.record(ref)["status"] for ref in refs} == {"rejected"}
