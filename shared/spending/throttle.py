"""Rate limits: a 429 is remembered for all workers, until the time that the service named.

Meanwhile nobody calls the model: the next call would be refused, too.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from shared import codec
from shared.border import logs
from shared.border.storage import STATE
from shared.errors import QuotaReached, Throttled


@dataclass(frozen=True, slots=True)
class _Limit:
    until: float  # seconds since the epoch
    why: str
    cause: str = ""


def heed(model: str) -> None:
    """Raises Throttled while the model is rate limited."""
    if limit := asked(model):
        raise limit


def asked(model: str) -> Throttled | None:
    """The rate limit of the model, if one holds now."""
    last = STATE.get(_name(model))
    if last is None:
        return None
    limit = codec.decode(last.body, _Limit)
    kind = QuotaReached if limit.cause == QuotaReached.cause else Throttled
    return kind(limit.why, limit.until) if limit.until > time.time() else None


@contextmanager
def remembered(model: str) -> Iterator[None]:
    """Around a call: a Throttled that it raises is logged and remembered."""
    try:
        yield
    except Throttled as limit:
        logs.log("throttled", model=model, seconds=max(0, round(limit.until - time.time())))
        last = STATE.get(_name(model))
        body = codec.encode(_Limit(limit.until, str(limit), limit.cause))
        # Another writer's is as good.
        STATE.swap(_name(model), body, last.generation if last else 0)
        raise


def _name(model: str) -> str:
    return f"throttle/{quote(model, safe='')}.json"
