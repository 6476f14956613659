"""A job that was given up: record it."""

import logging
from hashlib import sha256
from typing import TYPE_CHECKING

import functions_framework

from shared import delivery, events, patience, queue, start, storage, terminal
from shared.errors import BadEvent, Failed

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

log = logging.getLogger("darkroom")
WHY = Failed("dead_lettered", "The queue delivered this job as often as it may, and gave it up.")

start.function("dead_letter")


@functions_framework.cloud_event
def dead_letter(event: "CloudEvent") -> None:
    """End a job as failed, unless it has ended after all or only waits for a quota or money."""
    with delivery.nack():
        data = events.message(event)
        try:
            job = events.decode_job(data)
        except BadEvent as why:
            _keep(data, why)
        else:
            if patience.is_asked(job) and terminal.find(job) is None:
                queue.put([job])  # for another round of deliveries
            else:
                terminal.give_up(job, WHY)


def _keep(data: bytes, why: BadEvent) -> None:
    """What is not even a job has no record to end in; its bytes stay in the state bucket."""
    name = f"poison/{sha256(data).hexdigest()}"
    storage.keep(name, data)
    log.error("a message that is no job was given up (%s); it is kept as %s", why, name)
