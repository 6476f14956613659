"""HTTP from Pub/Sub: a job that was given up is recorded."""

import json
import logging
from hashlib import sha256

import flask
import functions_framework

from shared import delivery, events, lease, log, patience, queue, start, storage, terminal
from shared.errors import BadEvent, Failed
from shared.model import Job

_WHY = "The queue delivered this job as often as it may, and gave it up."

start.function("dead_letter")


# The framework refuses a message without data before a function of events would see it; it would
# come again for a month.
@functions_framework.http
def dead_letter(_: flask.Request) -> tuple[str, int]:
    """End a job as failed, unless it has ended after all or only waits for a quota or money."""
    body = delivery.body()
    with delivery.nack():
        try:
            job = events.decode_job(events.message(body))
            log.tell("dead_letter", outcome=_settled(job), job=job.key)
        except BadEvent as why:
            _keep(json.dumps(body, sort_keys=True).encode(), why)
    return "", 204


def _settled(job: Job) -> str:
    """What came of a job that the queue gave up: it had ended, it waits on, or it is over."""
    ended = terminal.find(job) is not None
    if not ended and patience.is_asked(job):
        queue.put([job])  # for another round of deliveries
        return "waits"
    last = lease.why(job)
    terminal.give_up(job, Failed("dead_lettered", f"{_WHY} {last}".rstrip()))
    return "had_ended" if ended else "given_up"


def _keep(message: bytes, why: BadEvent) -> None:
    """What is not even a job has no record to end in; the message stays in the state bucket."""
    name = f"poison/{sha256(message).hexdigest()}.json"
    storage.keep(name, message)
    told = f"a message that is no job was given up ({why}); it is kept as {name}"
    log.tell("dead_letter", told, logging.ERROR, outcome="no_job", job=None)
