"""Job: boxes."""

from typing import TYPE_CHECKING

import functions_framework

from shared.border import framework, start
from shared.jobs import queue
from shared.work import protocol

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

start.function("detect")


@functions_framework.cloud_event
def detect(event: "CloudEvent") -> None:
    """Run a job to its record; drop another worker's job."""
    with framework.nack():
        if job := queue.received(event, worker="detect"):
            protocol.run(job, queue.Queued.by(event.data))
