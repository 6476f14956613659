"""The same question about the same bytes is not paid for twice."""

import json
import os
from dataclasses import replace

import jsonschema
import pytest
from google.cloud import storage

from local.gemini import Question, Reply, replies
from shared import naming
from shared.border.storage import STATE
from shared.jobs import lease
from shared.model import Job
from testbed.cloud import Cloud
from tests.jobs import SCHEMA, THING, ledger, the_job
from tests.photos import jpeg

POINTERS = "answers-by-content/"


@pytest.fixture
def quiet(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A quiet cloud that asks a model with a price, which finds a thing."""
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    quiet.script(otherwise=lambda _: replies.boxes([THING]))
    return quiet


def a_job(cloud: Cloud, name: str, data: bytes | None = None) -> Job:
    return the_job(cloud.upload(name, jpeg() if data is None else data))


def record(cloud: Cloud, job: Job) -> dict:
    return json.loads(cloud.result(f"{naming.folder(job)}result.json"))


def asked(cloud: Cloud) -> int:
    return len(cloud.model.questions)


def deliver(cloud: Cloud, *jobs: Job) -> list[int]:
    return [cloud.deliver(job).status_code for job in jobs]


def test_three_equal_files_ask_once(quiet: Cloud) -> None:
    first, *others = (a_job(quiet, name) for name in ("a.jpg", "b.jpg", "c/d.jpg"))

    assert deliver(quiet, first, *others) == [200] * 3

    assert asked(quiet) == 1
    paid = record(quiet, first)
    assert (paid["reused_from"], paid["usage"]["paid_calls"]) == (None, 1)
    for job in others:
        found = record(quiet, job)
        jsonschema.validate(found, SCHEMA)
        assert found["reused_from"] == first.key
        assert found["usage"]["paid_calls"] == found["usage"]["cost_usd"] == 0
        assert found["usage"]["prompt_tokens"] == found["usage"]["output_tokens"] == 0
        assert found["usage"]["model"] == paid["usage"]["model"]
        assert found["findings"] == paid["findings"]
        assert [each["crc32c"] for each in found["artifacts"]] == [
            each["crc32c"] for each in paid["artifacts"]
        ]
        assert ledger(quiet, job) == []


def test_other_bytes_another_question_or_another_model_are_asked_anew(quiet: Cloud) -> None:
    job = a_job(quiet, "a.jpg")
    again = a_job(quiet, "b.jpg")
    others = [
        a_job(quiet, "c.jpg", jpeg() + b"\0"),
        replace(again, request={**again.request, "prompt": "Only shoes."}),
        replace(again, request={**again.request, "model": "gemini-3.5-flash"}),
        replace(again, request={**again.request, "prompt_version": "detect/0"}),
        replace(again, request={**again.request, "redrive": 1}),
        replace(again, task="caption", request={**again.request, "prompt": ""}),
    ]
    quiet.script(
        *[replies.boxes([THING])] * 6, otherwise=lambda _: replies.says('{"caption": "A thing."}')
    )

    codes = [quiet.deliver(job, "detect").status_code]
    codes += [
        quiet.deliver(each, "describe" if each.task == "caption" else "detect").status_code
        for each in others
    ]

    assert codes == [200] * 7
    assert asked(quiet) == 7


def test_how_large_it_is_drawn_is_no_part_of_the_question(quiet: Cloud) -> None:
    job, other = a_job(quiet, "a.jpg"), a_job(quiet, "b.jpg")
    other = replace(other, request={**other.request, "overlay_side": 64})

    deliver(quiet, job, other)

    assert asked(quiet) == 1


def test_a_recipe_can_have_every_photo_asked(quiet: Cloud) -> None:
    jobs = [replace(a_job(quiet, name), reuse=False) for name in ("a.jpg", "b.jpg")]

    deliver(quiet, *jobs)

    assert asked(quiet) == 2
    assert [*STATE.listing(POINTERS)] == []


def test_the_answer_is_the_jobs_own_copy(quiet: Cloud) -> None:
    job, other, third = (a_job(quiet, name) for name in ("a.jpg", "b.jpg", "c.jpg"))
    deliver(quiet, job, other)
    forget(quiet, f"jobs/{job.key}/")

    deliver(quiet, third)

    assert asked(quiet) == 2  # the pointer's answer is gone: it is asked anew, and pointed to
    assert record(quiet, other)["reused_from"] == job.key
    assert quiet.state(naming.state(other, "answer-0.json")) is not None
    fourth = a_job(quiet, "d.jpg")
    deliver(quiet, fourth)
    assert asked(quiet) == 2
    assert record(quiet, fourth)["reused_from"] == third.key


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param([replies.says("What?")] * 3, id="unreadable"),
        pytest.param([replies.blocked()], id="refused"),
        pytest.param(
            [replies.cut_off('[{"box_2d": [1, 2, 30, 40], "label": "a"}, {')] * 2, id="cut"
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_not_offered(quiet: Cloud, bad: list[Reply]) -> None:
    quiet.script(*bad, otherwise=lambda _: replies.boxes([THING]))
    job, other = a_job(quiet, "a.jpg"), a_job(quiet, "b.jpg")
    deliver(quiet, job)
    before = asked(quiet)

    deliver(quiet, other)

    assert asked(quiet) == before + 1
    assert record(quiet, other)["reused_from"] is None


def test_a_later_answer_that_could_be_used_is_offered(quiet: Cloud) -> None:
    quiet.script(replies.says("What?"), replies.boxes([THING]))
    job, other = a_job(quiet, "a.jpg"), a_job(quiet, "b.jpg")

    deliver(quiet, job, other)

    assert asked(quiet) == 2
    assert record(quiet, other)["findings"] == record(quiet, job)["findings"]


def test_a_job_killed_before_it_pointed_to_its_answer_points_to_it_when_it_goes_on(
    quiet: Cloud,
) -> None:
    job, other = a_job(quiet, "a.jpg"), a_job(quiet, "b.jpg")
    deliver(quiet, job)
    for blob in everything(quiet, "RESULTS_BUCKET"):
        blob.delete()
    forget(quiet, POINTERS, "announced/", "leases/")
    lease.ensure(job)  # as a death after the answer leaves it, once its lease has run out

    deliver(quiet, job, other)

    assert asked(quiet) == 1
    assert record(quiet, job)["usage"]["paid_calls"] == 1
    assert record(quiet, other)["reused_from"] == job.key


def test_a_job_killed_after_it_took_the_answer_pays_nothing_when_it_goes_on(quiet: Cloud) -> None:
    job, other = a_job(quiet, "a.jpg"), a_job(quiet, "b.jpg")
    deliver(quiet, job, other)
    for blob in everything(quiet, "RESULTS_BUCKET"):
        if blob.name.startswith("b.jpg/"):
            blob.delete()
    forget(quiet, POINTERS, "announced/", "leases/")
    lease.ensure(other)

    deliver(quiet, other)

    assert asked(quiet) == 1
    found = record(quiet, other)
    assert (found["reused_from"], found["usage"]["paid_calls"]) == (job.key, 0)


def test_several_images_are_told_apart_by_all_of_them_and_their_order(quiet: Cloud) -> None:
    quiet.script(otherwise=said)
    one, two = (quiet.upload(name, jpeg() + name.encode()) for name in ("a", "b"))
    copies = [quiet.upload(f"{name}.copy", jpeg() + name.encode()) for name in ("a", "b")]
    (detect,) = [the_job(one)]
    request = {**detect.request, "prompt": "", "question": "Same?", "prompt_version": "compare/1"}
    jobs = [
        Job(images, "compare", {**request, "max_output_tokens": 100})
        for images in ((one, two), (copies[0], copies[1]), (two, one))
    ]

    codes = [quiet.deliver(job, "describe").status_code for job in jobs]

    assert codes == [200] * 3
    assert asked(quiet) == 2


def said(_: Question) -> Reply:
    return replies.says('{"answer": "Yes."}')


def everything(cloud: Cloud, bucket: str) -> list[storage.Blob]:
    return list(cloud.client.list_blobs(os.environ[bucket]))


def forget(cloud: Cloud, *prefixes: str) -> None:
    for blob in everything(cloud, "STATE_BUCKET"):
        if blob.name.startswith(prefixes):
            blob.delete()
