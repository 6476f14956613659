"""Patience the model asked for, kept where every worker sees it.

One refused call is enough to know that the next would be refused too: until the time the service
named, nobody asks, and a quota for the day is not hammered by every job that waits.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from shared import storage
from shared.errors import Throttled


def heed(model: str) -> None:
    """Raises Throttled while the model wants to be left alone."""
    last = storage.state(_name(model))
    until = float(json.loads(last.body)["until"]) if last else 0.0
    if until > time.time():
        raise Throttled("the model still asks for patience", until)


@contextmanager
def remembered(model: str) -> Iterator[None]:
    """Around a call: if the model asks for patience, everybody will know."""
    try:
        yield
    except Throttled as told:
        last = storage.state(_name(model))
        body = json.dumps({"until": told.until, "why": str(told)}).encode()
        storage.swap(_name(model), body, last.generation if last else 0)  # lost to another: as good
        raise


def _name(model: str) -> str:
    return f"throttle/{quote(model, safe='')}.json"
