"""Rounds: a failed job is asked again as a new job, and its record stays as it is.

The new job has the same images, task and request, and `redrive` in its request: 1 for the first
round, 2 for the next. A mark beside the failed job says that its next round was queued.
"""

import json
import time
from dataclasses import replace

from cli.records import Record
from shared import naming
from shared.border import pubsub, storage
from shared.jobs import lease
from shared.model import ImageRef, Job


def job(record: Record) -> Job:
    """The job of a record."""
    images = (
        ImageRef(each["bucket"], each["name"], each["generation"]) for each in record["images"]
    )
    return Job(tuple(images), record["task"], record["request"])


def following(failed: Job) -> Job:
    """The next round of a job."""
    number = failed.request.get("redrive", 0) + 1
    return replace(failed, request={**failed.request, "redrive": number})


def queued(failed: Job) -> float | None:
    """When the next round of a job was queued, in seconds since the epoch; None if it was not."""
    mark = storage.state(_mark(failed))
    return float(json.loads(mark.body)["at"]) if mark else None


def start(failed: Job) -> None:
    """Queue the next round of a job. Two concurrent calls still make one job.

    The lease is written first: if the message is lost, the sweep finds the job by its lease.
    """
    lease.leave(following(failed))
    pubsub.put([following(failed)])
    storage.keep(_mark(failed), json.dumps({"at": time.time()}).encode())


def _mark(failed: Job) -> str:
    return naming.state(failed, "redriven.json")
