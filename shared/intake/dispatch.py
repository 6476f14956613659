"""Dispatches an upload: a job per task, or a rejection per task.

Its jobs are decided once, and kept: see shared/jobs/receipt.py.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared import beside, naming, settings
from shared.border import logs, uploads
from shared.breaker import mark, rates
from shared.errors import Rejected
from shared.images import sniff
from shared.intake import job_file, recipes, resolved_job
from shared.jobs import queue, receipt, tombstones, verdicts
from shared.jobs.receipt import Receipt
from shared.messages import events
from shared.model import Job, Origin, Upload

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


def handle(event: "CloudEvent") -> None:
    """Dispatch the upload of an event; other events are ignored. Raises BadEvent.

    A trigger set up by hand may send events of other buckets, or of deleted objects.
    """
    kind, bucket = str(event["type"]), settings.current().uploads_bucket
    if kind != events.FINALIZED:
        _ignore("type", kind)
    elif (upload := events.stored(event)).ref.bucket != bucket:
        _ignore("bucket", upload.ref.bucket)
    else:
        take(upload)


def _ignore(what: str, found: str) -> None:
    sentence = f"Ignored an event of the {what} {found[:100]!r}."
    logs.log("ignored", sentence, logging.WARNING, what=what)


def take(upload: Upload) -> None:
    """Queue an upload's jobs, or record why it is rejected. Idempotent."""
    if job_file.is_one(upload.ref.name):  # its images are looked up once, for both
        put(upload, register(upload).jobs)
    else:
        seen = beside.start(_glance, upload)
        _put(upload, register(upload).jobs, seen.result())
    rates.count(upload)


def register(upload: Upload) -> Receipt:
    """The receipt of an upload; if it has none, one with today's jobs."""
    return receipt.keep(upload, jobs(upload), recipe(upload))


def put(upload: Upload, todo: Sequence[Job]) -> None:
    """Queue these of an upload's jobs, or record for each why the upload is rejected."""
    _put(upload, todo, _glance(upload))


def _put(upload: Upload, todo: Sequence[Job], seen: "_Glance") -> None:
    keys = [job.key for job in todo]
    erased = beside.start(tombstones.stands, upload.ref)  # the receipt has been left
    if not seen.fault:
        queue.put(_marked(job, seen.via) for job in todo)
        logs.log("queued", bytes=upload.bytes, jobs=keys)
    elif not erased.result():
        for job in todo:
            verdicts.give_up(job, seen.fault)
        logs.log("rejected", reason=seen.fault.reason, bytes=upload.bytes, jobs=keys)
    if erased.result():
        receipt.forget(upload)
        resolved_job.forget(upload.ref)


def jobs(upload: Upload) -> list[Job]:
    """The jobs of an upload by today's recipes; a job file names its own, which are kept."""
    if job_file.is_one(upload.ref.name):
        return [resolved_job.of(upload).job]
    return foreseen(upload)


def foreseen(upload: Upload) -> list[Job]:
    """The same, and nothing is kept: for one who only looks."""
    if job_file.is_one(upload.ref.name):
        return [resolved_job.foreseen(upload).job]
    origin = Origin(upload.created, naming.content(upload.crc32c, upload.bytes))
    found = recipes.jobs(upload.ref, upload.declared_type, upload.metadata)
    return [replace(job, origin=origin) for job in found]


def recipe(upload: Upload) -> str:
    """The fingerprint of the recipe that matches today; "" if none does, and for job files."""
    if job_file.is_one(upload.ref.name):
        return ""
    return recipes.fingerprint(upload.ref.name, upload.declared_type, upload.metadata)


@dataclass(frozen=True, slots=True)
class _Glance:
    """What the beginning of an upload says: why it is rejected, if it is, and our own mark."""

    fault: Rejected | None = None
    via: tuple[str, ...] = ()


def _glance(upload: Upload) -> _Glance:
    try:
        if job_file.is_one(upload.ref.name):
            resolved_job.of(upload).check()
            return _Glance()
        settings.current().limits.check_bytes(upload.bytes)
        head = uploads.head(upload.ref, sniff.HEAD_BYTES)
        sniff.photo_type(head)
        return _Glance(via=mark.read(head))
    except Rejected as why:
        return _Glance(why)


def _marked(job: Job, via: tuple[str, ...]) -> Job:
    """The job with the recipes that its upload came through, as a message says so."""
    return replace(job, origin=replace(job.origin, via=via)) if via and job.origin else job
