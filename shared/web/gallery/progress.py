"""/api/progress: the state of the jobs of an upload."""

import time
from datetime import UTC, datetime
from typing import Any, Literal

from shared import codec, settings
from shared.border import uploads
from shared.intake import dispatch
from shared.jobs import lease, precedence, receipt, records, step
from shared.jobs.lease import Seen
from shared.jobs.record import Record
from shared.model import Job, Upload
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply, json_reply
from shared.web.problem import Problem

State = Literal["waiting", "working", "answered"]


def answer(query: Query) -> Reply:
    """The upload, by default the newest version, and the state of each of its jobs."""
    bucket, name = settings.current().uploads_bucket, query.needed("name")
    upload = uploads.look_up(bucket, name, query.generation())
    if upload is None:
        raise Problem(404, "source_gone", "The photo is not in the uploads bucket.")
    kept = receipt.find(upload)
    jobs = kept.jobs if kept else dispatch.foreseen(upload)
    return json_reply({"upload": _upload(upload), "jobs": [_job(job, upload) for job in jobs]})


def _upload(upload: Upload) -> dict[str, Any]:
    return {
        "name": upload.ref.name,
        "generation": upload.ref.generation,
        "bytes": upload.bytes,
        "declared_type": upload.declared_type,
        "created": _moment(upload.created),
    }


def _moment(seconds: float) -> str:
    """A time as records have it."""
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _job(job: Job, upload: Upload) -> dict[str, Any]:
    record = records.find(job)
    told = _ended(record) if record else _unended(job, lease.seen(job), upload)
    return {"task": job.task, "rank": precedence.rank(job.task), "id": job.key, **told}


def _ended(record: Record) -> dict[str, Any]:
    return {
        "state": record.status,
        "step": "ended",
        "since": record.created,
        "folder": record.folder,
        "reason": codec.plain(record.reason),
        "sentence": None,
    }


def _unended(job: Job, held: Seen | None, upload: Upload) -> dict[str, Any]:
    reached = step.of(job, held, upload.created)
    works = held and not held.released and held.until > time.time()
    state: State = "answered" if reached.answered else "working" if works else "waiting"
    return {
        "state": state,
        "step": reached.step,
        "since": _moment(reached.since),
        "folder": None,
        "reason": None,
        "sentence": held.cause.sentence if held and held.cause else None,
    }
