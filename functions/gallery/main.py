"""HTTP: the page."""

import flask
import functions_framework

from shared.border import start
from shared.web.gallery import wire

start.function("gallery")


@functions_framework.http
def gallery(request: flask.Request) -> flask.Response:
    """The page at /, what it shows at /api/, and the files it shows beside that."""
    return wire.answer(request)
