"""HTTP: events of the results topic from Pub/Sub, and turns at delivering them from Cloud Tasks."""

import logging

import flask
import functions_framework

from shared.border import framework, start
from shared.errors import BadEvent
from shared.messages import events
from shared.webhooks import attempts, fan_out
from shared.webhooks.attempt_id import AttemptId

start.function("notify")
log = logging.getLogger("darkroom")


@functions_framework.http
def notify(request: flask.Request) -> tuple[str, int]:
    """Put an event in line at /, make an attempt at a delivery at /attempt."""
    body = framework.body()
    with framework.nack():
        try:
            if request.path == "/attempt":
                attempts.make(AttemptId.read(body))
            else:
                fan_out.take(events.pushed(body))
        except BadEvent as why:  # it would be repeated for a month, and never be ours
            log.warning("a message that is none of ours is dropped: %s", why)
    return "", 204
