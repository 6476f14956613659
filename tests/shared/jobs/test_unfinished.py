"""Jobs that wait: each shows its cause until it ends."""

import time
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.app import app
from local.gemini import ApiError, Reply, replies
from shared.errors import WaitCause
from shared.intake import recipes
from shared.jobs import lease, unfinished
from shared.jobs.unfinished import Unfinished
from shared.model import ImageRef, Job
from testbed.cloud import Cloud
from tests.photos import jpeg

THING = {"box_2d": [100, 100, 500, 500], "label": "a shoe"}


@pytest.fixture
def quiet(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A quiet cloud that asks a model with a price, for two seconds at most."""
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "2")
    return quiet


def job_of(ref: ImageRef) -> Job:
    (job,) = recipes.jobs(ref)
    return job


def waiting(cloud: Cloud, *script: Reply) -> Unfinished:
    """What is known of a photo that was delivered once, to a model that says so."""
    cloud.script(*script)
    assert cloud.deliver(job_of(cloud.upload("a.jpg", jpeg()))).status_code >= 429
    (found,) = unfinished.listing().jobs
    return found


def refusal(code: int, message: str, **detail: Any) -> Reply:
    details = ({"@type": "type.googleapis.com/google.rpc.ErrorInfo", **detail},) if detail else ()
    return Reply(error=ApiError(code, message, details))


KEY = "API key not valid. Please pass a valid API key."
SECRET = "AIza" + "Sy0123456789abcdefghij0123456789abc"


@pytest.mark.parametrize(
    ("reply", "kind", "sentence"),
    [
        pytest.param(
            refusal(400, KEY, reason="API_KEY_INVALID"),
            "key_refused",
            f"Gemini refuses the key: {KEY.rstrip('.')}",
            id="400, of the key",
        ),
        pytest.param(
            refusal(401, "Request had invalid authentication credentials."),
            "key_refused",
            "Gemini refuses the key: Request had invalid authentication credentials",
            id="401",
        ),
        pytest.param(
            refusal(403, f"Consumer 'api_key:{SECRET}' has been suspended."),
            "key_refused",
            "Gemini refuses the key: Consumer 'api_key:(the key)' has been suspended",
            id="403, repeating the key",
        ),
        pytest.param(
            refusal(403, "The caller does not have permission"),
            "not_permitted",
            "Gemini does not permit the call: The caller does not have permission",
            id="403",
        ),
        pytest.param(
            refusal(404, "models/gemini-3.8-flash is not found for API version v1beta"),
            "no_such_model",
            "Gemini has no model 'gemini-3.8-flash' for us: models/gemini-3.8-flash is not found "
            "for API version v1beta",
            id="404",
        ),
        pytest.param(
            replies.too_many_requests(30),
            "throttled",
            "Gemini asks for fewer requests (429)",
            id="429",
        ),
        pytest.param(
            replies.too_many_requests(30, per_day=True),
            "quota",
            "Gemini's quota for today is used up",
            id="429, per day",
        ),
        pytest.param(
            replies.overloaded(),
            "overloaded",
            "Gemini is down or overloaded (503): The model is overloaded. Please try again later",
            id="503",
        ),
        pytest.param(
            replies.stalled(), "late", "The model did not answer in time", id="a time-out"
        ),
    ],
)
def test_a_job_that_is_put_back_shows_why(
    quiet: Cloud, reply: Reply, kind: WaitCause, sentence: str
) -> None:
    found = waiting(quiet, reply)

    assert found.cause is not None
    assert (found.cause.kind, found.cause.sentence) == (kind, sentence)
    assert (found.name, found.task, found.held) == ("a.jpg", "detect", False)
    told = CliRunner().invoke(app, ["explain", "a.jpg"]).output
    assert sentence[1:] in told
    assert SECRET not in told


def test_a_connection_that_breaks_is_named_as_the_cause(quiet: Cloud) -> None:
    cause = waiting(quiet, replies.connection_reset()).cause

    assert cause is not None
    assert cause.kind == "late"
    assert cause.sentence.startswith("Gemini's answer did not arrive whole: ")


def test_a_budget_that_is_used_up_is_named_as_the_cause(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")

    assert quiet.deliver(job_of(quiet.upload("a.jpg", jpeg()))).ok  # it is put aside

    (found,) = unfinished.listing().jobs
    cause = found.cause
    assert cause is not None
    assert (cause.kind, cause.limit) == ("budget", "day")
    assert cause.sentence.startswith("The budget of $0.00 for 20")
    assert cause.until is not None


def test_the_cause_stays_while_the_next_delivery_is_under_way(quiet: Cloud) -> None:
    before = waiting(quiet, replies.overloaded())
    job = job_of(ImageRef(before.bucket, before.name, before.generation))

    with lease.held(job):
        (during,) = unfinished.listing().jobs

    assert during.held
    assert during.cause == before.cause


def test_a_job_that_ended_is_not_shown_any_more(quiet: Cloud) -> None:
    found = waiting(quiet, replies.overloaded())
    quiet.script(replies.boxes([THING]))

    quiet.deliver(job_of(ImageRef(found.bucket, found.name, found.generation)))

    assert unfinished.listing().jobs == ()


def test_a_worker_that_died_is_named_as_the_cause(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lease.held(job_of(quiet.upload("a.jpg", jpeg()))):
        monkeypatch.setenv("LEASE_SECONDS", "0.1")
        time.sleep(0.2)
        (found,) = unfinished.listing().jobs

    assert found.cause is not None
    assert (found.cause.kind, found.held) == ("died", False)


def test_a_rejected_upload_does_not_wait(darkroom: Cloud) -> None:
    darkroom.record(darkroom.upload("a.jpg", b"words"))

    assert unfinished.listing().jobs == ()
