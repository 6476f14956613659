"""One trace follows a photo, and its log lines name it."""

import json
import logging

import pytest
import requests

from local.gemini import replies
from shared.border import logs, tracing
from shared.intake import recipes
from shared.jobs import queue
from shared.model import ImageRef, Job
from testbed.cloud import Cloud, until
from tests.photos import Scene

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def lines(caplog: pytest.LogCaptureFixture) -> list[dict]:
    return [json.loads(logs._Lines().format(each)) for each in caplog.records]


def test_a_trace_leads_from_the_upload_to_the_announcement(
    darkroom: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="darkroom")
    darkroom.trigger.close()
    darkroom.script(replies.boxes([{"box_2d": Scene().box_2d(), "label": "SECRET-LABEL"}]))
    ref = darkroom.upload("seen.jpg", Scene().stored())

    answer = requests.post(
        darkroom.functions.address("ingest"),
        json=finalized(darkroom, ref),
        headers={
            "ce-id": "1",
            "ce-source": "//storage.googleapis.com/projects/_/buckets/b",
            "ce-specversion": "1.0",
            "ce-type": "google.cloud.storage.object.v1.finalized",
            "traceparent": PARENT,
        },
        timeout=180,
    )
    darkroom.record(ref)

    assert answer.status_code == 200
    (told,) = until(darkroom.announced)
    assert told["attributes"]["traceparent"].split("-")[1] == TRACE
    facts = [each for each in caplog.records if hasattr(each, "facts")]
    assert [each.facts["event"] for each in facts] == ["queued", "result"]
    assert facts[1].facts["job"] == recipes.jobs(ref)[0].key


def test_a_trace_begins_where_none_comes_in(darkroom: Cloud) -> None:
    darkroom.record(darkroom.upload("note.txt", b"just words"))

    (told,) = until(darkroom.announced)

    version, number, span, _ = told["attributes"]["traceparent"].split("-")
    assert (version, len(number), len(span)) == ("00", 32, 16)


def test_a_line_in_the_log_names_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "studio")
    record = logging.LogRecord("darkroom", logging.WARNING, "x.py", 1, "too %s", ("dark",), None)

    with tracing.span("here", {"traceparent": PARENT}):
        line = json.loads(logs._Lines().format(record))

    assert line["message"] == "too dark"
    assert line["severity"] == "WARNING"
    assert line["logging.googleapis.com/trace"] == f"projects/studio/traces/{TRACE}"


def test_no_prompt_label_or_answer_is_logged(
    darkroom: Cloud, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("GEMINI_API_KEY", "SECRET-KEY")
    answer = replies.boxes([{"box_2d": Scene().box_2d(), "label": "SECRET-LABEL"}])
    darkroom.script(answer, answer)
    ref = darkroom.upload("seen.jpg", Scene().stored())
    darkroom.record(ref)
    (job,) = recipes.jobs(ref)
    asked = Job(job.images, job.task, {**job.request, "prompt": "SECRET-PROMPT"})
    queue.put([asked])
    until(lambda: len(darkroom.records(ref)) == 2)

    said = "\n".join(json.dumps(line) for line in lines(caplog))

    assert "result" in said
    assert "SECRET" not in said


def finalized(darkroom: Cloud, ref: ImageRef) -> dict:
    """The data of the event, which is the object as the service describes it."""
    return dict(darkroom.client.bucket(ref.bucket).get_blob(ref.name)._properties)
