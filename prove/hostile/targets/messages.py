"""Messages: events of storage, pushes of Pub/Sub, bodies of tasks."""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

from cloudevents.http import CloudEvent

from prove.hostile import words
from prove.hostile.target import Target
from shared import naming
from shared.errors import BadEvent
from shared.messages import events
from shared.model import ImageRef, Job
from shared.webhooks.attempt_id import AttemptId

_OBJECT = {
    "bucket": "uploads",
    "name": "a.jpg",
    "generation": "1700000000000001",
    "size": "12345",
    "contentType": "image/jpeg",
    "crc32c": "AAAAAA==",
    "updated": "2026-11-23T04:00:00.123Z",
    "metadata": {"darkroom-tasks": "detect"},
}
_JOB = Job((ImageRef("uploads", "a.jpg", 7),), "detect", {"model": "m", "labels": ["cat"]})
_ATTRIBUTES = {
    "ce-id": "a" * 64,
    "ce-type": "dev.darkroom.result.v1.done",
    "ce-source": "//storage.googleapis.com/projects/_/buckets/uploads",
    "ce-subject": "a.jpg",
    "ce-time": "2026-11-23T04:00:00Z",
    "ce-specversion": "1.0",
}


def _objects() -> Sequence[bytes]:
    named = [{**_OBJECT, "name": name} for name in words.ALL]
    return [json.dumps(each).encode() for each in (_OBJECT, *named)]


def _jobs() -> Sequence[bytes]:
    refs = [(ImageRef("uploads", name, 7),) for name in words.ALL]
    jobs = [_JOB, *(Job(each, "detect", {"model": "m"}) for each in refs)]
    return [events.encode_job(job) for job in jobs]


def _pushes() -> Sequence[bytes]:
    message = {"data": b64encode(events.encode_job(_JOB)).decode(), "messageId": "1"}
    told = {"data": b64encode(b'{"id": 1}').decode(), "attributes": _ATTRIBUTES}
    odd = [{**message, "data": data} for data in ("\u00e9", "====", "AA", None, 7)]
    return [json.dumps({"message": each}).encode() for each in (message, told, *odd)]


def _turns() -> Sequence[bytes]:
    turn = AttemptId("shop", "a" * 64, 0, 3)
    return [turn.encode(), *(AttemptId(word, word, 0, 0).encode() for word in words.ALL)]


def _said(read: Callable[[Any], object]) -> Callable[[bytes], object]:
    """What the data of an event is read as, or that it is none of ours."""

    def verdict(data: bytes) -> object:
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            return "not JSON: the framework refuses it"
        try:
            return read(body)
        except BadEvent as why:
            str(why).encode("utf-8", "backslashreplace")
            return "bad event"

    return verdict


def _event(body: Any) -> CloudEvent:
    return CloudEvent({"type": "t", "source": "s"}, body)


def _finalized(body: Any) -> object:
    return repr(events.stored(_event(body)))


def _message(body: Any) -> object:
    return events.message(_event(body))


def _pushed(body: Any) -> object:
    return repr(events.pushed(body).structured())


def _job(data: bytes) -> object:
    """Check that a job that is read has a key, a folder and a message."""
    try:
        job = events.decode_job(data)
    except BadEvent:
        return "bad event"
    again = events.decode_job(events.encode_job(job))
    return job.key == again.key, naming.folder(job)


def _turn(body: Any) -> object:
    turn = AttemptId.read(body)
    return turn.task, turn.encode()


ALL = (
    Target("storage events", _objects, _said(_finalized)),
    Target("jobs", _jobs, _job),
    Target("messages", _pushes, _said(_message)),
    Target("announcements", _pushes, _said(_pushed)),
    Target("task bodies", _turns, _said(_turn)),
)
