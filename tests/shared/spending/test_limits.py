"""Limits of a day, a month and a photo, of all work and of recipes: no job disturbs another's."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.app import app
from local.gemini import Question, Reply, replies
from shared import naming, sweep
from shared.border.gemini import models
from shared.errors import BudgetReached, Busy, Late
from shared.intake import budgets, recipes
from shared.jobs import unfinished
from shared.jobs.cause import Cause
from shared.model import ImageRef, Job, Usage
from shared.spending import alarms, budget, shards
from shared.spending.limits import Limit
from shared.sweep import rounds
from testbed.cloud import PATIENCE, Cloud, until
from testbed.proxy import FaultProxy
from tests.jobs import THING
from tests.photos import jpeg
from tests.shared.spending import racing
from tests.shared.sweep.sweeping import clients_by

MODEL = "gemini-3.8-flash"
OUTPUT = 8000  # tokens; a little less than is reserved for them
COST = models.find(MODEL).cost(
    Usage(MODEL, prompt_tokens=1300, output_tokens=OUTPUT), datetime.now(UTC).date()
)
MARKET = '[[recipe]]\nname = "market"\nmatch = "market/**"\ntasks = ["detect"]\n'
OTHERS = '\n[[recipe]]\nname = "rest"\nmatch = "**"\ntasks = ["detect"]\n'
Use = Callable[[str], None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Use:
    """Use these keys in the recipe `market` from now on."""
    file = tmp_path / "recipes.toml"
    monkeypatch.setattr(recipes, "FILE", file)
    monkeypatch.setattr(recipes, "_recipes", lambda: recipes.parse(file.read_text()))

    def used(keys: str) -> None:
        file.write_text(f"{MARKET}{keys}\n{OTHERS}")

    used("")
    return used


@pytest.fixture
def quiet(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A quiet cloud whose answers all cost the same."""
    monkeypatch.setenv("MODEL", MODEL)
    quiet.script(otherwise=dear)
    return quiet


def dear(_: Question) -> Reply:
    usage = {"promptTokenCount": 1300, "candidatesTokenCount": OUTPUT}
    return replace(replies.boxes([THING]), usage=usage, delay=0.02)


def a_job(cloud: Cloud, name: str) -> Job:
    job, *_ = recipes.jobs(cloud.upload(name, jpeg() + name.encode()))
    return job


def jobs_of(cloud: Cloud, folder: str, count: int) -> list[Job]:
    return [a_job(cloud, f"{folder}/{number}.jpg") for number in range(count)]


def is_done(cloud: Cloud, job: Job) -> bool:
    return cloud.state(naming.announced(job.key)) is not None


def causes(_: Cloud) -> Counter[tuple[str, str]]:
    """Why jobs wait: the kind, and the limit."""
    found = [each.cause for each in unfinished.listing().jobs]
    return Counter((each.kind, each.limit.partition("-")[0]) for each in found if each)


def told(cloud: Cloud) -> list[dict[str, Any]]:
    return [
        each
        for each in cloud.announced()
        if each["attributes"]["ce-type"].startswith("dev.darkroom.budget.")
    ]


def swept() -> int:
    return sweep.run(older_than=900.0, younger_than=86_400.0).leases_queued


def test_a_recipe_over_its_budget_stops_no_other(quiet: Cloud, use: Use) -> None:
    use(f"daily_usd = {1.5 * COST:.8f}")
    spending, free = jobs_of(quiet, "market", 4), jobs_of(quiet, "shop", 3)

    codes = [quiet.deliver(job).status_code for job in (*spending, *free)]

    assert codes == [200] * 7
    assert [is_done(quiet, job) for job in spending] == [True, True, False, False]
    assert all(is_done(quiet, job) for job in free)
    assert causes(quiet) == {("budget", "day"): 2}


@pytest.mark.parametrize(
    ("settings", "keys", "limit"),
    [
        ({"DAILY_BUDGET_USD": "0"}, "", "day"),
        ({"MONTHLY_BUDGET_USD": "0"}, "", "month"),
        ({}, "daily_usd = 0", "day"),
        ({}, "monthly_usd = 0", "month"),
        ({"DAILY_BUDGET_USD": "9"}, "daily_usd = 9\nmonthly_usd = 0", "month"),
    ],
)
def test_a_job_without_room_in_one_of_its_limits_is_put_aside_by_that(
    quiet: Cloud,
    use: Use,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    keys: str,
    limit: str,
) -> None:
    use(keys)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert quiet.deliver(a_job(quiet, "market/a.jpg")).status_code == 200

    assert causes(quiet) == {("budget", limit): 1}
    assert quiet.model.questions == ()
    assert all(shards.spent(each.account) == 0 for each in budgets.every())


def test_a_job_without_a_recipe_has_the_limits_of_all_work_alone(
    quiet: Cloud, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("daily_usd = 0\nper_photo_usd = 0.001")
    monkeypatch.setenv("MONTHLY_BUDGET_USD", "7")
    job = replace(a_job(quiet, "market/a.jpg"), recipe="")

    assert [(each.name, each.usd) for each in budgets.of(job)] == [("month", 7.0)]


@pytest.mark.slow
def test_sixteen_workers_that_race_overshoot_each_limit_by_less_than_a_call(
    quiet: Cloud, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("daily_usd = 0.085")
    monkeypatch.setenv("DAILY_BUDGET_USD", "0.185")
    shards.add(shards.today(), 0.1)  # as much is left of both
    command = [sys.executable, "-m", racing.__name__, str(recipes.FILE), "market"]

    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    made = sum(int(racer.communicate(timeout=PATIENCE)[0]) for racer in racers)

    for limit in budgets.of_recipe("market"):
        assert limit.usd - racing.USD < shards.spent(limit.account) < limit.usd + racing.USD
    assert shards.spent(shards.today()) == pytest.approx(0.1 + made * racing.USD)
    kinds = sorted(
        (each["attributes"]["ce-type"].rpartition(".")[2], each["data"]["scope"])
        for each in told(quiet)
    )
    assert kinds == [(what, who) for what in ("near", "reached") for who in ("all", "recipe")]


def test_four_fifths_and_the_whole_are_announced_once_each_with_what_they_are_of(
    quiet: Cloud, use: Use
) -> None:
    limit = round(10 * COST, 8)
    use(f"monthly_usd = {limit}")
    shards.add(Limit.of_month(0, "market").account, 8.5 * COST)
    jobs = jobs_of(quiet, "market", 6)

    for job in jobs[:2]:
        quiet.deliver(job)
    (near,) = told(quiet)
    for job in jobs[2:]:
        quiet.deliver(job)
    (reached,) = told(quiet)

    for event, what in ((near, "near"), (reached, "reached")):
        assert event["attributes"]["ce-type"] == f"dev.darkroom.budget.v1.{what}"
        assert event["attributes"]["ce-subject"] == shards.today()[:7]
        told_of = {key: event["data"][key] for key in ("scope", "recipe", "period", "budget_usd")}
        assert told_of == {
            "scope": "recipe",
            "recipe": "market",
            "period": "month",
            "budget_usd": limit,
        }
    assert near["data"]["spent_usd"] == pytest.approx(8.5 * COST)
    assert reached["data"]["spent_usd"] == pytest.approx(10.5 * COST)


def test_an_event_that_could_not_be_published_is_announced_by_the_next(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = Limit.of_day(1.0)
    with monkeypatch.context() as broken:
        broken.setattr(alarms.pubsub, "announce", _fails)
        with pytest.raises(OSError, match="no queue"):
            alarms.near(limit, 0.9)

    for _ in range(3):
        alarms.near(limit, 0.9)

    assert len(told(quiet)) == 1


def _fails(*_: object) -> None:
    raise OSError("no queue")


def test_a_raised_limit_has_events_of_its_own(quiet: Cloud) -> None:
    for usd in (1.0, 1.0, 2.5):
        alarms.reached(Limit.of_day(usd), usd)

    assert [
        (each["attributes"]["ce-type"].rpartition(".")[2], each["data"]["budget_usd"])
        for each in told(quiet)
    ] == [("near", 1.0), ("reached", 1.0), ("near", 2.5), ("reached", 2.5)]


@pytest.mark.days
def test_jobs_that_wait_for_a_month_are_neither_lost_nor_queued_before_and_drain_then(
    quiet: Cloud, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(f"monthly_usd = {1.5 * COST:.8f}")
    jobs = jobs_of(quiet, "market", 12)
    for job in jobs:
        quiet.deliver(job)
    assert causes(quiet) == {("budget", "month"): 10}
    now, today = time.time(), datetime.now(UTC).date()
    last = (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)

    for days in range(1, (last - today).days + 1, 3):
        _push(monkeypatch, now, today, days)
        assert swept() == 0
    use(f"monthly_usd = {100 * COST:.8f}")
    _push(monkeypatch, now, today, (last - today).days + 1)

    assert swept() == 10
    until(lambda: all(is_done(quiet, job) for job in jobs))
    assert {quiet.record_of(job)["status"] for job in jobs} == {"done"}
    assert len(quiet.model.questions) == 12
    assert swept() == 0


def _push(monkeypatch: pytest.MonkeyPatch, now: float, today: date, days: int) -> None:
    """The clock of all that runs here, so many days later."""
    began = time.monotonic()
    monkeypatch.setattr(time, "time", lambda: now + days * 86_400 + time.monotonic() - began)
    monkeypatch.setattr(shards, "today", lambda: (today + timedelta(days=days)).isoformat())


@pytest.mark.parametrize("by", ["sweep", "resume"])
def test_a_raised_limit_drains_at_the_next_sweep_or_at_once_by_resume(
    quiet: Cloud, use: Use, by: str
) -> None:
    use("daily_usd = 0")
    jobs = jobs_of(quiet, "market", 5)
    for job in jobs:
        quiet.deliver(job)
    assert swept() == 0

    use("daily_usd = 100")
    if by == "sweep":
        assert swept() == 5
    else:
        assert "5 jobs queued again." in CliRunner().invoke(app, ["resume"]).output

    until(lambda: all(is_done(quiet, job) for job in jobs))


def test_a_sweep_queues_no_more_jobs_than_there_is_room_for(quiet: Cloud, use: Use) -> None:
    use("daily_usd = 0")
    paid, *waiting = jobs_of(quiet, "market", 9)
    for job in waiting:
        quiet.deliver(job)
    use("daily_usd = 100")
    quiet.deliver(paid)
    until(lambda: is_done(quiet, paid))

    use(f"daily_usd = {4.5 * COST:.8f}")
    first = swept()

    assert first == 4  # 3.5 calls are left
    until(lambda: sum(is_done(quiet, job) for job in waiting) == 4)
    assert swept() == 0


@pytest.mark.parametrize("place", [4, 7])
def test_a_sweep_begins_anywhere_among_the_jobs_that_wait_so_that_each_gets_its_turn(
    quiet: Cloud, use: Use, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    use("daily_usd = 0")
    jobs = sorted(jobs_of(quiet, "market", 8), key=lambda job: job.key)
    for job in jobs:
        quiet.deliver(job)
    use("daily_usd = 0.000001")  # room for one
    monkeypatch.setattr(rounds.secrets, "token_hex", lambda _: jobs[place].key)

    assert swept() == 1

    until(lambda: any(is_done(quiet, job) for job in jobs[place:]))
    assert sum(causes(quiet).values()) == 7


def test_jobs_whose_budget_is_used_up_are_passed_over_by_the_listing_alone(
    quiet: Cloud, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("daily_usd = 0")
    for job in jobs_of(quiet, "market", 6):
        quiet.deliver(job)

    with FaultProxy(quiet.servers.storage.url) as proxy, clients_by(proxy.url, monkeypatch):
        swept()
        paths = [met.path for met in proxy.log]

    assert not [path for path in paths if "leases%2F" in path and "alt=media" in path]


def test_two_sweeps_and_a_redelivery_pay_once(quiet: Cloud, use: Use) -> None:
    use("daily_usd = 0")
    job = a_job(quiet, "market/a.jpg")
    quiet.deliver(job)
    use("daily_usd = 100")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: swept(), range(2)))
        pool.submit(quiet.deliver, job).result()

    assert quiet.record_of(job)["usage"]["paid_calls"] == 1
    assert len(quiet.model.questions) == 1


def test_a_photo_that_cost_what_its_recipe_allows_is_not_asked_about_again(
    quiet: Cloud, use: Use
) -> None:
    use("per_photo_usd = 0.005")
    recipes.FILE.write_text(
        recipes.FILE.read_text().replace('["detect"]', '["detect", "caption"]', 1)
    )
    first, second = recipes.jobs(quiet.upload("market/a.jpg", jpeg()))

    quiet.deliver(first)
    quiet.deliver(second, "describe")

    assert COST > 0.005
    records = {each["task"]: each for each in quiet.records(first.images[0])}
    assert records["detect"]["status"] == "done"
    assert records["caption"]["reason"] == {
        "code": "photo_budget",
        "sentence": f"The recipe 'market' allows $0.0050 for a photo, and ${COST:.4f} were spent "
        "on this one: it is not asked about again.",
    }
    assert len(quiet.model.questions) == 1
    other = a_job(quiet, "market/b.jpg")
    quiet.deliver(other)
    assert quiet.record_of(other)["status"] == "done"

    redriven = CliRunner().invoke(app, ["redrive", "--reason", "photo_budget", "--yes"])
    assert redriven.exit_code == 0, redriven.output
    until(lambda: len(quiet.model.questions) == 3)


def test_an_answer_that_was_paid_is_not_thrown_away_for_the_budget_of_the_photo(
    quiet: Cloud, use: Use
) -> None:
    use("per_photo_usd = 0.000001")
    quiet.script(replies.cut_off(json.dumps([THING, THING])[:-20]), otherwise=dear)
    job = a_job(quiet, "market/a.jpg")

    quiet.deliver(job)

    record = quiet.record_of(job)
    assert record["status"] == "done"
    assert record["findings"]["complete"] is False
    assert len(quiet.model.questions) == 1


def test_calls_about_one_photo_at_once_wait_for_each_other(quiet: Cloud, use: Use) -> None:
    use("per_photo_usd = 0.03")
    job = a_job(quiet, "market/a.jpg")
    limits = budgets.of(job)
    paid = list[int]()

    def ask(_: int) -> None:
        for _again in range(20):
            with suppress(Busy), budget.reserved(0.025, limits) as held:
                budget.settle(held, 0.002)
                paid.append(1)
                return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))

    assert len(paid) == 4  # none was refused for what others only reserved
    assert shards.sum_of(limits[0].account) == shards.Sum(pytest.approx(0.008), 0.0)


def test_a_call_of_which_nobody_knows_the_cost_counts_as_all_that_was_reserved(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "1")
    with suppress(Late), budget.reserved(0.25, budgets.of_recipe("")):
        raise Late("no answer")

    assert shards.sum_of(shards.today()) == shards.Sum(0.25, 0.0)


def test_a_reservation_that_fails_in_one_account_is_given_back_in_the_other(
    quiet: Cloud, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("daily_usd = 1")
    monkeypatch.setenv("DAILY_BUDGET_USD", "1")
    limits = budgets.of(a_job(quiet, "market/a.jpg"))
    real = shards.add

    def add(account: str, *rest: Any) -> str:
        if account == shards.today():
            raise OSError("refused")
        return real(account, *rest)

    monkeypatch.setattr(shards, "add", add)

    with pytest.raises(OSError, match="refused"), budget.reserved(0.1, limits):
        pytest.fail("let through")

    assert [shards.spent(each.account) for each in limits] == [0.0, 0.0]


def test_without_a_limit_nothing_is_written_for_one(quiet: Cloud, use: Use) -> None:
    quiet.deliver(a_job(quiet, "market/a.jpg"))

    assert [*shards.STATE.listing("spend/")] == []
    assert [*shards.STATE.listing("budget/")] == []


@given(
    st.dates(date(2026, 1, 1), date(2099, 12, 31)),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_a_limit_ends_with_its_day_or_month_and_shares_its_account_with_no_other(
    day: date, recipe: str
) -> None:
    key = day.isoformat()
    every = [
        Limit(1.0, "day", key),
        Limit(1.0, "month", key[:7]),
        Limit(1.0, "day", key, recipe),
        Limit(1.0, "month", key[:7], recipe),
        Limit.of_photo(1.0, recipe, ImageRef("b", recipe, 1)),
    ]
    accounts = [each.account for each in every]

    for limit in every[:4]:
        end = datetime.fromtimestamp(limit.until, UTC)
        assert end.date() > day
        assert (end - timedelta(seconds=1)).strftime("%Y-%m-%d").startswith(limit.key)
        assert (end.hour, end.minute) == (0, 0)
        assert end.day == 1 or limit.period == "day"
    assert len({*accounts}) == 5
    for name in accounts:
        assert name.replace("-", "").isalnum()
        assert name.isascii()
        assert not any(f"{other}/".startswith(f"{name}/") for other in accounts if other != name)
    assert all(f"spend/{name}/".startswith(("spend/2", "spend/photo-")) for name in accounts)


def test_the_cause_of_a_wait_names_the_limit_in_metadata() -> None:
    cause = Cause.of(BudgetReached("the budget is reached", 7.0, "day-0123"))

    assert cause
    assert Cause.shown(cause.metadata()) == cause
    assert cause.limit == "day-0123"
