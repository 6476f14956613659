"""HTTP: events of the results topic from Pub/Sub, and turns at delivering them from Cloud Tasks."""

import flask
import functions_framework

from shared import delivery, events, start
from shared.notify import line, trying
from shared.notify.turn import Turn

start.function("notify")


@functions_framework.http
def notify(request: flask.Request) -> tuple[str, int]:
    """Put an event in line at /, make an attempt at a delivery at /attempt."""
    body = delivery.body()
    with delivery.nack():
        if request.path == "/attempt":
            trying.take(Turn.read(body))
        else:
            line.take(events.pushed(body))
    return "", 204
