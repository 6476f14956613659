"""A flex job: half the price, and a wait where there is no room for it."""

import json
from dataclasses import replace

import jsonschema
import pytest

from local.gemini import Question, Reply, replies
from shared import naming, settings
from shared.border.gemini import models
from shared.border.storage import STATE
from shared.jobs import costs, lease, unfinished
from shared.jobs.turn import Turn
from shared.model import Job, Size
from shared.spending import throttle
from testbed.cloud import Cloud
from tests.jobs import SCHEMA, ledger, the_job
from tests.photos import jpeg

MODEL = "gemini-3.8-flash"
OTHER = "gemini-3.5-flash"


def flex_job(cloud: Cloud, *fallbacks: str, model: str = MODEL) -> Job:
    job = the_job(cloud.upload("a.jpg", jpeg()))
    chosen = {**job.request, "model": model, "fallback_models": list(fallbacks)}
    return replace(job, request=chosen, tier="flex")


def allow_calls(tier: str = "flex") -> None:
    """Let the patience after a refusal be over."""
    STATE.delete(f"throttle/{throttle.name(MODEL, tier).replace(' ', '%20')}.json")


def record_in(cloud: Cloud, job: Job) -> dict:
    return json.loads(cloud.result(f"{naming.folder(job)}result.json"))


def no_room(_: Question) -> Reply:
    return replies.overloaded()


def test_a_flex_job_says_so_on_the_wire_and_costs_half(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    job = flex_job(quiet)
    standard = replace(job, request={**job.request, "max_objects": 24}, tier="standard")

    for each in (job, standard):
        assert quiet.deliver(each).status_code == 200

    first, second = quiet.model.questions
    assert first.body["serviceTier"] == "flex"
    assert "serviceTier" not in second.body
    half, whole = (record_in(quiet, each)["usage"] for each in (job, standard))
    assert (half["tier"], whole["tier"]) == ("flex", "standard")
    assert half["cost_usd"] == pytest.approx(whole["cost_usd"] / 2)
    jsonschema.validate(record_in(quiet, job), SCHEMA)


def test_the_tier_is_no_part_of_the_question(quiet: Cloud) -> None:
    quiet.script(replies.boxes([]))
    job = flex_job(quiet)
    standard = replace(job, tier="standard")

    quiet.deliver(job)
    quiet.deliver(standard)

    assert job.key == standard.key
    assert len(quiet.model.questions) == 1
    assert quiet.record_of(standard)["usage"]["tier"] == "flex"


def test_a_flex_call_reserves_half(quiet: Cloud) -> None:
    quiet.script()
    job = flex_job(quiet)
    asked = (models.find(MODEL), [Size(100, 100)], Turn.first(job))

    half, whole = (costs.reserved(replace(job, tier=tier), *asked) for tier in ("flex", "standard"))

    assert half == pytest.approx(whole / 2)


def test_a_storm_of_503_is_waited_for_and_ends_well(quiet: Cloud) -> None:
    quiet.script(*[replies.overloaded()] * 8, replies.boxes([]))
    job = flex_job(quiet, OTHER)
    codes = []
    for _ in range(9):
        codes.append(quiet.deliver(job).status_code)
        allow_calls()

    usage = quiet.record_of(job)["usage"]
    assert codes == [429] * 8 + [200]
    assert {question.model for question in quiet.model.questions} == {MODEL}
    assert {question.body["serviceTier"] for question in quiet.model.questions} == {"flex"}
    assert (usage["paid_calls"], usage["tier"]) == (1, "flex")
    assert sum(line["throttled"] for line in ledger(quiet, job)) == 8
    assert not any(line["down"] for line in ledger(quiet, job))


def test_flex_jobs_wait_together_and_standard_ones_go_on(quiet: Cloud) -> None:
    quiet.script(replies.overloaded(), replies.boxes([]))
    job = flex_job(quiet)
    other = replace(job, request={**job.request, "max_objects": 3})

    codes = [
        quiet.deliver(each).status_code for each in (job, other, replace(other, tier="standard"))
    ]

    assert codes == [429, 429, 200]
    assert [question.body.get("serviceTier") for question in quiet.model.questions] == [
        "flex",
        None,
    ]


def test_a_flex_job_is_never_asked_of_a_model_without_flex(quiet: Cloud, caplog) -> None:
    quiet.script(otherwise=no_room)
    job = flex_job(quiet, model="gemini-9-neon")

    assert quiet.deliver(job).status_code == 500

    assert quiet.model.questions == ()
    assert "'gemini-9-neon', which has no flex tier" in caplog.text


def test_a_fallback_without_flex_is_passed_over(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    job = flex_job(quiet, OTHER, model="gemini-3-flash")

    assert quiet.deliver(job).status_code == 200

    (question,) = quiet.model.questions
    assert (question.model, question.body["serviceTier"]) == (OTHER, "flex")


def test_a_waiting_flex_job_is_not_given_up(quiet: Cloud) -> None:
    quiet.script(otherwise=no_room)
    job = flex_job(quiet)
    quiet.deliver(job)

    (waits,) = unfinished.listing().jobs

    assert (waits.tier, waits.held) == ("flex", False)
    assert waits.cause is not None
    assert waits.cause.kind == "throttled"
    assert "no room for flex calls" in waits.cause.sentence
    quiet.deliver(job, "dead_letter")
    assert quiet.records(job.images[0]) == []


def test_leases_of_flex_jobs_outlast_a_flex_call_and_others_are_as_short_as_ever(
    quiet: Cloud,
) -> None:
    here = settings.current()
    job = flex_job(quiet)

    with lease.held(job) as held:
        held.outlive(here.timeout("flex"))
        seen = lease.seen(job)

    assert here.lease("standard") == here.lease_seconds
    assert here.timeout("flex") < here.lease("flex") < 590 < 600  # the worker, the queue
    assert seen is not None
    assert seen.until - seen.since == here.lease("flex")


@pytest.mark.parametrize("tier", ["flex", "standard"])
def test_a_second_flex_question_that_may_not_end_in_time_is_left_to_the_next_delivery(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, tier: str
) -> None:
    monkeypatch.setenv("FLEX_TIMEOUT_SECONDS", "2")
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "2")
    monkeypatch.setenv("LEASE_SECONDS", "2.5")
    quiet.script(replies.says("What?", delay=1.0), replies.boxes([]))
    job = replace(flex_job(quiet), tier=tier)

    code = quiet.deliver(job).status_code

    assert code == (429 if tier == "flex" else 200)
    assert len(quiet.model.questions) == (1 if tier == "flex" else 2)
    assert quiet.deliver(job).status_code == 200
    assert quiet.record_of(job)["usage"]["paid_calls"] == 2
