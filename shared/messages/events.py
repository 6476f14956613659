"""Events and messages to nouns and back; nothing here talks to anyone."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared import naming, tasks
from shared.errors import BadEvent
from shared.messages.announcement import Announcement
from shared.model import ImageRef, Job, Upload

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

FINALIZED = "google.cloud.storage.object.v1.finalized"
ANNOUNCEMENT_BYTES = 20_000  # Standard Webhooks: payloads stay below 20 kB
_NAME = re.compile(r"(?!\.{1,2}\Z).+", re.DOTALL)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{0,221}")
_TASK = re.compile(r"[a-z][a-z0-9_+-]{0,199}")
_PARTS = ("findings", "request", "images", "artifacts", "problems", "usage", "timing", "reason")


def finalized(event: "CloudEvent") -> Upload:
    """The object of a google.cloud.storage.object.v1.finalized event, from its data alone.

    Raises BadEvent if it is not one.
    """
    data = event.data
    try:
        return Upload(
            ref=_ref(data),
            bytes=int(data["size"]),
            declared_type=data.get("contentType"),
            crc32c=data.get("crc32c"),
            created=datetime.fromisoformat(_created(data)).timestamp(),
            metadata={str(key): str(value) for key, value in _custom(data).items()},
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise BadEvent(f"not a storage event: {error!r}") from error


def _ref(said: Mapping[str, Any]) -> ImageRef:
    """The image that is named so. Raises ValueError, too, for a name that no object can have."""
    ref = ImageRef(str(said["bucket"]), str(said["name"]), int(said["generation"]))
    if not 1 <= len(ref.name.encode()) <= naming.LONGEST or not _NAME.fullmatch(ref.name):
        raise ValueError(f"a name of {len(ref.name):,} characters that no object can have")
    if not _BUCKET.fullmatch(ref.bucket) or not 0 < ref.generation < 2**63:
        raise ValueError("a bucket or a generation that there cannot be")
    return ref


def _custom(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return data.get("metadata") or {}


def _created(data: Mapping[str, Any]) -> str:
    """When the version was made; an event that does not say so comes as that happens."""
    return str(data.get("timeCreated") or data["updated"])


def queued_job(event: "CloudEvent", worker: str) -> Job | None:
    """The job in a Pub/Sub message, or None if it is for another worker. Raises BadEvent."""
    job = decode_job(message(event.data))
    return job if tasks.find(job.task).worker == worker else None


def message(body: object) -> bytes:
    """The data of the message in a Pub/Sub push request. Raises BadEvent if there is none."""
    match body:
        case {"message": {"data": str(data)}}:
            return _decoded(data)
    raise BadEvent("not a Pub/Sub message with data")


def encode_job(job: Job) -> bytes:
    """A job as the data of a Pub/Sub message: JSON, UTF-8."""
    return json.dumps(asdict(job), separators=(",", ":"), sort_keys=True).encode()


def decode_job(data: bytes) -> Job:
    """The job in a message's data. Raises BadEvent if there is none."""
    try:
        fields = json.loads(data, parse_constant=_no_number)
        images = tuple(map(_ref, fields["images"]))
        job = Job(images, str(fields["task"]), dict(fields["request"]))
        model = job.request.get("model", "")
        json.dumps(job.request, ensure_ascii=False).encode()
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise BadEvent(f"not a job: {error!r}") from error
    if not images or not _TASK.fullmatch(job.task) or not isinstance(model, str):
        raise BadEvent("a job without images, or with a task or a model that there cannot be")
    return job


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def pushed(body: object) -> Announcement:
    """The CloudEvent in the body of a Pub/Sub push request. Raises BadEvent."""
    match body:
        case {"message": {"attributes": dict(attributes), "data": str(data)}}:
            return Announcement.received(attributes, _decoded(data))
    raise BadEvent("not a Pub/Sub message with a CloudEvent")


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except ValueError as error:
        raise BadEvent(f"not a Pub/Sub message: {error!r}") from error


def announcement(record: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
    """The CloudEvent that tells of a terminal record: Pub/Sub attributes and data.

    The id is the job's key, the same however often it is told. As a whole it has at most 20,000
    bytes, whatever the record; parts that were cut say where they are.
    """
    image = record["images"][0]
    whole = Announcement(
        id=record["id"],
        type=f"dev.darkroom.result.v1.{record['status']}",
        source=f"//storage.googleapis.com/projects/_/buckets/{image['bucket']}",
        subject=image["name"],
        time=record["created"],
        data={**record, "findings": _without_runs(record["findings"])},
    )
    short = (told for told in _cut(whole) if len(told.structured()) <= ANNOUNCEMENT_BYTES)
    return next(short).message()


def _cut(whole: Announcement) -> Iterator[Announcement]:
    """The announcement, then without its largest part, without its two largest, and so on.

    A part gives way to the name of the object that has it. Where even such names have no room,
    they are told without the folder, which is a part that stays.
    """
    yield whole
    largest = sorted(_PARTS, key=lambda part: len(json.dumps(whole.data[part])), reverse=True)
    for place in (f"{whole.data['folder']}result.json", "result.json"):
        told = whole
        for part in largest:
            told = replace(told, data={**told.data, part: {"cut": place}})
            yield told


def _without_runs(findings: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The findings with each mask's file and area, but not its run lengths."""
    if findings is None:
        return None
    objects = [
        {**found, "mask": found["mask"] and {**found["mask"], "rle": None}}
        for found in findings["objects"]
    ]
    return {**findings, "objects": objects}
