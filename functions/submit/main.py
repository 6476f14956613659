"""HTTP: a photo comes in, as bytes or by its URL."""

import flask
import functions_framework

from shared.border import start
from shared.web.submission import wire

start.function("submit")


@functions_framework.http
def submit(request: flask.Request) -> flask.Response:
    """The answer to a submission at /, their description at /openapi.json."""
    return wire.answer(request)
