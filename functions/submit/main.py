"""HTTP: take a photo, as bytes or by its URL."""

import flask
import functions_framework

from shared.border import start
from shared.web.submission import wire

start.function("submit")


@functions_framework.http
def submit(request: flask.Request) -> flask.Response:
    """Answer a submission at /; describe submissions at /openapi.json."""
    return wire.answer(request)
