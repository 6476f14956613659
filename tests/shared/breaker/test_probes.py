"""A brake of the breaker lets a job through now and then, and is released once its sign is gone."""

import itertools
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from local.gemini import replies
from shared import settings
from shared.breaker import probes, verdict
from shared.intake import dispatch, recipes
from shared.jobs import unfinished
from shared.messages import events
from shared.model import Job
from shared.spending import brakes
from shared.spending.brakes import EVERYTHING, Brake, Scope
from shared.sweep import pauses
from testbed.cloud import Cloud, until
from tests.shared.breaker import recursion
from tests.shared.breaker.recursion import LOOPS, Recursion, photo, replayed

COOLDOWN = 0.5  # seconds
DOWN = replies.overloaded()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recursion.use_recipes(monkeypatch, tmp_path)
    monkeypatch.setattr(brakes, "FRESH", 0.0)
    monkeypatch.setenv("BREAKER_COOLDOWN_SECONDS", str(COOLDOWN))


def jobs_of(cloud: Cloud, count: int) -> list[Job]:
    """A job for each of so many photos, as ingest makes them."""
    refs = [cloud.upload(f"loop/photo {n}.jpg", photo(n)) for n in range(count)]
    return [job for ref in refs for job in recipes.jobs(ref)]


def tick(cloud: Cloud) -> None:
    answer = requests.post(f"{cloud.functions.address('sweep')}backfill", timeout=60)
    assert answer.ok, answer.text


def calls(cloud: Cloud) -> int:
    return len(cloud.model.questions)


def told(cloud: Cloud) -> list[tuple[str, str]]:
    """The events of pauses so far: their types and ids."""
    seen = (each["attributes"] for each in cloud.announced())
    return [(a["ce-type"], a["ce-id"]) for a in seen if ".pause." in a["ce-type"]]


def in_outage(cloud: Cloud, jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> Brake:
    """The model is down: every job is delivered until the breaker trips, and once more.

    The cool-down begins afterwards, however slow the machine is.
    """
    cloud.script(otherwise=lambda _: DOWN)
    monkeypatch.setenv("BREAKER_COOLDOWN_SECONDS", "3600")
    for job in jobs:
        cloud.deliver(job)
    before = calls(cloud)
    assert [cloud.deliver(job).status_code for job in jobs] == [200] * len(jobs)
    assert calls(cloud) == before
    monkeypatch.setenv("BREAKER_COOLDOWN_SECONDS", str(COOLDOWN))
    begun = brakes.revise(
        Scope("loops"), lambda last: replace(last, cooldown=COOLDOWN, probe_at=time.time())
    )
    assert begun
    return begun


def test_an_outage_trips_the_breaker_and_probes_end_it_when_the_model_is_back(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = jobs_of(quiet, 15)

    brake = in_outage(quiet, jobs, monkeypatch)
    assert calls(quiet) == verdict.FAILURES
    assert (brake.by, brake.sign, brake.recipe) == ("breaker", "failures", "loops")
    assert "10 of 10 calls to the model failed within 5 minutes" in brake.sentence
    quiet.script(otherwise=lambda _: replies.boxes([]))

    def all_done() -> bool:
        tick(quiet)
        return all(quiet.records(job.images[0]) for job in jobs) and not brakes.in_force()

    until(all_done, pause=0.1)
    tick(quiet)
    assert [len(quiet.records(job.images[0])) for job in jobs] == [1] * 15
    assert calls(quiet) == 15
    assert sorted(told(quiet)) == [
        ("dev.darkroom.pause.v1.began", f"pause-{brake.id}-began"),
        ("dev.darkroom.pause.v1.ended", f"pause-{brake.id}-ended"),
    ]
    last = brakes.last_end(Scope("loops"))
    assert last
    assert last.by == "breaker"


def test_while_the_model_stays_down_one_call_is_made_each_time_and_ever_more_seldom(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = jobs_of(quiet, 12)
    brake = in_outage(quiet, jobs, monkeypatch)
    cooldowns = [brake.cooldown]

    for round_ in range(1, 4):
        until(lambda: time.time() > brakes.in_force()[0].probe_at)
        tick(quiet)
        until(lambda n=round_: calls(quiet) == verdict.FAILURES + n)
        until(lambda: not brakes.in_force()[0].probe)
        cooldowns.append(brakes.in_force()[0].cooldown)

    assert cooldowns == [COOLDOWN, 2 * COOLDOWN, 4 * COOLDOWN, 8 * COOLDOWN]


def test_one_job_at_a_time_is_a_probe(quiet: Cloud) -> None:
    one, other = jobs_of(quiet, 2)
    brake = Brake("x", time.time(), "loops", by="breaker", sign="failures", cooldown=60.0)
    brakes.pull(brake)

    assert probes.begin(brake, one)
    assert probes.begin(brake, one)  # delivered again
    assert not probes.begin(brake, other)
    probes.end(brake, one, "failed")
    assert not probes.begin(brake, other)
    assert brakes.in_force()[0].cooldown == 120.0


def test_a_probe_whose_worker_died_is_replaced_after_a_lease(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = jobs_of(quiet, 2)
    brake = Brake("x", time.time(), "loops", by="breaker", sign="failures", cooldown=60.0)
    brakes.pull(brake)
    assert probes.begin(brake, one)

    later = time.time() + settings.current().lease("standard") + 1
    monkeypatch.setattr(probes.time, "time", lambda: later)

    assert probes.begin(brake, other)


def test_nobody_but_people_ends_a_pause_by_people(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    brakes.pull(Brake("the bill", 1.0, "loops"))
    (job,) = jobs_of(quiet, 1)
    quiet.deliver(job)

    for _ in range(3):
        tick(quiet)

    assert [each.reason for each in brakes.in_force()] == ["the bill"]
    assert calls(quiet) == 0
    assert [kind for kind, _ in told(quiet)] == ["dev.darkroom.pause.v1.began"]
    brakes.release(Scope("loops"))
    for _ in range(2):
        tick(quiet)
    assert [kind for kind, _ in told(quiet)] == ["dev.darkroom.pause.v1.ended"]


def test_a_pause_that_was_over_before_anybody_told_of_it_is_told_whole(quiet: Cloud) -> None:
    brakes.pull(Brake("the bill", time.time()))
    brakes.release(EVERYTHING)

    tick(quiet)

    assert [kind.rpartition(".")[2] for kind, _ in told(quiet)] == ["began", "ended"]


@pytest.fixture
def looping(darkroom: Cloud) -> tuple[Cloud, Recursion, "itertools.count[int]"]:
    """A cloud in which a loop was stopped; it goes on with each result."""
    darkroom.script(otherwise=lambda _: replies.boxes([]))
    loop, _ = LOOPS["the same name, new bytes"]
    recursion.first(darkroom)
    assert replayed(darkroom, loop)
    until(lambda: {each.cause.kind for each in unfinished.listing().jobs if each.cause})
    return darkroom, loop, itertools.count(1000)


def test_a_loop_that_goes_on_is_probed_with_one_call_at_a_time_and_never_let_go(
    looping: tuple[Cloud, Recursion, "itertools.count[int]"],
) -> None:
    cloud, loop, number = looping
    before = calls(cloud)

    for round_ in range(1, 4):
        until(lambda: time.time() > brakes.in_force()[0].probe_at)
        tick(cloud)
        until(lambda n=round_: calls(cloud) == before + n)
        until(lambda: loop.turn(cloud, number))
        until(lambda n=round_: brakes.in_force()[0].cooldown == 2**n * COOLDOWN)


def test_a_loop_that_was_mended_is_let_go_after_one_probe(
    looping: tuple[Cloud, Recursion, "itertools.count[int]"],
) -> None:
    cloud, _, _ = looping
    before = calls(cloud)

    def over() -> bool:
        tick(cloud)
        return not brakes.in_force()

    until(over, pause=0.1)

    assert calls(cloud) > before
    until(lambda: not unfinished.listing().jobs)


def test_a_person_may_resume_at_any_time_and_old_signs_do_not_count_again(
    looping: tuple[Cloud, Recursion, "itertools.count[int]"],
) -> None:
    cloud, loop, number = looping
    before = calls(cloud)

    brakes.release(Scope("loops"))
    tick(cloud)
    for _ in pauses.leases.take_up(brakes.in_force()):
        pass
    until(lambda: calls(cloud) > before)
    assert not brakes.in_force()

    turns = 0
    while not brakes.in_force() and turns < 40:
        turns += loop.turn(cloud, number)
        time.sleep(0.02)
    assert verdict.LOOP - 1 <= turns <= 20  # it trips again, by signs that are new


def test_a_breaker_that_is_switched_off_pauses_nothing_and_ends_its_pauses(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    brakes.pull(Brake("x", time.time(), "loops", by="breaker", sign="loop", cooldown=60.0))
    monkeypatch.setenv("BREAKER", "off")
    tick(quiet)
    assert not brakes.in_force()

    quiet.script(otherwise=lambda _: DOWN)
    for job in jobs_of(quiet, 15):
        quiet.deliver(job)

    assert not brakes.in_force()
    assert calls(quiet) == 15


@pytest.mark.slow
def test_a_flood_pauses_its_folder_alone_until_it_is_over(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREAKER_UPLOADS_PER_MINUTE", "8")
    monkeypatch.setattr("shared.breaker.rates._SELDOM", 0.0)
    quiet.script(otherwise=lambda _: replies.boxes([]))
    for n in range(60):
        take(quiet, f"flood/{n}.jpg", n)
    take(quiet, "calm/1.jpg", 1000)

    (brake,) = brakes.in_force()
    assert (brake.prefix, brake.recipe, brake.sign) == ("flood/", "", "uploads")
    assert "uploads below 'flood/' within 5 minutes, more than 8 a minute" in brake.reason
    until(lambda: time.time() > brakes.in_force()[0].probe_at)
    tick(quiet)
    assert brakes.in_force()[0].cooldown == 2 * COOLDOWN

    monkeypatch.setattr("shared.breaker.rates.counts", lambda: {"flood/": 40, "": 100})
    until(lambda: time.time() > brakes.in_force()[0].probe_at)
    tick(quiet)
    assert not brakes.in_force()
    until(lambda: len([n for n in quiet.results() if n.endswith("result.json")]) == 61)


def take(cloud: Cloud, name: str, number: int) -> None:
    ref = cloud.upload(name, photo(number))
    blob = cloud.client.bucket(os.environ["UPLOADS_BUCKET"]).get_blob(ref.name)
    event = {
        "bucket": ref.bucket,
        "name": ref.name,
        "generation": str(ref.generation),
        "size": str(blob.size),
        "contentType": "image/jpeg",
        "crc32c": blob.crc32c,
        "timeCreated": blob.time_created.isoformat(),
    }

    class Said:
        data = event

    dispatch.take(events.stored(Said()))  # type: ignore[arg-type]
