"""Functions Framework, the border: how a function says "not now"."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import flask

from shared.errors import BadEvent, DeliverAgain

log = logging.getLogger("darkroom")


@contextmanager
def nack() -> Iterator[None]:
    """Answers 503 for DeliverAgain and 400 for BadEvent, a line in the log instead of a traceback.

    Pub/Sub and Eventarc deliver again on either. Everything else is a fault of ours and loud.
    """
    try:
        yield
    except DeliverAgain as why:
        log.info("not now: %s", why)
        flask.abort(503, description=str(why))
    except BadEvent as why:
        log.warning("bad event: %s", why)
        flask.abort(400, description=str(why))
