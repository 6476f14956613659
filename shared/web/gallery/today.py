"""/api/today: the day's counts and costs (UTC), from the index, and what budgets have left."""

import time
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from shared import settings
from shared.intake import budgets
from shared.jobs import index
from shared.jobs.index import Entry
from shared.spending import shards, standing
from shared.spending.limits import Limit
from shared.web.gallery.query import Query
from shared.web.gallery.reply import CHECKED, Reply, json_reply

_LOOKED_AT = 10_000  # entries read
_KEPT = 3  # seconds
_KEPT_BUDGETS = 15  # seconds: each is a listing
_STATUSES = ("done", "rejected", "failed")


def answer(_: Query) -> Reply:
    """The day's sums, at most a few seconds old."""
    sums = _sums(settings.current().state_bucket, int(time.time()) // _KEPT)
    return json_reply(sums, CHECKED)


@lru_cache(maxsize=1)
def _sums(_bucket: str, _moment: int) -> dict[str, Any]:
    day = shards.today()
    entries = index.counted(day)
    looked_at = list(islice(entries, _LOOKED_AT))
    return {
        "day": day,
        **{status: _photos(looked_at, status) for status in _STATUSES},
        "cost_usd": sum(entry.cost_usd or 0.0 for entry in looked_at),
        "calls": sum(entry.calls for entry in looked_at),
        "unpriced": sum(entry.calls for entry in looked_at if entry.cost_usd is None),
        "complete": next(entries, None) is None,
        "budgets": _budgets(_bucket, int(time.time()) // _KEPT_BUDGETS, budgets.every()),
    }


@lru_cache(maxsize=1)
def _budgets(_bucket: str, _moment: int, limits: tuple[Limit, ...]) -> list[dict[str, Any]]:
    """Those of all work, and of recipes those that are nearly used up."""
    return [
        {
            "recipe": each.limit.recipe or None,
            "of": each.limit.key,
            "limit_usd": each.limit.usd,
            "spent_usd": each.spent,
            "until": each.limit.until,
        }
        for each in standing.of(limits)
        if each.is_near or not each.limit.recipe
    ]


def _photos(entries: Sequence[Entry], status: str) -> int:
    """How many photos have a record of this status, as the list counts them."""
    named = {(each.name, each.generation) for each in entries if each.status == status}
    return len(named)
