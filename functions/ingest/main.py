"""Upload event: if it is a photo we accept, queue a job per task; if it was deleted, erase it."""

from typing import TYPE_CHECKING

import functions_framework

from shared.border import framework, start
from shared.erasing import deletions
from shared.intake import dispatch

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

start.function("ingest")


@functions_framework.cloud_event
def ingest(event: "CloudEvent") -> None:
    """Queue the jobs of an upload, or record why it is rejected."""
    with framework.nack():
        if not deletions.handle(event):
            dispatch.handle(event)
