"""What a delivery asks of Cloud Storage, counted on the wire, by the classes of its price list.

Class A are writes and lists, class B are reads; A costs twelve times as much.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from local.gemini import replies
from shared.border import storage
from shared.model import Job
from shared.spending import brakes
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy, Met
from tests.jobs import THING, the_job
from tests.photos import jpeg

Count = Callable[[Job], tuple[int, Counter[str]]]


@pytest.fixture
def count(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Count]:
    """Deliver a job; its status, and the storage requests of that delivery."""
    with FaultProxy(quiet.servers.storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        storage.client.cache_clear()

        def counted(job: Job) -> tuple[int, Counter[str]]:
            before = len(proxy.log)
            status = quiet.deliver(job).status_code
            return status, Counter(map(kind, proxy.log[before:]))

        yield counted
        storage.client().close()
        storage.client.cache_clear()


def kind(met: Met) -> str:
    path = met.path.partition("?")[0]
    lists = met.method == "GET" and path.endswith("/o")
    if met.method in {"POST", "PUT", "PATCH"} or lists:
        return "A"
    photo = "/uploads-" in path and (path.startswith("/download") or "alt=media" in met.path)
    return "photo" if photo else "B"


def test_a_job_that_is_turned_back_costs_four_requests_at_most_and_no_photo(
    quiet: Cloud, count: Count
) -> None:
    quiet.script(replies.too_many_requests(600.0))
    first, job = (
        the_job(quiet.upload(name, jpeg() + name.encode())) for name in ("a.jpg", "b.jpg")
    )
    quiet.deliver(first)

    (_, begun), (_, again) = count(job), count(job)

    # It gets a lease, so that the sweep knows of it; and a look whether its photo was erased.
    assert begun == {"A": 1, "B": 3}
    assert again == {"B": 2}


def test_a_job_that_waits_for_money_costs_a_few_reads_and_no_photo(
    quiet: Cloud, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")
    job = the_job(quiet.upload("a.jpg", jpeg()))
    quiet.deliver(job)

    status, again = count(job)

    assert (status, again) == (200, {"B": 4})  # it was put aside before: nothing is written


def test_a_detect_job_makes_twelve_requests_once_its_process_knows_the_rate_limit(
    quiet: Cloud, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brakes, "FRESH", 3600.0)  # on a busy machine two jobs take longer than 5 s
    quiet.script(otherwise=lambda _: replies.boxes([THING]))
    jobs = [the_job(quiet.upload(name, jpeg() + name.encode())) for name in ("a.jpg", "b.jpg")]

    (_, first), (status, second) = (count(job) for job in jobs)

    assert status == 200
    assert first == second + Counter({"B": 1, "A": 1})  # the rate limit, and the brakes
    # Written: lease, pointer, ledger, answer, overlay, thumbnail, record, entry and mark.
    # Read: whether there is a record, and whether the photo was erased.
    assert second == {"photo": 1, "A": 9, "B": 2}
