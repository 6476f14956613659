"""Upload event: is it a photo we take? Then a job per task."""

from typing import TYPE_CHECKING

import functions_framework

from shared import delivery, intake, start

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

start.function("ingest")


@functions_framework.cloud_event
def ingest(event: "CloudEvent") -> None:
    """Take an upload in."""
    with delivery.nack():
        intake.hear(event)
