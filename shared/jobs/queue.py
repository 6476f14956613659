"""The queue of jobs: each goes to the topic of its task's worker."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared import tasks
from shared.border import pubsub
from shared.messages import events
from shared.model import Job

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


def put(jobs: Iterable[Job], queued: float | None = None) -> None:
    """Publish jobs, and wait until every one is published.

    `queued` is when they were queued for the first time, in seconds since the epoch; None: now.
    """
    since = str(time.time() if queued is None else queued)
    pubsub.publish(
        (tasks.find(job.task).worker, events.encode_job(job), {"task": job.task, "queued": since})
        for job in jobs
    )


def received(event: "CloudEvent", worker: str) -> Job | None:
    """The job in a Pub/Sub message, or None if it is another worker's. Raises BadEvent."""
    job = events.decode_job(events.message(event.data))
    return job if tasks.find(job.task).worker == worker else None
