"""HTTP: fan-out of the results topic (from Pub/Sub), and webhook attempts (from Cloud Tasks)."""

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
    """Fan out an event at /; make one attempt of a delivery at /attempt."""
    body = framework.body()
    with framework.nack():
        try:
            if request.path == "/attempt":
                attempts.run(AttemptId.read(body))
            elif not events.is_quiet(body):
                fan_out.take(events.pushed(body))
        except BadEvent as why:  # a nack would repeat it for a month, in vain
            log.warning("a message that is not an event of Darkroom is dropped: %s", why)
    return "", 204
