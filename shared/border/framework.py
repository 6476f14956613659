"""Functions Framework, the border: how a function says "not now", and in whose trace it works."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import flask

from shared.border import tracing
from shared.errors import BadEvent, DeliverAgain

log = logging.getLogger("darkroom")


@contextmanager
def nack() -> Iterator[None]:
    """Around what a function does with an event, in the trace of whoever sent it.

    Answers 503 for DeliverAgain and 400 for BadEvent, a line in the log instead of a traceback.
    Pub/Sub and Eventarc deliver again on either. Everything else is a fault of ours and loud.
    """
    with tracing.span(flask.request.path, _carrier()):
        try:
            yield
        except DeliverAgain as why:
            log.info("not now: %s", why)
            flask.abort(503, description=str(why))
        except BadEvent as why:
            log.warning("bad event: %s", why)
            flask.abort(400, description=str(why))


def body() -> object:
    """The request's body as JSON; None if it is none, or is nested too deeply to be read."""
    try:
        return flask.request.get_json(silent=True)
    except RecursionError:
        return None


def _carrier() -> Mapping[str, str]:
    """The trace context: the message's, for it comes from the photo; else the request's."""
    headers = {name.lower(): value for name, value in flask.request.headers.items()}
    match body():
        case {"message": {"attributes": {"traceparent": str(parent)}}}:
            return {"traceparent": parent}
    return headers
