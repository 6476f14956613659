"""Dispatches an upload: a job per task, or a rejection per task.

Its jobs are decided once, and kept: see shared/jobs/receipt.py.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared import beside, settings
from shared.border import logs, uploads
from shared.errors import Rejected
from shared.images import sniff
from shared.intake import job_file, recipes, resolved_job
from shared.jobs import queue, receipt, verdicts
from shared.jobs.receipt import Receipt
from shared.messages import events
from shared.model import Job, Upload

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


def handle(event: "CloudEvent") -> None:
    """Dispatch the upload of an event; other events are ignored. Raises BadEvent.

    A trigger set up by hand may send events of other buckets, or of deleted objects.
    """
    kind, bucket = str(event["type"]), settings.current().uploads_bucket
    if kind != events.FINALIZED:
        _ignore("type", kind)
    elif (upload := events.finalized(event)).ref.bucket != bucket:
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
        return
    fault = beside.start(_fault, upload)
    _put(upload, register(upload).jobs, fault.result())


def register(upload: Upload) -> Receipt:
    """The receipt of an upload; if it has none, one with today's jobs."""
    return receipt.keep(upload, jobs(upload), recipe(upload))


def put(upload: Upload, todo: Sequence[Job]) -> None:
    """Queue these of an upload's jobs, or record for each why the upload is rejected."""
    _put(upload, todo, _fault(upload))


def _put(upload: Upload, todo: Sequence[Job], fault: Rejected | None) -> None:
    keys = [job.key for job in todo]
    if fault:
        for job in todo:
            verdicts.give_up(job, fault)
        logs.log("rejected", reason=fault.reason, bytes=upload.bytes, jobs=keys)
    else:
        queue.put(todo)
        logs.log("queued", bytes=upload.bytes, jobs=keys)


def jobs(upload: Upload) -> list[Job]:
    """The jobs of an upload by today's recipes; a job file names its own, which are kept."""
    if job_file.is_one(upload.ref.name):
        return [resolved_job.of(upload).job]
    return foreseen(upload)


def foreseen(upload: Upload) -> list[Job]:
    """The same, and nothing is kept: for one who only looks."""
    if job_file.is_one(upload.ref.name):
        return [resolved_job.foreseen(upload).job]
    return recipes.jobs(upload.ref, upload.declared_type, upload.metadata)


def recipe(upload: Upload) -> str:
    """The fingerprint of the recipe that matches today; "" if none does, and for job files."""
    if job_file.is_one(upload.ref.name):
        return ""
    return recipes.fingerprint(upload.ref.name, upload.declared_type, upload.metadata)


def _fault(upload: Upload) -> Rejected | None:
    """Why an upload is rejected; None if it is a valid photo or job file."""
    try:
        if job_file.is_one(upload.ref.name):
            resolved_job.of(upload).check()
        else:
            settings.current().limits.check_bytes(upload.bytes)
            sniff.photo_type(uploads.head(upload.ref, sniff.HEAD_BYTES))
    except Rejected as why:
        return why
    return None
