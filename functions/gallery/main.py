"""HTTP: the page."""

import flask
import functions_framework

from shared.border import start
from shared.web.gallery import wire

start.function("gallery")


@functions_framework.http
def gallery(request: flask.Request) -> flask.Response:
    """The page at /, its data at /api/, and its static files."""
    return wire.answer(request)


def reserved(_: Exception) -> flask.Response:
    """What Functions Framework keeps from functions: /robots.txt and /favicon.ico."""
    return wire.answer(flask.request)


functions_framework.errorhandler(404)(reserved)
