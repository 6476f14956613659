"""The daily budget: costs are summed, and calls stop at its limit."""

import json
import logging
import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from local.gemini import Question, Reply, replies
from shared import sweep
from shared.border.gemini import models
from shared.errors import BudgetReached, Busy
from shared.intake import budgets, recipes
from shared.jobs import queue, unfinished
from shared.model import Job, Usage
from shared.settings import BadSetting
from shared.spending import budget, shards
from shared.spending.limits import money
from testbed.cloud import Cloud, until
from tests.photos import jpeg

MODEL = "gemini-3.8-flash"
OUTPUT = 8000  # tokens; a little less than is reserved for them
DAY = datetime.now(UTC).date()
COST = models.find(MODEL).cost(Usage(MODEL, prompt_tokens=1300, output_tokens=OUTPUT), DAY)

ROWS = tomllib.loads(Path(models.__file__).with_name("models.toml").read_text("utf-8"))


@pytest.fixture
def quiet(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A quiet cloud whose answers all cost the same."""
    monkeypatch.setenv("MODEL", MODEL)
    quiet.script(otherwise=dear)
    return quiet


def dear(_: Question) -> Reply:
    usage = {"promptTokenCount": 1300, "candidatesTokenCount": OUTPUT}
    return replace(replies.boxes([]), usage=usage, delay=0.05)


def a_job(cloud: Cloud, name: str = "a.jpg") -> Job:
    (job,) = recipes.jobs(cloud.upload(name, jpeg() + name.encode()))
    return job


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def state(cloud: Cloud, prefix: str) -> list[str]:
    return [
        blob.name for blob in cloud.client.list_blobs(os.environ["STATE_BUCKET"], prefix=prefix)
    ]


def waiting(_: Cloud) -> int:
    """How many jobs were put aside for money."""
    causes = [each.cause for each in unfinished.listing().jobs]
    return sum(each is not None and each.kind == "budget" for each in causes)


def told(cloud: Cloud) -> list[dict]:
    """The alarms on the results topic."""
    return [
        each
        for each in cloud.announced()
        if each["attributes"]["ce-type"].startswith("dev.darkroom.budget.")
    ]


def test_an_answer_is_added_to_its_day_as_the_record_says_it_cost(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "100")
    jobs = [a_job(quiet, f"{number}.jpg") for number in range(3)]

    for job in jobs:
        quiet.deliver(job)
        quiet.deliver(job)

    costs = [quiet.record_of(job)["usage"]["cost_usd"] for job in jobs]
    assert costs == [COST] * 3
    assert shards.spent(today()) == pytest.approx(sum(costs))


def test_without_a_budget_no_day_is_summed_up(quiet: Cloud) -> None:
    quiet.deliver(a_job(quiet))

    assert shards.spent(today()) == 0


def test_what_was_reserved_gives_way_to_what_it_cost(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "100")
    seen: list[float] = []

    def answer(question: Question) -> Reply:
        seen.append(shards.spent(today()))
        return dear(question)

    quiet.script(otherwise=answer)

    quiet.deliver(a_job(quiet))

    assert shards.spent(today()) == pytest.approx(COST)
    (while_asked,) = seen
    assert while_asked > COST


def test_many_writers_at_once_lose_nothing(quiet: Cloud) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: shards.add("2026-01-01", 0.01), range(40)))

    assert shards.spent("2026-01-01") == pytest.approx(0.40)
    assert shards.spent("2026-01-02") == 0


@pytest.mark.slow
def test_jobs_at_once_stop_within_one_call_and_go_on_when_the_budget_is_raised(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limit = round(2.5 * COST, 8)
    monkeypatch.setenv("DAILY_BUDGET_USD", str(limit))
    jobs = [a_job(quiet, f"{number}.jpg") for number in range(6)]

    def deliver_all() -> list[int]:
        with ThreadPoolExecutor(6) as pool:
            return sorted(pool.map(lambda job: quiet.deliver(job).status_code, jobs))

    first = deliver_all()
    assert first == [200] * 6  # those without money are put aside
    assert len(quiet.model.questions) <= 3
    # One after the other: at once, each may see the others' reservations, and all wait.
    until(lambda: [quiet.deliver(job) for job in jobs] and len(quiet.model.questions) == 3)
    assert deliver_all() == [200] * 6
    assert len(quiet.model.questions) == 3
    assert limit <= shards.spent(today()) < limit + COST
    assert f"the budget of {money(limit)} for {today()} is reached" in caplog.text

    near, alarm = told(quiet)
    assert near["attributes"]["ce-type"] == "dev.darkroom.budget.v1.near"
    assert alarm["attributes"]["ce-id"].startswith(f"budget-reached-{today()}-0_")
    assert alarm["data"]["budget_usd"] == pytest.approx(limit)
    assert alarm["data"]["spent_usd"] >= limit - 1e-6

    monkeypatch.setenv("DAILY_BUDGET_USD", "100")
    assert deliver_all() == [200] * 6
    assert len(quiet.model.questions) == 6
    assert [quiet.record_of(job)["usage"]["paid_calls"] for job in jobs] == [1] * 6
    assert told(quiet) == []


@pytest.mark.queue
def test_jobs_are_put_aside_until_there_is_money_and_a_sweep_comes(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")
    jobs = [a_job(quiet, f"{number}.jpg") for number in range(4)]
    queue.put(jobs)
    until(lambda: waiting(quiet) == 4)
    assert quiet.model.questions == ()

    monkeypatch.setenv("DAILY_BUDGET_USD", "100")
    assert sweep.run(older_than=900.0).leases_queued == 4

    assert {quiet.record_of(job)["status"] for job in jobs} == {"done"}
    assert len(quiet.model.questions) == 4


@pytest.mark.days
def test_a_stop_lasts_until_midnight_and_stands_in_no_other_jobs_way(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")

    with pytest.raises(BudgetReached) as stopped, budget.reserved(0.01, budgets.of_recipe("")):
        pytest.fail("let through")

    midnight = datetime.fromisoformat(today()).replace(tzinfo=UTC) + timedelta(days=1)
    assert stopped.value.until == midnight.timestamp()
    assert quiet.deliver(a_job(quiet)).status_code == 200
    assert waiting(quiet) == 1
    (stop,) = state(quiet, "throttle/")
    assert stop.startswith("throttle/budget")
    assert shards.spent(today()) == 0


@pytest.mark.parametrize(
    ("trouble", "kept"),
    [
        pytest.param(replies.overloaded(), False, id="turned down"),
        pytest.param(replies.too_many_requests(None), False, id="a quota"),
        pytest.param(replies.connection_reset(), True, id="nobody knows"),
    ],
)
def test_money_is_given_back_only_for_a_call_that_cost_nothing_for_certain(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, trouble: Reply, kept: bool
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "100")
    quiet.script(trouble)

    assert quiet.deliver(a_job(quiet)).status_code == 429

    assert (shards.spent(today()) > COST) == kept
    assert kept or shards.spent(today()) == 0


def test_money_is_given_back_if_another_delivery_took_over(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "100")

    with pytest.raises(Busy), budget.reserved(0.01, budgets.of_recipe("")):
        raise Busy("the lease ran out")

    assert shards.spent(today()) == 0


def test_a_model_without_a_price_does_not_escape_a_budget(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setenv("MODEL", "gemini-9-krypton")
    dearest = models.dearest(Usage("", prompt_tokens=1300, output_tokens=OUTPUT), DAY)
    monkeypatch.setenv("DAILY_BUDGET_USD", f"{1.5 * dearest:.8f}")
    jobs = [a_job(quiet, f"{number}.jpg") for number in range(3)]

    codes = [quiet.deliver(job).status_code for job in jobs]

    assert codes == [200] * 3
    assert waiting(quiet) == 1
    assert shards.spent(today()) == pytest.approx(2 * dearest)
    assert quiet.record_of(jobs[0])["usage"]["cost_usd"] is None
    assert "no price is known for 'gemini-9-krypton'" in caplog.text


def test_without_a_budget_an_unknown_price_is_no_sum(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "gemini-9-krypton")

    assert quiet.deliver(a_job(quiet)).status_code == 200

    assert state(quiet, "spend/") == []


@pytest.mark.parametrize("name", [row for row in ROWS if models.find(row).prices])
def test_no_known_price_is_above_the_dearest(name: str) -> None:
    usage = Usage(name, prompt_tokens=1300, output_tokens=OUTPUT)

    for day in (DAY, date(2027, 1, 1), date(2030, 1, 1)):
        assert models.find(name).cost(usage, day) <= models.dearest(usage, day)


@pytest.mark.parametrize("text", ["lots", "-1", "nan", "inf"])
def test_a_budget_that_is_no_amount_of_money_is_an_error(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", text)

    with pytest.raises(BadSetting, match="DAILY_BUDGET_USD must be"):
        budgets.of_recipe("")


def test_the_alarm_is_raised_once_a_day_and_the_log_not_at_each_delivery(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")
    job = a_job(quiet)

    for _ in range(3):
        quiet.deliver(job)

    lines = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert len(lines) == 1
    assert len(told(quiet)) == 1
    kept = json.loads(quiet.state(f"budget/reached-{today()}-0.json"))
    assert kept["budget_usd"] == 0
