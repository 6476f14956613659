"""`darkroom backfill`: a plan with its price, and a run that asks exactly that."""

import json
import os
import re
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from local.gemini import replies
from shared import sweep
from shared.backfill import release
from shared.border import uploads
from shared.border.storage import STATE
from shared.intake import dispatch, recipes
from shared.jobs import records
from shared.model import Job
from testbed.cloud import Cloud, contents, until
from tests.photos import jpeg

THING = {"box_2d": [100, 100, 500, 500], "label": "a shoe"}


@pytest.fixture
def archive(darkroom: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud whose uploads set nothing off; queued jobs are worked on, and cost money."""
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    darkroom.trigger.close()
    darkroom.script(otherwise=lambda _: replies.boxes([THING]))
    return darkroom


def run(*arguments: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["backfill", *map(str, arguments)], input=typed)


def planned(*options: object) -> dict[str, Any]:
    ended = run("plan", "--json", *options)
    assert ended.exit_code == 0, ended.output
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def status(plan: str) -> dict[str, Any]:
    ended = run("status", plan, "--json")
    assert ended.exit_code == 0, ended.output
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def finish(plan: str) -> dict[str, Any]:
    """Tick, as Cloud Scheduler does, until the backfill has finished."""

    def ended() -> bool:
        release.tick()
        return status(plan)["status"] == "finished"

    until(ended, pause=0.2)
    return status(plan)


def upload(cloud: Cloud, *names: str) -> list[Job]:
    return [recipes.jobs(cloud.upload(name, jpeg() + name.encode()))[0] for name in names]


def questions(cloud: Cloud) -> int:
    return len(cloud.model.questions)


def test_photos_that_were_never_asked_are_planned_and_asked_once(archive: Cloud) -> None:
    jobs = upload(archive, "a.jpg", "a/b.jpg", "c.jpg")

    made = planned()
    assert (made["jobs"], made["counts"]["missing"], questions(archive)) == (3, 3, 0)
    assert 0 < made["usd"]["low"] <= made["usd"]["likely"] < made["usd"]["most"]

    assert run("run", made["plan"], "--yes").exit_code == 0
    report = finish(made["plan"])

    assert (report["outcomes"], report["paid_calls"]) == ({"done": 3}, 3)
    assert 0 < report["spent_usd"] <= report["max_usd"]
    assert questions(archive) == 3
    assert all(records.exists(job) for job in jobs)
    assert planned()["jobs"] == 0


def stored(cloud: Cloud) -> dict[str, bytes]:
    found = contents(cloud.client, os.environ["STATE_BUCKET"], "plans/")
    return {blob.name: body for blob, body in found}


def test_the_same_plan_made_twice_is_the_same_bytes(archive: Cloud) -> None:
    upload(archive, "a.jpg", "b.jpg")

    first = planned()
    kept = stored(archive)
    second = planned()

    assert (first["new"], second["new"]) == (True, False)
    assert first["plan"] == second["plan"]
    assert stored(archive) == kept


def test_what_is_uploaded_after_the_plan_is_not_in_its_run(archive: Cloud) -> None:
    upload(archive, "a.jpg")
    made = planned()
    (later,) = upload(archive, "b.jpg")

    run("run", made["plan"], "--yes")

    assert finish(made["plan"])["paid_calls"] == 1
    assert not records.exists(later)


def test_a_changed_prompt_makes_answers_stale_and_only_stale_asks_them(
    archive: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = upload(archive, "a.jpg")
    archive.deliver(job)
    upload(archive, "b.jpg")
    monkeypatch.setenv("MODEL", "gemini-3.5-flash")

    assert planned()["counts"] == {"missing": 1, "stale": 1, "uploads": 2}
    made = planned("--only", "stale")
    run("run", made["plan"], "--yes")

    assert finish(made["plan"])["outcomes"] == {"done": 1}
    assert questions(archive) == 2
    assert planned("--only", "stale")["jobs"] == 0


def test_a_failed_job_is_asked_again_as_its_next_round(archive: Cloud) -> None:
    (job,) = upload(archive, "a.jpg")
    archive.script(replies.blocked("SAFETY"), otherwise=lambda _: replies.boxes([THING]))
    archive.deliver(job)

    assert planned()["jobs"] == 0
    made = planned("--only", "failed")
    run("run", made["plan"], "--yes")

    assert finish(made["plan"])["outcomes"] == {"done": 1}
    assert planned("--only", "failed")["jobs"] == 0


def test_a_plan_is_refused_once_the_model_changed_before_its_run_and_during_it(
    archive: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(archive, "a.jpg")
    made = planned()
    monkeypatch.setenv("MODEL", "gemini-3.5-flash")

    refused = run("run", made["plan"], "--yes")
    assert (refused.exit_code, "plan anew" in refused.output) == (1, True)

    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    run("run", made["plan"], "--yes")
    monkeypatch.setenv("MODEL", "gemini-3.5-flash")
    release.tick()

    assert status(made["plan"])["status"] == "stopped"
    assert questions(archive) == 0


def test_a_pause_holds_what_is_queued_and_a_resumption_asks_it(archive: Cloud) -> None:
    jobs = upload(archive, *(f"{number}.jpg" for number in range(5)))
    made = planned()
    run("run", made["plan"], "--yes")
    run("pause", made["plan"])
    for job in jobs:  # as if they had been queued before the pause
        mine = replace(job, plan=made["plan"])
        assert archive.deliver(mine).status_code == 200
    assert (release.tick(), questions(archive)) == ({}, 0)
    assert list(STATE.listing("leases/")) == []

    run("resume", made["plan"])

    assert finish(made["plan"])["paid_calls"] == 5


def test_a_cancelled_backfill_leaves_nothing_behind(archive: Cloud) -> None:
    jobs = upload(archive, "a.jpg", "b.jpg")
    made = planned()
    run("run", made["plan"], "--yes")

    assert run("cancel", made["plan"]).exit_code == 0

    for job in jobs:
        assert archive.deliver(replace(job, plan=made["plan"])).status_code == 200
    release.tick()
    assert questions(archive) == 0
    for prefix in ("leases/", "running/", "jobs/", "spend/"):
        assert list(STATE.listing(prefix)) == []
    assert run("resume", made["plan"]).exit_code == 1
    assert planned()["jobs"] == 2


@pytest.mark.slow
@pytest.mark.queue
def test_the_cap_stops_a_backfill_within_one_call(archive: Cloud) -> None:
    upload(archive, *(f"{number}.jpg" for number in range(12)))
    made = planned()
    run("run", made["plan"], "--yes", "--max-cost", 0.004)

    def stopped() -> bool:
        release.tick()
        return status(made["plan"])["status"] == "stopped"

    until(stopped, pause=0.2)
    asked = questions(archive)
    now = status(made["plan"])
    assert now["why"] == "its cap is reached"
    assert 0 < asked < 12
    assert 0.004 <= now["spent_usd"] < 0.004 + now["spent_usd"] / asked * 1.01

    run("resume", made["plan"], "--max-cost", 5)

    assert finish(made["plan"])["paid_calls"] == 12
    assert questions(archive) == 12


def test_a_recipe_that_gains_a_task_pays_nothing_by_itself(
    archive: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = archive.upload("a.jpg", jpeg())
    (job,) = dispatch.register(uploads.describe(ref)).jobs
    archive.deliver(job)
    two = recipes.parse('[[recipe]]\nname="all"\nmatch="**"\ntasks=["detect", "caption"]\n')
    monkeypatch.setattr(recipes, "_recipes", lambda: two)

    swept = sweep.run(older_than=0)
    assert (swept.jobs_put, questions(archive)) == (0, 1)

    made = planned()
    assert made["tasks"] == {"caption": 1}


def test_the_upload_s_own_job_that_still_waits_is_not_asked_twice(
    archive: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = archive.upload("a.jpg", jpeg())
    dispatch.register(uploads.describe(ref))  # queued, as ingest does, but not delivered yet
    monkeypatch.setenv("MODEL", "gemini-3.5-flash")
    made = planned()
    run("run", made["plan"], "--yes")

    assert finish(made["plan"])["outcomes"] == {"under_way": 1}
    assert questions(archive) == 0


def test_bad_usage_is_a_sentence(archive: Cloud) -> None:
    assert "There is no plan 'no'" in run("run", "no").output
    assert run("status", "no").exit_code == 1
    upload(archive, "a.jpg")
    made = planned()
    assert run("run", made["plan"], typed="n\n").exit_code == 3
    assert run("pause", made["plan"]).exit_code == 1
    text = run("plan").stdout
    assert re.search(r"likely \$0\.00\d+; between", text)
    assert f"darkroom backfill run {made['plan']}" in text


def test_a_plan_by_flex_costs_half_and_its_calls_say_so(archive: Cloud) -> None:
    (job,) = upload(archive, "a.jpg")
    whole, half = planned(), planned("--tier", "flex")

    run("run", half["plan"], "--yes")

    assert half["usd"]["most"] == pytest.approx(whole["usd"]["most"] / 2)
    assert finish(half["plan"])["outcomes"] == {"done": 1}
    record = archive.record_of(job)
    assert record["usage"]["tier"] == "flex"


def test_results_of_a_quiet_backfill_are_published_and_marked(archive: Cloud) -> None:
    upload(archive, "a.jpg")
    made = planned()
    run("run", made["plan"], "--yes", "--announce", "summary")
    finish(made["plan"])

    told = {
        each["attributes"]["ce-type"]: each["attributes"].get("quiet")
        for each in until(lambda: archive.announced())
    }

    assert told == {
        "dev.darkroom.result.v1.done": "1",
        "dev.darkroom.backfill.v1.finished": None,
    }
