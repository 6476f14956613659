"""Announces a record: publishes it, logs it and adds it to the index, at least once."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared import codec, moderation, naming
from shared.border import logs, pubsub, uploads
from shared.border.storage import STATE
from shared.jobs import index, tombstones
from shared.jobs.record import Record
from shared.messages.announcement import Announcement
from shared.model import ImageRef

log = logging.getLogger("darkroom")

QUIET = {"quiet": "1"}  # attribute of a message
MOST_BYTES = 20_000  # Standard Webhooks: payloads stay below 20 kB
_PARTS = (
    *("findings", "request", "images", "artifacts", "problems", "usage", "timing", "reason"),
    *("crops", "redacted"),
)
_COUNTED = (
    "model",
    "prompt_tokens",
    "image_tokens",
    "output_tokens",
    "thought_tokens",
    "cost_usd",
    "paid_calls",
)


def announce(record: Record, *, quiet: bool = False, new: bool = False, owner: str = "") -> None:
    """Publish a record to the results topic and add it to the index, unless it is marked.

    Publish before indexing: the sweep skips whatever is in the index. A quiet one is not sent to
    webhooks; other subscribers see its attribute. One that is new can have no mark yet; one that
    was erased is announced no more. `owner` is that of the lease of whoever announces it, who
    writes nothing more.
    """
    if new or not (is_announced(record.id) or tombstones.has_erased(record.id)):
        attributes, data = event(record).message()
        quietly = QUIET if quiet else {}
        pubsub.announce(attributes | quietly, data)
        if verdict := _verdict(record):
            attributes, data = verdict.message()
            pubsub.announce(attributes | quietly, data)
            _mark(record)
        _log(record)
        index.add(record)
        mark = {"at": time.time(), "owner": owner}
        STATE.create(naming.announced(record.id), codec.encode(mark))


def is_announced(key: str) -> bool:
    """Whether the record of that job was announced."""
    return STATE.exists(naming.announced(key))


def announced_by(key: str) -> str:
    """The owner of the lease of whoever announced a job; "" if nobody has, or it had none."""
    body = STATE.read(naming.announced(key))
    return str(json.loads(body).get("owner", "")) if body else ""


def was_announced(key: str) -> bool:
    """The same, including marks of older versions, which kept them with the job's other state."""
    return is_announced(key) or STATE.exists(f"jobs/{key}/announced.json")


def event(record: Record) -> Announcement:
    """The CloudEvent of a record, without run lengths, in at most 20,000 bytes as a whole.

    Its id is the job's key: consumers dedup by it. A part that was cut names its object.
    """
    whole = Announcement(
        id=record.id,
        type=f"dev.darkroom.result.v1.{record.status}",
        source=f"//storage.googleapis.com/projects/_/buckets/{record.photo.bucket}",
        subject=record.photo.name,
        time=record.created,
        data=codec.plain(record.light),
    )
    return next(each for each in _cut(whole) if len(each.structured()) <= MOST_BYTES)


def _verdict(record: Record) -> Announcement | None:
    """The event of a verdict by itself, where a recipe enforces it."""
    found = record.findings.moderation if record.findings else None
    if not found or not moderation.is_enforced(record.request.get("moderate", {})):
        return None
    photo = record.photo
    return Announcement(
        id=f"verdict-{record.id}",
        type=f"dev.darkroom.moderation.v1.{found.verdict}",
        source=f"//storage.googleapis.com/projects/_/buckets/{photo.bucket}",
        subject=photo.name,
        time=record.created,
        data={
            "id": record.id,
            "folder": record.folder,
            "bucket": photo.bucket,
            "name": photo.name,
            "generation": photo.generation,
            "verdict": found.verdict,
            "reason": found.reason,
            "severities": {each.name: each.severity for each in found.categories},
        },
    )


def _mark(record: Record) -> None:
    """Mark the upload with its verdict, where a recipe says so.

    What was announced need not wait for a permission that is missing: that is logged as an error.
    """
    found = record.findings.moderation if record.findings else None
    how = moderation.mark(record.request.get("moderate", {}))
    if not found or not how:
        return
    photo, held = record.photo, how == "hold" and found.verdict == "block"
    ref = ImageRef(photo.bucket, photo.name, photo.generation)
    if not uploads.mark(ref, "moderation", found.verdict, hold=held):
        log.error(
            "the upload of job %s cannot be marked: the permission storage.objects.update lacks",
            record.id,
        )


def _cut(whole: Announcement) -> Iterator[Announcement]:
    """The announcement, then without its largest part, without its two largest, and so on.

    The name of the object that holds a part replaces it; without its folder, which is never cut,
    if the full names have no room.
    """
    yield whole
    parts = [part for part in _PARTS if part in whole.data]
    largest = sorted(parts, key=lambda part: len(json.dumps(whole.data[part])), reverse=True)
    for place in (f"{whole.data['folder']}result.json", "result.json"):
        cut = whole
        for part in largest:
            cut = replace(cut, data={**cut.data, part: {"cut": place}})
            yield cut


def _log(record: Record) -> None:
    """Log what the metrics count and sum."""
    usage: dict[str, Any] = codec.plain(record.usage) or {}
    logs.log(
        "result",
        job=record.id,
        task=record.task,
        status=record.status,
        reason=record.reason and record.reason.code,
        **{name: usage.get(name) for name in _COUNTED},
        timing_ms=record.timing,
    )
