"""HTTP from Pub/Sub: record a dead letter, a job that the queue gave up."""

import json
import logging
from hashlib import sha256

import flask
import functions_framework

from shared.border import framework, logs, start
from shared.border.storage import STATE
from shared.errors import BadEvent
from shared.messages import events
from shared.work import dead_letters

start.function("dead_letter")


# An HTTP function: as an event function the framework would refuse a message without data.
@functions_framework.http
def dead_letter(_: flask.Request) -> tuple[str, int]:
    """End a job as failed, unless it has ended, or only waits: it is queued again then."""
    body = framework.body()
    with framework.nack():
        try:
            job = events.decode_job(events.message(body))
            logs.log(
                "dead_letter", outcome=dead_letters.settle(job, events.queued(body)), job=job.key
            )
        except BadEvent as why:
            _keep(json.dumps(body, sort_keys=True).encode(), why)
    return "", 204


def _keep(message: bytes, why: BadEvent) -> None:
    """Keep a message that is not a job, and has no record, in the state bucket."""
    name = f"poison/{sha256(message).hexdigest()}.json"
    STATE.create(name, message)
    sentence = f"a message that is not a job was given up ({why}); it is kept as {name}"
    logs.log("dead_letter", sentence, logging.ERROR, outcome="no_job", job=None)
