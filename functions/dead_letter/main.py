"""HTTP from Pub/Sub: a job that was given up is recorded."""

import json
import logging
from hashlib import sha256

import flask
import functions_framework

from shared.border import framework, logs, pubsub, start, storage
from shared.errors import BadEvent, Failed
from shared.jobs import lease, terminal
from shared.messages import events
from shared.model import Job
from shared.spending import paused

start.function("dead_letter")


# As a function of events it would never see a message without data: the framework refuses that.
@functions_framework.http
def dead_letter(_: flask.Request) -> tuple[str, int]:
    """End a job as failed, unless it has ended after all or only waits for a quota or money."""
    body = framework.body()
    with framework.nack():
        try:
            job = events.decode_job(events.message(body))
            logs.tell("dead_letter", outcome=_settled(job), job=job.key)
        except BadEvent as why:
            _keep(json.dumps(body, sort_keys=True).encode(), why)
    return "", 204


def _settled(job: Job) -> str:
    """What came of a job that the queue gave up: it had ended, it waits on, or it is over."""
    ended = terminal.find(job) is not None
    if not ended and paused.is_paused(job):
        pubsub.put([job])  # for another round of deliveries
        return "waits"
    why = f"The queue delivered this job as often as it may, and gave it up. {lease.why(job)}"
    terminal.give_up(job, Failed("dead_lettered", why.rstrip()))
    return "had_ended" if ended else "given_up"


def _keep(message: bytes, why: BadEvent) -> None:
    """What is not even a job has no record to end in; the message stays in the state bucket."""
    name = f"poison/{sha256(message).hexdigest()}.json"
    storage.keep(name, message)
    said = f"a message that is no job was given up ({why}); it is kept as {name}"
    logs.tell("dead_letter", said, logging.ERROR, outcome="no_job", job=None)
