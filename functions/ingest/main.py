"""Upload event: is it a photo we take? Then a job per task."""

from typing import TYPE_CHECKING

import functions_framework

from shared.border import framework, start
from shared.intake import taking

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

start.function("ingest")


@functions_framework.cloud_event
def ingest(event: "CloudEvent") -> None:
    """Take an upload in."""
    with framework.nack():
        taking.hear(event)
