"""Patience the model asked for, kept where every worker sees it.

One refused call is enough to know that the next would be refused too: until the time the service
named, nobody asks, and a quota for the day is not hammered by every job that waits.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from shared.border import logs, storage
from shared.errors import QuotaReached, Throttled


def heed(model: str) -> None:
    """Raises Throttled while the model wants to be left alone."""
    if told := asked(model):
        raise told


def asked(model: str) -> Throttled | None:
    """What the model last asked for, while it holds."""
    last = storage.state(_name(model))
    if last is None:
        return None
    told = json.loads(last.body)
    kind = QuotaReached if told.get("cause") == QuotaReached.cause else Throttled
    return kind(told["why"], told["until"]) if told["until"] > time.time() else None


@contextmanager
def remembered(model: str) -> Iterator[None]:
    """Around a call: if the model asks for patience, everybody will know."""
    try:
        yield
    except Throttled as told:
        logs.tell("throttled", model=model, seconds=max(0, round(told.until - time.time())))
        last = storage.state(_name(model))
        body = json.dumps({"until": told.until, "why": str(told), "cause": told.cause}).encode()
        storage.swap(_name(model), body, last.generation if last else 0)  # lost to another: as good
        raise


def _name(model: str) -> str:
    return f"throttle/{quote(model, safe='')}.json"
