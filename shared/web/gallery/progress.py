"""/api/progress: the state of the jobs of an upload."""

import time
from datetime import UTC, datetime
from typing import Any, Literal

from shared import codec, naming, settings
from shared.border import uploads
from shared.border.storage import STATE
from shared.errors import Rejected
from shared.intake import dispatch
from shared.jobs import lease, precedence, receipt, records
from shared.jobs.lease import Seen
from shared.model import ImageRef, Job, Status, Upload
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply, json_reply
from shared.web.problem import Problem

State = Literal["waiting", "working", "answered"] | Status


def answer(query: Query) -> Reply:
    """The upload, and the state of each of its jobs."""
    name, generation = query.needed("name"), query.needed_generation()
    try:
        upload = uploads.describe(ImageRef(settings.current().uploads_bucket, name, generation))
    except Rejected as why:
        raise Problem(404, why.reason, why.sentence) from why
    kept = receipt.find(upload)
    jobs = kept.jobs if kept else dispatch.jobs(upload)
    return json_reply({"upload": _upload(upload), "jobs": [*map(_job, jobs)]})


def _upload(upload: Upload) -> dict[str, Any]:
    created = datetime.fromtimestamp(upload.created, UTC).isoformat(timespec="milliseconds")
    return {
        "name": upload.ref.name,
        "generation": upload.ref.generation,
        "bytes": upload.bytes,
        "declared_type": upload.declared_type,
        "created": created.replace("+00:00", "Z"),
    }


def _job(job: Job) -> dict[str, Any]:
    record = records.find(job)
    held = None if record else lease.seen(job)
    return {
        "task": job.task,
        "rank": precedence.rank(job.task),
        "id": job.key,
        "state": record.status if record else _state(job, held),
        "folder": record and naming.folder(job),
        "reason": record and codec.plain(record.reason),
        "sentence": held.cause.sentence if held and held.cause else None,
    }


def _state(job: Job, held: Seen | None) -> State:
    if STATE.exists(naming.state(job, "answer-0.json")):
        return "answered"
    return "working" if held and not held.released and held.until > time.time() else "waiting"
