"""HTTP: events of the results topic from Pub/Sub, and turns at delivering them from Cloud Tasks."""

import logging

import flask
import functions_framework

from shared import delivery, events, start
from shared.errors import BadEvent
from shared.notify import line, trying
from shared.notify.turn import Turn

start.function("notify")
log = logging.getLogger("darkroom")


@functions_framework.http
def notify(request: flask.Request) -> tuple[str, int]:
    """Put an event in line at /, make an attempt at a delivery at /attempt."""
    body = delivery.body()
    with delivery.nack():
        try:
            if request.path == "/attempt":
                trying.take(Turn.read(body))
            else:
                line.take(events.pushed(body))
        except BadEvent as why:  # it would be repeated for a month, and never be ours
            log.warning("a message that is none of ours is dropped: %s", why)
    return "", 204
