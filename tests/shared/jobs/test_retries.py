"""How often a job's calls are made again: lost answers and refused photos have a cap."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from local.gemini import Reply, ScriptedModel, replies
from local.gemini import serve as serve_gemini
from local.gemini.errors import ApiError
from shared import naming
from shared.border.storage import STATE
from shared.jobs import lease, ledger
from shared.jobs.ledger import Line
from shared.jobs.retries import LOST_ANSWERS, REFUSALS
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy
from tests.documents import read_back
from tests.jobs import SCHEMA, THING, the_job
from tests.photos import jpeg

ROOT = Path(__file__).parents[3]
UNTAKEN = "Unable to process input image. Please retry or report in the support forum"


def refused(code: int, message: str) -> Reply:
    return Reply(error=ApiError(code, message))


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        pytest.param(replies.connection_reset(), "answer did not arrive whole", id="reset"),
        pytest.param(replies.stalled(), "did not answer in time", id="time-out"),
    ],
)
def test_answers_that_are_lost_are_asked_for_a_few_times_and_all_counted(
    quiet: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Reply,
    why: str,
) -> None:
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "0.5")
    quiet.script(otherwise=lambda _: trouble)
    job = the_job(quiet.upload("a.jpg", jpeg()))

    codes = [quiet.deliver(job).status_code for _ in range(LOST_ANSWERS + 2)]

    record = quiet.record_of(job)
    assert codes == [429] * (LOST_ANSWERS - 1) + [200] * 3
    assert len(quiet.model.questions) == LOST_ANSWERS
    assert (record["status"], record["reason"]["code"]) == ("failed", "answer_lost")
    assert why in record["reason"]["sentence"]
    assert record["usage"]["paid_calls"] == LOST_ANSWERS
    jsonschema.validate(record, SCHEMA)


def test_a_few_lost_answers_and_then_a_whole_one_are_a_result(quiet: Cloud) -> None:
    lost = [replies.connection_reset()] * (LOST_ANSWERS - 1)
    quiet.script(*lost, replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    for _ in range(LOST_ANSWERS):
        quiet.deliver(job)

    record = quiet.record_of(job)
    assert record["status"] == "done"
    assert record["usage"]["paid_calls"] == LOST_ANSWERS


def test_answers_that_were_kept_do_not_count_as_lost(quiet: Cloud) -> None:
    lost = [replies.connection_reset()] * (LOST_ANSWERS - 1)
    quiet.script(replies.says("nonsense"), *lost, replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    for _ in range(LOST_ANSWERS):
        quiet.deliver(job)

    assert quiet.record_of(job)["status"] == "done"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (400, UNTAKEN),
        (400, "The provided image is not valid."),
        (400, "Image dimensions exceed the limit."),
        (413, "Request payload size exceeds the limit."),
    ],
)
def test_a_photo_that_the_service_refuses_ends_soon_in_its_words(
    quiet: Cloud,
    code: int,
    message: str,
) -> None:
    quiet.script(otherwise=lambda _: refused(code, message))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    codes = [quiet.deliver(job).status_code for _ in range(REFUSALS + 1)]

    record = quiet.record_of(job)
    assert codes[-2:] == [200, 200]
    assert 200 not in codes[:-2]
    assert len(quiet.model.questions) == REFUSALS
    assert (record["status"], record["reason"]["code"]) == ("failed", "refused")
    assert message.rstrip(".") in record["reason"]["sentence"]
    assert record["usage"]["paid_calls"] == 0


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (400, "API key not valid. Please pass a valid API key."),
        (400, "Request contains an invalid argument."),
        (400, "This model does not support image input."),
        (403, "Permission denied on resource project."),
        (499, "The operation was cancelled."),
        (503, "The image service is overloaded."),
    ],
)
def test_an_error_that_is_not_about_the_photo_ends_no_job(
    quiet: Cloud,
    code: int,
    message: str,
) -> None:
    quiet.script(otherwise=lambda _: refused(code, message))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    codes = [quiet.deliver(job).status_code for _ in range(REFUSALS + LOST_ANSWERS)]

    assert 200 not in codes
    assert quiet.records(job.images[0]) == []


def test_a_dead_letter_records_the_last_error_and_the_cost(
    quiet: Cloud,
) -> None:
    trouble = refused(400, "Request contains an invalid argument.")
    quiet.script(replies.connection_reset(), otherwise=lambda _: trouble)
    job = the_job(quiet.upload("a.jpg", jpeg()))
    quiet.deliver(job)
    quiet.deliver(job)

    quiet.deliver(job, "dead_letter")

    record = quiet.record_of(job)
    assert record["reason"]["code"] == "dead_lettered"
    assert "Request contains an invalid argument" in record["reason"]["sentence"]
    assert record["usage"]["paid_calls"] == 1
    jsonschema.validate(record, SCHEMA)


def test_a_photo_that_is_gone_after_a_lost_answer_says_that_a_call_was_made(
    quiet: Cloud,
) -> None:
    quiet.script(replies.connection_reset())
    ref = quiet.upload("a.jpg", jpeg())
    job = the_job(ref)
    quiet.deliver(job)
    quiet.client.bucket(ref.bucket).blob(ref.name, generation=ref.generation).delete()

    quiet.deliver(job)

    record = quiet.record_of(job)
    assert (record["status"], record["reason"]["code"]) == ("rejected", "source_gone")
    assert record["usage"]["paid_calls"] == 1
    jsonschema.validate(record, SCHEMA)


def test_a_ledger_line_of_another_version_counts_and_stops_nothing(
    quiet: Cloud,
) -> None:
    quiet.script(replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))
    later = {**read_back(Line("m", 0, 1, "o")), "new_member": 1}
    STATE.keep(naming.state(job, "calls/1.json"), json.dumps(later).encode())
    STATE.keep(naming.state(job, "calls/2.json"), b"no line")
    lease.ensure(job)  # the delivery that wrote them had one

    quiet.deliver(job)

    assert quiet.record_of(job)["usage"]["paid_calls"] == 3
    assert len(ledger.lines(job)) == 3


@given(st.binary(max_size=60) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_bytes_are_read_as_a_line(body: bytes | str) -> None:
    line = ledger._line(body if isinstance(body, bytes) else body.encode())

    assert line.unpaid is None


@contextmanager
def proxied() -> Iterator[FaultProxy]:
    model = ScriptedModel(otherwise=lambda _: replies.boxes([]))
    with serve_gemini(model) as server, FaultProxy(server.url) as proxy:
        yield proxy


@pytest.mark.slow
@pytest.mark.parametrize(
    "action",
    [
        pytest.param(
            {"status": 200, "headers": {"Content-Encoding": "gzip"}, "body": b"no gzip"},
            id="gzip that is none",
        ),
        pytest.param({"status": 307, "headers": {"Location": "{url}/v1beta/x"}}, id="redirects"),
        pytest.param({"lost": True}, id="the connection breaks"),
    ],
)
def test_an_answer_that_does_not_arrive_whole_is_a_lost_one(action: dict) -> None:
    code = (
        "from shared.border.gemini import client, models\n"
        "from shared.errors import Late\n"
        "from shared.jobs.turn import Turn\n"
        "from shared.model import ImageRef, Job\n"
        "request = {'max_output_tokens': 100, 'labels': [], 'max_objects': 5, 'prompt': None}\n"
        "job = Job((ImageRef('b', 'n', 1),), 'detect', request)\n"
        "try:\n"
        "    question = Turn.first(job).question(job, models.find('gemini-3.8-flash'))\n"
        "    client.ask('gemini-3.8-flash', question, [b'x'])\n"
        "except Late as why:\n"
        "    print(why)\n"
    )
    with proxied() as proxy:
        if headers := action.get("headers"):
            there = {name: value.format(url=proxy.url) for name, value in headers.items()}
            action = {**action, "headers": there}
        proxy.rule("POST|GET", "/v1beta/", times=None, **action)
        ended = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "GOOGLE_GEMINI_BASE_URL": proxy.url,
                "GEMINI_API_KEY": "k",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Gemini's answer did not arrive whole: ")


ODD_MESSAGES = {
    "attributes only": {"attributes": {"a": "b"}, "messageId": "1"},
    "empty data": {"data": "", "messageId": "1"},
    "a number for data": {"data": 5, "messageId": "1"},
    "not base64": {"data": "%%%", "messageId": "1"},
}


@pytest.mark.parametrize("message", ODD_MESSAGES.values(), ids=ODD_MESSAGES)
def test_a_message_without_a_job_is_kept_and_settled(
    quiet: Cloud,
    message: dict,
) -> None:
    answer = requests.post(
        quiet.functions.address("dead_letter"),
        json={"message": message, "subscription": "projects/p/subscriptions/s"},
        timeout=30,
    )

    assert answer.status_code == 204, answer.text
    (kept,) = quiet.client.list_blobs(os.environ["STATE_BUCKET"], prefix="poison/")
    assert json.loads(kept.download_as_bytes())["message"]["messageId"] == "1"
