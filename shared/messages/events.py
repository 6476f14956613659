"""Decodes events and messages, and encodes jobs; pure."""

import base64
import json
import math
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared import codec, naming
from shared.errors import BadEvent
from shared.messages.announcement import Announcement
from shared.model import ImageRef, Job, Upload

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

_OBJECT = "google.cloud.storage.object.v1"
FINALIZED = f"{_OBJECT}.finalized"
ARCHIVED = f"{_OBJECT}.archived"  # it is a noncurrent version now: it was deleted or overwritten
DELETED = f"{_OBJECT}.deleted"  # that version is gone
_NAME = re.compile(r"(?!\.{1,2}\Z).+", re.DOTALL)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{0,221}")
_TASK = re.compile(r"[a-z][a-z0-9_+-]{0,199}")


def stored(event: "CloudEvent") -> Upload:
    """The object of an event of Cloud Storage, from its data alone.

    Raises BadEvent.
    """
    data = event.data
    try:
        return Upload(
            ref=_check(ImageRef(str(data["bucket"]), str(data["name"]), int(data["generation"]))),
            bytes=int(data["size"]),
            declared_type=data.get("contentType"),
            crc32c=data.get("crc32c"),
            created=datetime.fromisoformat(_created(data)).timestamp(),
            metadata={str(key): str(value) for key, value in _custom(data).items()},
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise BadEvent(f"not a storage event: {error!r}") from error


def _check(ref: ImageRef) -> ImageRef:
    """The reference, checked. Raises ValueError for an impossible name, bucket or generation."""
    if not 1 <= len(ref.name.encode()) <= naming.LONGEST or not _NAME.fullmatch(ref.name):
        raise ValueError(f"not a name for an object, in {len(ref.name):,} characters")
    if not _BUCKET.fullmatch(ref.bucket) or not 0 < ref.generation < 2**63:
        raise ValueError("an impossible bucket or generation")
    return ref


def _custom(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return data.get("metadata") or {}


def _created(data: Mapping[str, Any]) -> str:
    """When the version was created; without that, when it was last updated."""
    return str(data.get("timeCreated") or data["updated"])


def message(body: object) -> bytes:
    """The data of the message in a Pub/Sub push request. Raises BadEvent."""
    match body:
        case {"message": {"data": str(data)}}:
            return _decoded(data)
    raise BadEvent("not a Pub/Sub message with data")


def queued(body: object) -> float:
    """When the job in a Pub/Sub push request was queued first; 0 (long ago) if it does not say."""
    match body:
        case {"message": {"attributes": {"queued": str(text)}}}:
            with suppress(ValueError):
                return max(0.0, float(text)) if math.isfinite(float(text)) else 0.0
    return 0.0


def published(body: object) -> float:
    """When the message in a Pub/Sub push request was published, in seconds since the epoch.

    Now, if it does not say.
    """
    match body:
        case {"message": {"publishTime": str(text)}}:
            with suppress(OverflowError, ValueError):
                return datetime.fromisoformat(text).timestamp()
    return time.time()


def attempt(body: object) -> int:
    """Which delivery of the message a Pub/Sub push request is; 1, the first, if it does not say."""
    match body:
        case {"deliveryAttempt": int(number)}:
            return number
    return 1


def encode_job(job: Job) -> bytes:
    """A job as the data of a Pub/Sub message: JSON, UTF-8."""
    return codec.encode(job)


def decode_job(data: bytes) -> Job:
    """The job in a message's data. Raises BadEvent."""
    try:
        return checked(codec.decode(data, Job))
    except ValueError as error:
        raise BadEvent(f"not a job: {error}") from error


def checked(job: Job) -> Job:
    """The job, checked. Raises ValueError."""
    named = isinstance(job.request.get("model", ""), str)
    if not (job.images and named and _TASK.fullmatch(job.task)):
        raise ValueError("it has no images, or an impossible task or model")
    json.dumps(job.request, ensure_ascii=False, allow_nan=False).encode()
    for ref in job.images:
        _check(ref)
    return job


def is_quiet(body: object) -> bool:
    """Whether the CloudEvent in a Pub/Sub push request is not for webhooks."""
    match body:
        case {"message": {"attributes": {"quiet": "1"}}}:
            return True
    return False


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
