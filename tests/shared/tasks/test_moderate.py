"""Moderation through the pipeline: verdicts, refusals that are one, outages that are none."""

import json
from typing import Any

import jsonschema
import pytest
from google.api_core.exceptions import Forbidden

from local.gemini import Reply, replies
from shared import moderation, naming
from shared.model import Job
from shared.moderation import CATEGORIES
from testbed.cloud import Cloud
from tests.jobs import SCHEMA
from tests.photos import Scene
from tests.shared.tasks.describing import job

NOTHING = {name: {"severity": 0} for name in CATEGORIES}
BLOODY = json.dumps(NOTHING | {"violence": {"severity": 5, "why": "Blood."}})


def asked(quiet: Cloud, task: str = "moderate", **settings: Any) -> Job:
    return job(task, quiet.upload("a.jpg", Scene().stored()), **settings)


def ended(quiet: Cloud, wanted: Job, worker: str = "describe") -> dict[str, Any]:
    """The record of a job, once it was delivered."""
    assert quiet.deliver(wanted, worker).ok
    record: dict[str, Any] = json.loads(quiet.result(naming.folder(wanted) + "result.json"))
    jsonschema.validate(record, SCHEMA)
    return record


def announced(quiet: Cloud) -> dict[str, dict[str, Any]]:
    """What was announced, by type."""
    return {each["attributes"]["ce-type"]: each for each in quiet.announced()}


def test_a_photo_is_judged_and_the_record_says_by_which_limits(quiet: Cloud) -> None:
    quiet.script(replies.says(BLOODY))

    record = ended(quiet, asked(quiet))

    found = record["findings"]["moderation"]
    assert (found["verdict"], found["reason"]) == ("block", "threshold")
    (violence,) = (each for each in found["categories"] if each["name"] == "violence")
    assert violence == {
        "name": "violence",
        "severity": 5,
        "sentence": "Blood.",
        "verdict": "block",
        "review": 3,
        "block": 5,
    }
    assert record["status"] == "done"
    assert [*announced(quiet)] == ["dev.darkroom.result.v1.done"]


def test_an_enforced_verdict_is_an_event_of_its_own(quiet: Cloud) -> None:
    quiet.script(replies.says(BLOODY))
    wanted = asked(quiet, moderate={"mode": "enforce"})

    record = ended(quiet, wanted)

    told = announced(quiet)["dev.darkroom.moderation.v1.block"]
    assert told["attributes"]["ce-subject"] == "a.jpg"
    assert told["attributes"]["ce-id"] == f"verdict-{wanted.key}"
    assert told["data"]["verdict"] == "block"
    assert told["data"]["generation"] == record["images"][0]["generation"]


@pytest.mark.parametrize(
    "reply",
    [
        replies.unsafe(),
        replies.blocked(),
        replies.blocked("SAFETY"),
        replies.blocked("BLOCKLIST"),
        replies.blocked("IMAGE_SAFETY"),
        replies.says("I cannot help with that image."),
        replies.says("", finish_reason="PROHIBITED_CONTENT"),
        replies.says("", finish_reason="SPII"),
    ],
    ids=["finish", "prompt", "safety", "blocklist", "image", "in words", "prohibited", "spii"],
)
def test_a_refusal_is_a_verdict(quiet: Cloud, reply: Reply) -> None:
    quiet.script(otherwise=lambda _: reply)

    record = ended(quiet, asked(quiet, moderate={"mode": "enforce"}))

    found = record["findings"]["moderation"]
    assert (record["status"], found["verdict"], found["reason"]) == (
        "done",
        "block",
        "model_refused",
    )
    assert [each["code"] for each in record["problems"]] == ["model_refused"]
    assert record["usage"]["paid_calls"] == 1
    assert "dev.darkroom.moderation.v1.block" in announced(quiet)


def test_a_refusal_of_several_tasks_leaves_the_verdict(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.unsafe())

    record = ended(quiet, asked(quiet, "segment+moderate"), "segment")

    found = record["findings"]
    assert (record["status"], found["moderation"]["verdict"]) == ("done", "block")
    assert not found["complete"]
    assert [(each["task"], each["complete"]) for each in found["parts"]] == [
        ("segment", False),
        ("moderate", True),
    ]


@pytest.mark.parametrize("text", ['{"verdict": "allow"}', "[]", "{}"])
def test_an_answer_that_cannot_be_read_is_no_verdict(quiet: Cloud, text: str) -> None:
    quiet.script(otherwise=lambda _: replies.says(text))

    record = ended(quiet, asked(quiet))

    assert (record["status"], record["reason"]["code"]) == ("failed", "unreadable_answer")
    assert record["findings"] is None


def test_an_outage_is_no_verdict_and_the_photo_waits(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.overloaded())
    wanted = asked(quiet)

    assert not quiet.deliver(wanted, "describe").ok

    assert naming.folder(wanted) + "result.json" not in quiet.results()
    assert quiet.announced() == []


def test_other_limits_are_another_verdict_of_the_answer_that_was_paid(quiet: Cloud) -> None:
    quiet.script(replies.says(BLOODY))
    photo = quiet.upload("a.jpg", Scene().stored())
    mild = {"thresholds": {"violence": {"review": 6, "block": 7}}}

    first = ended(quiet, job("moderate", photo))
    second = ended(quiet, job("moderate", photo, moderate=mild))

    verdicts = [each["findings"]["moderation"]["verdict"] for each in (first, second)]
    assert verdicts == ["block", "allow"]
    assert second["usage"]["paid_calls"] == 0


@pytest.mark.parametrize(
    ("mark", "answer", "verdict", "held"),
    [
        ("metadata", BLOODY, "block", None),
        ("hold", BLOODY, "block", True),
        ("hold", json.dumps(NOTHING), "allow", None),
        ("hold", json.dumps(NOTHING | {"violence": {"severity": 3}}), "review", None),
    ],
)
def test_an_upload_is_marked_with_its_verdict(
    quiet: Cloud, mark: str, answer: str, verdict: str, held: bool | None
) -> None:
    quiet.script(replies.says(answer))
    wanted = asked(quiet, moderate={"mode": "enforce", "mark": mark})
    uploads = quiet.client.bucket(wanted.images[0].bucket)

    ended(quiet, wanted)

    blob = uploads.get_blob("a.jpg", generation=wanted.images[0].generation)
    assert blob.metadata == {"moderation": verdict}
    assert blob.temporary_hold is held


def test_a_mark_leaves_the_uploads_own_metadata(quiet: Cloud) -> None:
    quiet.script(replies.says(BLOODY))
    wanted = asked(quiet, moderate={"mode": "enforce", "mark": "metadata"})
    blob = quiet.client.bucket(wanted.images[0].bucket).get_blob("a.jpg")
    blob.metadata = {"order": "17"}
    blob.patch()

    ended(quiet, wanted)

    blob.reload()
    assert blob.metadata == {"order": "17", "moderation": "block"}


def test_a_held_photo_cannot_be_deleted_until_it_is_released(quiet: Cloud) -> None:
    quiet.script(replies.says(BLOODY))
    wanted = asked(quiet, moderate={"mode": "enforce", "mark": "hold"})
    ended(quiet, wanted)
    blob = quiet.client.bucket(wanted.images[0].bucket).get_blob("a.jpg")

    with pytest.raises(Forbidden, match="Temporary hold"):
        blob.delete()
    with pytest.raises(Forbidden, match="Temporary hold"):
        quiet.upload("a.jpg", Scene().stored())

    blob.temporary_hold = False
    blob.patch()
    blob.delete()


def test_a_photo_that_is_gone_is_not_marked_and_its_verdict_is_told(quiet: Cloud) -> None:
    wanted = asked(quiet, moderate={"mode": "enforce", "mark": "hold"})
    uploads = quiet.client.bucket(wanted.images[0].bucket)

    def gone(_: object) -> Reply:
        for each in uploads.list_blobs(versions=True):
            uploads.delete_blob(each.name, generation=each.generation)
        return replies.says(BLOODY)

    quiet.script(otherwise=gone)

    assert ended(quiet, wanted)["status"] == "done"
    assert "dev.darkroom.moderation.v1.block" in announced(quiet)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"mode": "enforce", "mark": "delete"}, "mark must be metadata or hold"),
        ({"mark": "hold"}, 'mark needs mode = "enforce"'),
        ({"mode": "shadow", "mark": "hold"}, 'mark needs mode = "enforce"'),
        ({"marks": "hold"}, "has 'marks'; there are: mode, thresholds, mark"),
    ],
)
def test_a_wrong_mark_is_refused_with_a_sentence(given: dict[str, str], why: str) -> None:
    assert moderation.complaint(given) == why
