"""The brakes: paused jobs are put aside, none is lost, and all go on afterwards."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner, Result

from cli.app import app
from local.gemini import replies
from shared import naming, sweep
from shared.intake import recipes
from shared.jobs.cause import Cause
from shared.messages import events
from shared.model import Job
from shared.spending import brakes
from shared.spending.brakes import EVERYTHING, Brake, Scope
from testbed.cloud import Cloud, pushed, until
from tests.jobs import leave_the_lease_held
from tests.photos import jpeg

RECIPES = """
[[recipe]]
name  = "market"
match = "market/**"
tasks = ["detect"]

[[recipe]]
name  = "rest"
match = "**"
tasks = ["detect"]
"""


@pytest.fixture(autouse=True)
def own_recipes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "recipes.toml"
    file.write_text(RECIPES)
    monkeypatch.setattr(recipes, "FILE", file)
    monkeypatch.setattr(recipes, "_recipes", lambda: recipes.parse(RECIPES))
    monkeypatch.setattr(brakes, "FRESH", 0.0)  # as if every look were the first


@pytest.fixture
def paused(quiet: Cloud) -> Cloud:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    assert brakes.pull(Brake("the bill", time.time()))
    return quiet


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def a_job(cloud: Cloud, name: str = "a.jpg") -> Job:
    (job,) = recipes.jobs(cloud.upload(name, jpeg() + name.encode()))
    return job


def calls(cloud: Cloud) -> int:
    return len(cloud.model.questions)


def cause(cloud: Cloud, job: Job) -> Cause | None:
    blob = cloud.client.bucket(os.environ["STATE_BUCKET"]).get_blob(naming.lease(job.key))
    return Cause.shown(blob.metadata) if blob else None


def is_done(cloud: Cloud, job: Job) -> bool:
    return cloud.state(naming.announced(job.key)) is not None


def test_a_paused_job_is_acknowledged_unpaid_and_says_why_it_waits(paused: Cloud) -> None:
    job = a_job(paused)

    assert [paused.deliver(job).status_code for _ in range(3)] == [200] * 3

    assert calls(paused) == 0
    assert not is_done(paused, job)
    assert cause(paused, job) == Cause("paused", "All paid work is paused: the bill")


def test_a_sweep_leaves_paused_jobs_and_queues_them_once_the_pause_is_over(paused: Cloud) -> None:
    jobs = [a_job(paused, f"{n}.jpg") for n in range(5)]
    for job in jobs:
        paused.deliver(job)

    swept = sweep.run(older_than=0.0, younger_than=86_400.0, limit=60.0)
    assert (swept.leases_queued, calls(paused)) == (0, 0)

    assert brakes.release(EVERYTHING)
    swept = sweep.run(older_than=900.0, younger_than=86_400.0, limit=60.0)
    assert swept.leases_queued == 5
    until(lambda: all(is_done(paused, job) for job in jobs))
    assert calls(paused) == 5


def test_a_pause_of_eight_days_loses_nothing_and_gives_up_nothing(
    paused: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [a_job(paused, f"{n}.jpg") for n in range(10)]
    for job in jobs:
        paused.deliver(job)
    now, began = time.time(), time.monotonic()

    for day in range(1, 9):  # a message is kept for seven
        later = now + day * 86_400.0
        monkeypatch.setattr(time, "time", lambda then=later: then + time.monotonic() - began)
        paused.deliver(jobs[0], "dead_letter")
        swept = sweep.run(older_than=0.0, younger_than=86_400.0, limit=60.0)
        assert (swept.leases_queued, swept.failed, calls(paused)) == (0, 0, 0)
    assert brakes.release(EVERYTHING)
    swept = sweep.run(older_than=900.0, younger_than=86_400.0, limit=60.0)

    assert swept.leases_queued == 10
    until(lambda: all(is_done(paused, job) for job in jobs))
    assert {paused.record_of(job)["status"] for job in jobs} == {"done"}
    assert calls(paused) == 10


def test_what_a_resume_queued_is_not_queued_again_by_the_next_sweep(paused: Cloud) -> None:
    job = a_job(paused)
    paused.deliver(job)
    brakes.release(EVERYTHING)

    first = sweep.run(older_than=900.0, younger_than=86_400.0, limit=60.0)
    until(lambda: is_done(paused, job))
    second = sweep.run(older_than=900.0, younger_than=86_400.0, limit=60.0)

    assert (first.leases_queued, second.leases_queued) == (1, 0)


def test_a_pause_of_one_recipe_holds_no_other(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    brakes.pull(Brake("prices are wrong", time.time(), "market"))
    held, free = a_job(quiet, "market/a.jpg"), a_job(quiet, "b.jpg")

    for job in (held, free):
        assert quiet.deliver(job).ok

    assert not is_done(quiet, held)
    assert is_done(quiet, free)
    seen = cause(quiet, held)
    assert seen
    assert seen.sentence == "The recipe 'market' is paused: prices are wrong"
    swept = sweep.run(older_than=0.0, younger_than=86_400.0, limit=60.0)
    assert swept.leases_queued == 0


def test_a_job_that_a_worker_has_is_delivered_again(paused: Cloud) -> None:
    job = a_job(paused)
    paused.deliver(job)
    leave_the_lease_held(paused, job)

    assert paused.deliver(job).status_code == 429

    assert calls(paused) == 0


def test_a_job_that_has_ended_is_acknowledged(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    job = a_job(quiet)
    assert quiet.deliver(job).ok
    brakes.pull(Brake("the bill", time.time()))
    state = quiet.client.bucket(os.environ["STATE_BUCKET"])
    state.blob(naming.lease(job.key)).delete()

    assert quiet.deliver(job).status_code == 200

    assert not state.blob(naming.lease(job.key)).exists()


def test_a_dead_letter_is_put_aside_and_not_given_up(paused: Cloud) -> None:
    job = a_job(paused)
    body = pushed(events.encode_job(job))

    answer = requests.post(paused.functions.address("dead_letter"), json=body, timeout=60)

    assert answer.status_code == 204
    assert not paused.records(job.images[0])
    seen = cause(paused, job)
    assert seen
    assert seen.kind == "paused"


def test_a_process_looks_again_after_a_while_and_not_before(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brakes, "FRESH", 3600.0)
    monkeypatch.setattr(brakes, "_seen", brakes._Seen())
    job = a_job(quiet)
    brakes.heed(job)
    brakes.pull(Brake("the bill", time.time()))
    brakes.heed(job)

    monkeypatch.setattr(brakes, "FRESH", 0.0)

    with pytest.raises(brakes.Paused, match="the bill"):
        brakes.heed(job)


def test_the_name_of_a_recipe_may_hold_anything(quiet: Cloud) -> None:
    brakes.pull(Brake("one", 1.0, "a/../b\u202e"))
    brakes.pull(Brake("two", 2.0, "all"))

    assert [each.recipe for each in brakes.in_force()] == ["a/../b\u202e", "all"]
    assert brakes.release(Scope("all"))
    assert not brakes.release(Scope("all"))
    assert [each.recipe for each in brakes.in_force()] == ["a/../b\u202e"]


def test_a_jobs_key_does_not_depend_on_the_name_of_its_recipe(quiet: Cloud) -> None:
    job = a_job(quiet)

    assert job.recipe == "rest"
    assert replace(job, recipe="").key == job.key


def test_the_commands_pause_show_and_resume(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    jobs = [a_job(quiet, f"market/{n}.jpg") for n in range(3)]

    told = run("pause", "--recipe", "market", "--reason", "prices are wrong")
    assert told.exit_code == 0, told.output
    assert "The recipe 'market' is paused." in told.stdout
    assert "was paused before" in run("pause", "--recipe", "market", "--reason", "x").stdout
    for job in jobs:
        quiet.deliver(job)

    shown = run("status")
    assert shown.exit_code == 3
    assert "The recipe 'market' is paused: prices are wrong. It was paused" in shown.stdout
    assert "3 jobs wait: paused." in shown.stdout
    facts = json.loads(run("status", "--json").stdout)
    assert facts["waiting"] == {"paused": 3}
    assert facts["paused"][0]["recipe"] == "market"

    resumed = run("resume", "--recipe", "market")
    assert resumed.exit_code == 0, resumed.output
    assert "3 jobs queued again." in resumed.stdout
    assert "Nothing is paused." in resumed.stdout
    until(lambda: all(is_done(quiet, job) for job in jobs))
    assert run("status").exit_code == 0
    assert "was not paused" in run("resume").stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("pause",), "--reason"),
        (("pause", "--reason", " "), "say why"),
        (("pause", "--reason", "x", "--recipe", "nobody"), "there is no recipe 'nobody'"),
    ],
)
def test_a_wrong_pause_is_refused(quiet: Cloud, arguments: tuple[str, ...], why: str) -> None:
    told = run(*arguments)

    assert told.exit_code == 2
    assert why in told.output
    assert not brakes.in_force()


def test_explain_says_that_a_job_is_paused(paused: Cloud) -> None:
    job = a_job(paused)
    paused.deliver(job)

    told = run("explain", job.images[0].name).stdout

    assert "The last worker put it back: All paid work is paused: the bill." in told
