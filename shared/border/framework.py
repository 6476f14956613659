"""Functions Framework, the border: nacks, and the trace of a request."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import flask

from shared.border import tracing
from shared.errors import BadEvent, DeliverAgain

log = logging.getLogger("darkroom")


@contextmanager
def nack() -> Iterator[None]:
    """Handle an event, in the trace of its sender.

    Answers 429 for DeliverAgain and 400 for BadEvent, and logs a line instead of a traceback.
    Pub/Sub and Eventarc deliver again on either. Any other exception is our fault, and is raised.
    """
    with tracing.span(flask.request.path, _carrier()):
        try:
            yield
        except DeliverAgain as why:
            log.info("not now: %s", why)
            flask.abort(429, description=str(why))
        except BadEvent as why:
            log.warning("bad event: %s", why)
            flask.abort(400, description=str(why))


def body() -> object:
    """The request's body as JSON; None if it is not JSON, or nested too deeply."""
    try:
        return flask.request.get_json(silent=True)
    except RecursionError:
        return None


def _carrier() -> Mapping[str, str]:
    """The trace context of the message, which comes from the photo; else of the request."""
    headers = {name.lower(): value for name, value in flask.request.headers.items()}
    match body():
        case {"message": {"attributes": {"traceparent": str(parent)}}}:
            return {"traceparent": parent}
    return headers
