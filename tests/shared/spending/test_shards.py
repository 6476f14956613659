"""The day's sum under one write a second of an object, and under faults of the storage."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from local.gemini import Question, Reply, replies
from shared.border.gemini import models
from shared.intake import budgets, recipes
from shared.model import Job, Usage
from shared.spending import budget, shards
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy
from tests.photos import jpeg
from tests.shared.sweep.sweeping import clients_by

MODEL = "gemini-3.8-flash"
DAY = datetime.now(UTC).date()
COST = models.find(MODEL).cost(Usage(MODEL, prompt_tokens=1300, output_tokens=80), DAY)
SETTLING = '"name": ?"spend/'


def cheap(_: Question) -> Reply:
    usage = {"promptTokenCount": 1300, "candidatesTokenCount": 80}
    return replace(replies.boxes([]), usage=usage)


@pytest.fixture
def job(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job that costs a hundredth of what is reserved for it."""
    monkeypatch.setenv("MODEL", MODEL)
    monkeypatch.setenv("DAILY_BUDGET_USD", "100")
    quiet.script(otherwise=cheap)
    (job,) = recipes.jobs(quiet.upload("a.jpg", jpeg()))
    return job


@pytest.fixture
def files(quiet: Cloud, job: Job, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """The wire to the storage, once the photo lies there."""
    with (
        FaultProxy(quiet.servers.storage.url) as proxy,
        clients_by(proxy.url, monkeypatch),
    ):
        yield proxy


def spent() -> float:
    return shards.spent(shards.today())


def written() -> list[str]:
    return [each.name for each in shards.STATE.listing("spend/")]


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        pytest.param({"status": 429}, 200, id="429, and the client tries again"),
        pytest.param({"lost": True}, 200, id="done, and the answer lost"),
        pytest.param({"status": 403}, 500, id="refused for good"),
    ],
)
def test_one_fault_while_a_call_is_settled_leaves_no_reservation(
    quiet: Cloud, job: Job, files: FaultProxy, fault: dict, first: int
) -> None:
    files.rule("POST", "/upload/", SETTLING)  # the reservation
    files.rule("POST", "/upload/", SETTLING, **fault)

    codes = [quiet.deliver(job).status_code for _ in range(2)]

    assert codes == [first, 200]
    assert spent() == pytest.approx(COST)
    assert len(quiet.model.questions) == 1


def test_what_could_not_be_given_back_is_given_back_by_the_next_delivery(
    quiet: Cloud, job: Job, files: FaultProxy
) -> None:
    quiet.script(replies.overloaded(), otherwise=cheap)
    files.rule("POST", "/upload/", SETTLING)
    files.rule("POST", "/upload/", SETTLING, status=403)

    first = quiet.deliver(job).status_code
    left = spent()
    second = quiet.deliver(job).status_code

    assert (first, second) == (500, 200)
    assert left > COST
    assert spent() == pytest.approx(COST)


def test_a_call_settled_twice_counts_once(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "100")

    with budget.reserved(0.5, budgets.of_recipe("")) as held:
        budget.settle(held, 0.1)
        budget.settle(held, 0.1)

    assert spent() == pytest.approx(0.1)


def test_a_day_is_summed_up_by_one_listing(quiet: Cloud, files: FaultProxy) -> None:
    for number in range(10):
        shards.add("2026-01-01", 0.01, f"{number}")
    files.log.clear()

    assert shards.spent("2026-01-01") == pytest.approx(0.1)

    assert [met.path.partition("?")[0] for met in files.log] == [
        f"/storage/v1/b/{os.environ['STATE_BUCKET']}/o"
    ]


def test_shards_are_added_while_writers_meet_the_limit_of_an_object(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "_width", shards._Width())
    monkeypatch.setattr(quiet.servers.storage.store.pace, "seconds", 3600.0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: shards.add("2026-01-01", 0.01, f"{number}"), range(100)))

    assert shards.spent("2026-01-01") == pytest.approx(1.0)
    assert len(written()) == 100  # each took one write, and no writer waited for its next one


def test_few_calls_write_few_shards(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "_width", shards._Width())

    for _ in range(60):
        shards.add("2026-01-01", 0.01)

    assert len(written()) <= shards.FEW
