"""Job: boxes."""

from typing import TYPE_CHECKING

import functions_framework

from shared import delivery, events, start, work

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

start.function("detect")


@functions_framework.cloud_event
def detect(event: "CloudEvent") -> None:
    """Bring a job to its record; another worker's job is dropped."""
    with delivery.nack():
        if job := events.queued_job(event, worker="detect"):
            work.run(job)
