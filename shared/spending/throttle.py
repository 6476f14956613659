"""Rate limits: a 429 is remembered for all workers, as shared/spending/patience.py decides.

Meanwhile nobody calls the model: the next call would be refused, too. A limit is offered, not
insisted on: of many workers that are refused at once one writes, and the others go on. A process
looks for a new limit every few seconds, and each time while one holds.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from shared import codec, settings
from shared.border import logs
from shared.border.storage import STATE, Listed
from shared.errors import GivesWay, QuotaReached, Throttled
from shared.model import Tier
from shared.spending import patience
from shared.spending.patience import Limit

_SHOWN = "limit"
_JITTER = 0.2  # of our own patience
_FRESH = 5.0  # seconds for which it is remembered that no limit holds


def name(model: str, tier: Tier) -> str:
    """The name under which a model's limits for a tier are known.

    Flex calls are refused while there is no room for them: that says nothing of other calls.
    """
    return model if tier == "standard" else f"{model} {tier}"


def heed(model: str, queued: float = 0.0) -> Limit | None:
    """The last rate limit of the model, if there was one: it has ended.

    Raises Throttled while it holds, or while a job that was queued then gives way to older ones.
    """
    limit, refusal = _looked(model, queued)
    if refusal:
        raise refusal
    return limit


def asked(model: str, queued: float = 0.0) -> Throttled | None:
    """What `heed` would raise now."""
    return _looked(model, queued)[1]


@contextmanager
def remembered(model: str) -> Iterator[None]:
    """Around a call: a Throttled that it raises is logged and remembered."""
    began = time.time()
    try:
        yield
    except Throttled as told:
        limit = refused(model, told, began, _felt(model, refused=True))
        logs.log("throttled", model=model, seconds=max(0, round(limit.until - time.time())))
        raise _error(limit) from told
    _felt(model, refused=False)


def answered(model: str, seen: Limit | None, began: float) -> None:
    """Remember that a call that began then succeeded; `seen` is what `heed` returned before it.

    To be called once the answer is kept: a request that fails before that would lose it.
    """
    if patience.succeeded(seen, began):
        _offer(model, lambda last: patience.succeeded(last, began))


def refused(model: str, told: Throttled, began: float, pressed: float = 1.0) -> Limit:
    """Remember a refusal of a call that began then, and return the limit that holds now.

    With little pressure, and no time that the service names, there is none.
    """
    lot = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311, not a secret
    said = Limit(told.until, str(told), told.cause)
    kept = _offer(
        model, lambda last: patience.refused(last, said, began, time.time(), lot, pressed)
    )
    return kept if kept and kept.until > time.time() else said


def _felt(model: str, *, refused: bool) -> float:
    """The pressure of this process on the model after another call."""
    where = settings.current().state_bucket, model
    last = _pressures.get(where, patience.UNKNOWN)
    _pressures[where] = patience.pressure(last, refused=refused)
    return _pressures[where]


# Of this process, by bucket and model. Two threads may lose a call of each other: it is an average.
_pressures: dict[tuple[str, str], float] = {}


def _looked(model: str, queued: float) -> tuple[Limit | None, Throttled | None]:
    """The last limit, and why a job that was queued then waits; by what is known, or by a look."""
    where, now = (settings.current().state_bucket, model), time.monotonic()
    looked, limit = _known.get(where, (-_FRESH, None))
    if looked + _FRESH <= now or (limit and _refusal(limit, queued)):
        limit = _read(model)
        _known[where] = now, limit
    return limit, _refusal(limit, queued) if limit else None


# What this process knows of limits: when it looked, and what it saw; by bucket and model.
_known: dict[tuple[str, str], tuple[float, Limit | None]] = {}


def _offer(model: str, revise: Callable[[Limit | None], Limit | None]) -> Limit | None:
    """Try to write a revision of the model's limit, once; returns the limit that is known then."""
    _known.pop((settings.current().state_bucket, model), None)
    stored = STATE.about(_name(model))
    last = _limit(stored) if stored else None
    revised = revise(last)
    if revised is None:
        return last
    body = codec.encode(revised)
    shown = {_SHOWN: body.decode()}
    STATE.try_swap(_name(model), body, stored.generation if stored else 0, shown)
    return revised


def _read(model: str) -> Limit | None:
    stored = STATE.about(_name(model))
    return _limit(stored) if stored else None


def _limit(stored: Listed) -> Limit | None:
    """The limit, by the object's metadata: one request, whether there is an object or not."""
    shown = stored.metadata.get(_SHOWN) or STATE.read(stored.name)  # earlier versions: the body
    return codec.decode(shown, Limit) if shown else None


def _refusal(limit: Limit, queued: float) -> Throttled | None:
    now = time.time()
    named = limit.holds(now) and not limit.wait  # by the service: that is what people should read
    if limit.gives_way(queued, now) and not named:
        return GivesWay(limit.turn(queued, now))
    if limit.holds(now):
        return _error(limit)
    return None


def _error(limit: Limit) -> Throttled:
    kind = QuotaReached if limit.cause == QuotaReached.cause else Throttled
    return kind(limit.why, limit.until)


def _name(model: str) -> str:
    return f"throttle/{quote(model, safe='')}.json"
