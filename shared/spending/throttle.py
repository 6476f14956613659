"""Rate limits: a 429 is remembered for all workers, until the time that the service named.

Meanwhile nobody calls the model: the next call would be refused, too.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from shared.border import logs, storage
from shared.errors import QuotaReached, Throttled


def heed(model: str) -> None:
    """Raises Throttled while the model is rate limited."""
    if limit := asked(model):
        raise limit


def asked(model: str) -> Throttled | None:
    """The rate limit of the model, if one holds now."""
    last = storage.state(_name(model))
    if last is None:
        return None
    limit = json.loads(last.body)
    kind = QuotaReached if limit.get("cause") == QuotaReached.cause else Throttled
    return kind(limit["why"], limit["until"]) if limit["until"] > time.time() else None


@contextmanager
def remembered(model: str) -> Iterator[None]:
    """Around a call: a Throttled that it raises is logged and remembered."""
    try:
        yield
    except Throttled as limit:
        logs.tell("throttled", model=model, seconds=max(0, round(limit.until - time.time())))
        last = storage.state(_name(model))
        body = json.dumps({"until": limit.until, "why": str(limit), "cause": limit.cause}).encode()
        storage.swap(
            _name(model), body, last.generation if last else 0
        )  # another writer's is as good
        raise


def _name(model: str) -> str:
    return f"throttle/{quote(model, safe='')}.json"
