"""Events and messages to nouns and back."""

import base64
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import codec, naming
from shared.errors import BadEvent
from shared.jobs import announcements, queue, records
from shared.jobs.record import Record
from shared.messages import events
from shared.model import Findings, ImageRef, Job, Result, Verdict
from tests.shared.messages.strategies import jobs

OBJECT = {
    "bucket": "b",
    "name": "in/ü.jpg",
    "generation": "1700000000000001",
    "size": "12",
    "contentType": "image/jpeg",
    "crc32c": "AAAAAA==",
    "updated": "2026-11-22T10:00:00.000Z",
}
REQUEST = {"model": "m", "prompt_version": "detect/1"}


def event(data: Any) -> Any:
    """What a function is handed, as far as we look at it."""
    return SimpleNamespace(data=data)


def test_an_upload_event_becomes_an_upload() -> None:
    upload = events.stored(event(OBJECT))

    assert upload.ref == ImageRef("b", "in/ü.jpg", 1700000000000001)
    assert (upload.bytes, upload.declared_type, upload.crc32c) == (12, "image/jpeg", "AAAAAA==")
    assert upload.created == 1795341600.0


def job_text(
    bucket: str = "uploads",
    name: str = "a.jpg",
    generation: int = 1,
    task: str = "detect",
    request: Mapping[str, Any] | None = None,
) -> bytes:
    image = {"bucket": bucket, "name": name, "generation": generation}
    return json.dumps({"images": [image], "task": task, "request": request or {}}).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param({}, id="empty"),
        pytest.param(OBJECT | {"generation": "x"}, id="no number"),
        pytest.param(OBJECT | {"size": None}, id="no size"),
        pytest.param(OBJECT | {"updated": "yesterday"}, id="no time"),
        pytest.param({"message": {"data": ""}}, id="a message"),
    ],
)
def test_an_event_that_is_no_upload_event_is_refused(data: Any) -> None:
    with pytest.raises(BadEvent):
        events.stored(event(data))


@given(jobs)
def test_a_job_survives_its_message(job: Job) -> None:
    again = events.decode_job(events.encode_job(job))

    assert again == job
    assert again.key == job.key


@given(st.binary(max_size=200))
def test_any_bytes_are_a_job_or_no_job(data: bytes) -> None:
    with suppress(BadEvent):
        events.decode_job(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"images": [], "task": "detect", "request": {}}', id="no images"),
        pytest.param(b'{"images": [{}], "task": "detect", "request": {}}', id="no image"),
        pytest.param(b'{"images": [1], "task": "detect", "request": {}}', id="a number"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(job_text(task="t" * 2000), id="a task of 2,000 characters"),
        pytest.param(job_text(task=""), id="no task"),
        pytest.param(job_text(task="\ud800"), id="half a surrogate pair for a task"),
        pytest.param(job_text(name="\ud800"), id="half a surrogate pair in a name"),
        pytest.param(job_text(bucket="\udfff"), id="half a surrogate pair in a bucket"),
        pytest.param(job_text(bucket="b" * 5000), id="a bucket of 5 kB"),
        pytest.param(job_text(name=".."), id="a name that no object has"),
        pytest.param(job_text(generation=0), id="generation 0"),
        pytest.param(job_text(generation=10**4000), id="a generation of 4,000 digits"),
        pytest.param(job_text(request={"x": math.nan}), id="a number that is none"),
        pytest.param(job_text(request={"prompt": "\ud800"}), id="half a surrogate pair"),
        pytest.param(job_text(request={"model": 5}), id="a model that is a number"),
    ],
)
def test_a_message_that_is_no_job_is_refused(data: bytes) -> None:
    with pytest.raises(BadEvent):
        events.decode_job(data)


@pytest.mark.parametrize(
    "data", [None, {}, {"message": {}}, {"message": {"data": "*"}}, {"message": {"data": 5}}]
)
def test_a_body_that_is_no_message_is_refused(data: Any) -> None:
    with pytest.raises(BadEvent):
        events.message(data)


def test_a_worker_drops_the_job_of_another() -> None:
    job = Job((ImageRef("b", "n", 1),), "detect", REQUEST)
    pushed = event({"message": {"data": base64.b64encode(events.encode_job(job)).decode()}})

    assert queue.received(pushed, worker="detect") == job
    assert queue.received(pushed, worker="describe") is None


def test_the_key_follows_from_the_question_alone() -> None:
    image = ImageRef("b", "n", 1)
    one = Job((image,), "detect", {"model": "m", "labels": ["a", "b"]})

    assert one.key == Job((image,), "detect", {"labels": ["a", "b"], "model": "m"}).key
    others = [
        Job((ImageRef("b", "n", 2),), "detect", one.request),
        Job((image,), "caption", one.request),
        Job((image,), "detect", {"model": "m", "labels": ["b", "a"]}),
        Job((image,), "detect", {"model": "n", "labels": ["a", "b"]}),
        Job((image, image), "detect", one.request),
    ]
    assert len({one.key, *(other.key for other in others)}) == 6


def done() -> tuple[dict[str, str], bytes]:
    """The message of a record."""
    job = Job((ImageRef("b", "a.jpg", 1),), "detect", REQUEST)
    return announcements.event(Record.of(Result(job, "done", findings=Findings()))).message()


def test_a_cloud_event_survives_its_message_and_stands_whole_in_its_json() -> None:
    attributes, data = done()

    told = events.pushed(push(attributes, data))

    assert told.message() == (attributes, data)
    assert json.loads(told.structured()) == {
        "specversion": "1.0",
        "datacontenttype": "application/json",
        **{key.removeprefix("ce-"): value for key, value in attributes.items() if "ce-" in key},
        "data": json.loads(data),
    }


def push(attributes: Any, data: bytes) -> dict:
    return {"message": {"attributes": attributes, "data": base64.b64encode(data).decode()}}


def changed(**attributes: Any) -> dict:
    good, data = done()
    bad = good | {f"ce-{name}": value for name, value in attributes.items()}
    return push({name: value for name, value in bad.items() if value is not None}, data)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param({"message": {"data": "e30="}}, id="no attributes"),
        pytest.param({"message": {"attributes": {}, "data": "*"}}, id="no base64"),
        pytest.param({"message": {"attributes": {}, "data": "e30="}}, id="no event"),
        pytest.param(changed(id=None), id="no id"),
        pytest.param(changed(id="a.b"), id="a dot in its id"),
        pytest.param(changed(id="../../x"), id="a path as its id"),
        pytest.param(changed(id="x" * 129), id="a long id"),
        pytest.param(changed(id=7), id="a number as its id"),
        pytest.param(changed(type="com.example.done"), id="another's type"),
        pytest.param(changed(specversion="0.3"), id="an old version"),
        pytest.param(push(changed()["message"]["attributes"], b"[]"), id="a list as its data"),
        pytest.param(push(changed()["message"]["attributes"], b"\xff"), id="no JSON"),
        pytest.param(push(changed()["message"]["attributes"], b"[" * 10_000), id="a deep hole"),
    ],
)
def test_an_event_of_another_kind_is_refused(body: Any) -> None:
    with pytest.raises(BadEvent):
        events.pushed(body)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {
            "images": st.lists(
                st.fixed_dictionaries(
                    {
                        "bucket": st.just("uploads") | _JSON,
                        "name": st.text(st.characters(), min_size=1) | _JSON,
                        "generation": st.integers() | _JSON,
                    }
                ),
                max_size=2,
            ),
            "task": st.just("detect") | _JSON,
            "request": st.dictionaries(st.sampled_from(["model", "prompt", "x"]), _JSON) | _JSON,
        }
    )
)
def test_whatever_is_published_is_no_job_or_one_that_a_record_can_be_written_of(said: Any) -> None:
    try:
        job = events.decode_job(json.dumps(said).encode())
    except BadEvent:
        return
    folder = naming.folder(job)
    ended = Result(job, "failed", Verdict("dead_lettered", "It was given up."))

    assert len(folder.encode()) <= naming.LONGEST
    assert records.decode(codec.encode(Record.of(ended))).job == job
