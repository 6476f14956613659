"""Which model is asked, and what happens when it cannot answer."""

import json
import logging
import os
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from local.gemini import ApiError, Question, Reply, replies
from shared import tasks
from shared.border.gemini import models
from shared.intake import recipes
from shared.jobs import lease
from shared.model import Job
from testbed.cloud import Cloud
from testbed.contents import contents
from tests.photos import jpeg

TABLE = tomllib.loads((Path(models.__file__).with_name("models.toml")).read_text("utf-8"))


def a_job(cloud: Cloud, model: str, *fallbacks: str) -> Job:
    (job,) = recipes.jobs(cloud.upload("a.jpg", jpeg()))
    chosen = {**job.request, "model": model, "fallback_models": list(fallbacks)}
    return replace(job, request=chosen)


def ledger(cloud: Cloud, job: Job) -> list[dict]:
    calls = contents(cloud.client, os.environ["STATE_BUCKET"], f"jobs/{job.key}/calls/")
    return [json.loads(data) for _, data in calls]


def asked(cloud: Cloud) -> list[str]:
    return [question.model for question in cloud.model.questions]


def but(name: str, error: ApiError) -> Callable[[Question], Reply]:
    """A service where that one model fails."""
    return lambda question: Reply(error=error) if question.model == name else replies.boxes([])


def not_found(name: str) -> ApiError:
    sentence = "is not found for API version v1beta, or is not supported for generateContent."
    return ApiError(404, f"models/{name} {sentence}")


@pytest.mark.parametrize("name", TABLE)
def test_every_row_of_the_table_is_one_the_service_understands(name: str) -> None:
    from google.genai import types

    model = models.find(name)

    assert model.masks in {"png", "polygon", "none", "unknown"}
    assert model.thinking_budget is None or model.thinking_level is None
    if model.thinking_level:
        assert model.thinking_level in types.ThinkingLevel.__members__
    if model.media_resolution:
        assert f"MEDIA_RESOLUTION_{model.media_resolution}" in types.MediaResolution.__members__


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("gemini-3.8-flash", True),
        ("gemini-3.8-flash-001", True),
        ("gemini-3.8-flashlight", False),
        ("gemini-9-neon", False),
        ("gemini-4-argon", True),
        ("gemini-flash-latest", True),
        ("default", False),
        ("newer", False),
    ],
)
def test_a_version_of_a_known_model_is_known(name: str, known: bool) -> None:
    assert models.known(name) == known


@pytest.mark.parametrize(
    ("name", "level", "resolution"),
    [
        ("gemini-3.9-flash", "LOW", "HIGH"),
        ("gemini-4.2-pro-preview", "LOW", "HIGH"),
        ("gemini-11-flash", "LOW", "HIGH"),
        ("gemini-2.7-flash", None, None),
        ("gemini-30b", None, None),
        ("gemma-4", None, None),
    ],
)
def test_a_new_gemini_is_asked_to_think_little_and_look_closely(
    name: str, level: str | None, resolution: str | None
) -> None:
    model = models.find(name)

    assert (model.thinking_level, model.media_resolution) == (level, resolution)


def test_a_price_that_changes_holds_from_its_day_on() -> None:
    for name in ("gemini-3.6-flash", "gemini-3.7-flash", "gemini-3.8-flash"):
        old, new = (models.find(name).price(day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
        assert [(each.input, each.output) for each in (old, new)] == [(0.75, 3.75), (1.5, 7.5)]
        assert list(models.find(name).changes(date(2026, 12, 31))) == [new]
        assert list(models.find(name).changes(date(2027, 1, 1))) == []


def test_a_model_nobody_knows_answers_and_the_log_says_so(quiet: Cloud, caplog) -> None:
    quiet.script(replies.boxes([]))
    job = a_job(quiet, "gemini-9-argon")

    quiet.deliver(job)

    record = quiet.record_of(job)
    assert (record["status"], record["usage"]["cost_usd"]) == ("done", None)
    assert "'gemini-9-argon' is not in models.toml" in caplog.text
    assert "no price is known for 'gemini-9-argon'" in caplog.text


def test_a_model_that_is_not_there_is_our_mistake_and_is_logged(quiet: Cloud, caplog) -> None:
    quiet.script(otherwise=but("gemini-9-gone", not_found("gemini-9-gone")))
    job = a_job(quiet, "gemini-9-gone")

    codes = [quiet.deliver(job).status_code for _ in range(2)]

    assert codes == [500, 500]
    assert quiet.records(job.images[0]) == []
    assert "Gemini has no model 'gemini-9-gone' for us" in caplog.text
    assert all(line["unpaid"] for line in ledger(quiet, job))


def test_where_a_model_is_not_there_the_next_one_answers(quiet: Cloud) -> None:
    quiet.script(otherwise=but("gemini-9-gone", not_found("gemini-9-gone")))
    job = a_job(quiet, "gemini-9-gone", "gemini-3.8-flash", "gemini-3.5-flash")

    assert quiet.deliver(job).status_code == 200

    usage = quiet.record_of(job)["usage"]
    assert asked(quiet) == ["gemini-9-gone", "gemini-3.8-flash"]
    assert (usage["model"], usage["paid_calls"]) == ("gemini-3.8-flash", 1)
    assert usage["cost_usd"] > 0
    first, second = ledger(quiet, job)
    assert (first["model"], second["model"]) == ("gemini-9-gone", "gemini-3.8-flash")
    assert first["unpaid"]
    assert second["unpaid"] is None


def test_a_kept_answer_without_a_name_is_priced_as_the_model_in_the_ledger(quiet: Cloud) -> None:
    quiet.script()
    job = a_job(quiet, "gemini-9-gone", "gemini-3.8-flash")
    line = {"model": "gemini-3.8-flash", "turn": 0, "attempt": 1, "owner": "a"}
    candidate = {"content": {"parts": [{"text": "[]"}]}, "finishReason": "STOP"}
    answer = {"candidates": [candidate], "usageMetadata": {"promptTokenCount": 1000}}
    state = quiet.client.bucket(os.environ["STATE_BUCKET"])
    for name, body in (("calls/1.json", line), ("answer-0.json", answer)):
        state.blob(f"jobs/{job.key}/{name}").upload_from_string(json.dumps(body))
    lease.ensure(job)  # an earlier delivery had it

    quiet.deliver(job)

    usage = quiet.record_of(job)["usage"]
    assert usage["model"] == "gemini-3.8-flash"
    assert usage["cost_usd"] > 0
    assert usage["paid_calls"] == 1


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ApiError(404, "There is no such path here."), id="a 404 of something else"),
        pytest.param(ApiError(403, "Your API key was reported as leaked."), id="a key refused"),
        pytest.param(ApiError(400, "gemini-9-gone does not take that."), id="a setting refused"),
    ],
)
def test_any_other_mistake_is_not_hidden_by_the_next_model(quiet: Cloud, error: ApiError) -> None:
    quiet.script(otherwise=but("gemini-9-gone", error))
    job = a_job(quiet, "gemini-9-gone", "gemini-3.8-flash")

    assert quiet.deliver(job).status_code == 500

    assert asked(quiet) == ["gemini-9-gone"]


def test_a_model_that_keeps_failing_is_left_for_the_next_one(quiet: Cloud) -> None:
    quiet.script(otherwise=but("gemini-3.8-flash", replies.overloaded().error))
    job = a_job(quiet, "gemini-3.8-flash", "gemini-3.5-flash")

    codes = [quiet.deliver(job).status_code for _ in range(4)]

    usage = quiet.record_of(job)["usage"]
    assert codes == [429, 429, 429, 200]
    assert asked(quiet) == ["gemini-3.8-flash"] * 3 + ["gemini-3.5-flash"]
    assert (usage["model"], usage["paid_calls"]) == ("gemini-3.5-flash", 1)


def test_each_model_has_three_chances_of_its_own(quiet: Cloud) -> None:
    quiet.script(*[replies.overloaded()] * 6, replies.boxes([]))
    job = a_job(quiet, "gemini-3.8-flash", "gemini-3.5-flash", "gemini-9-neon")

    codes = [quiet.deliver(job).status_code for _ in range(7)]

    assert codes == [429] * 6 + [200]
    assert asked(quiet) == (["gemini-3.8-flash"] * 3 + ["gemini-3.5-flash"] * 3 + ["gemini-9-neon"])


def test_a_used_up_quota_is_waited_for_and_not_dodged(quiet: Cloud) -> None:
    quiet.script(otherwise=but("gemini-3.8-flash", replies.too_many_requests(None).error))
    job = a_job(quiet, "gemini-3.8-flash", "gemini-3.5-flash")

    codes = [quiet.deliver(job).status_code for _ in range(5)]

    assert codes == [429] * 5
    assert set(asked(quiet)) == {"gemini-3.8-flash"}


@pytest.fixture
def masks(quiet: Cloud) -> Callable[..., Job]:
    """A job that wants masks of such models."""

    def made(*names: str) -> Job:
        plain = a_job(quiet, *names)
        return replace(
            plain, task="segment", request={**tasks.find("segment").defaults, **plain.request}
        )

    return made


def test_a_model_that_cannot_draw_masks_is_not_asked_for_any(
    quiet: Cloud, masks: Callable[..., Job], caplog
) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))

    assert quiet.deliver(masks("gemini-3-flash-preview"), "segment").status_code == 500
    assert asked(quiet) == []
    assert "gemini-3-flash-preview cannot draw masks, and segment needs them" in caplog.text


@pytest.mark.parametrize(("what", "status"), [("box", 200), ("mask", 500)])
def test_redaction_needs_a_model_that_draws_masks_only_where_it_hides_by_mask(
    quiet: Cloud, what: str, status: int
) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    plain = a_job(quiet, "gemini-3-flash-preview")
    terms = {"redact": {"hide": ["face"], "what": what}}
    request = {**tasks.find("redact").defaults, **plain.request, **terms}

    answered = quiet.deliver(replace(plain, task="redact", request=request), "segment")

    assert answered.status_code == status
    assert len(asked(quiet)) == (what == "box")


def test_where_a_model_cannot_draw_masks_the_next_one_does(
    quiet: Cloud, masks: Callable[..., Job]
) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    job = masks("gemini-3-flash-preview", "gemini-3.8-flash")

    assert quiet.deliver(job, "segment").status_code == 200

    assert asked(quiet) == ["gemini-3.8-flash"]
    assert quiet.record_of(job)["usage"]["model"] == "gemini-3.8-flash"


@pytest.mark.days
def test_a_retired_model_is_not_asked_where_there_is_another(quiet: Cloud, caplog) -> None:
    quiet.script(replies.boxes([]))
    job = a_job(quiet, "gemini-2.0-flash", "gemini-3.8-flash")

    quiet.deliver(job)

    assert asked(quiet) == ["gemini-3.8-flash"]
    assert "gemini-2.0-flash was shut down on 2026-06-01 by the Developer API" in caplog.text


@pytest.mark.days
def test_a_retired_model_alone_is_asked_with_a_warning(quiet: Cloud, caplog) -> None:
    caplog.set_level(logging.WARNING)
    quiet.script(replies.boxes([]))
    job = a_job(quiet, "gemini-2.0-flash")

    assert quiet.deliver(job).status_code == 200

    assert asked(quiet) == ["gemini-2.0-flash"]
    assert "trying it anyway" in caplog.text
