"""A job that was given up: record it."""

import logging
from hashlib import sha256
from typing import TYPE_CHECKING

import functions_framework

from shared import delivery, events, log, patience, queue, start, storage, terminal
from shared.errors import BadEvent, Failed

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

    from shared.model import Job

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
            log.tell("dead_letter", outcome=_settled(job), job=job.key)


def _settled(job: "Job") -> str:
    """What came of a job that the queue gave up: it had ended, it waits on, or it is over."""
    ended = terminal.find(job) is not None
    if not ended and patience.is_asked(job):
        queue.put([job])  # for another round of deliveries
        return "waits"
    terminal.give_up(job, WHY)
    return "had_ended" if ended else "given_up"


def _keep(data: bytes, why: BadEvent) -> None:
    """What is not even a job has no record to end in; its bytes stay in the state bucket."""
    name = f"poison/{sha256(data).hexdigest()}"
    storage.keep(name, data)
    told = f"a message that is no job was given up ({why}); it is kept as {name}"
    log.tell("dead_letter", told, logging.ERROR, outcome="no_job", job=None)
