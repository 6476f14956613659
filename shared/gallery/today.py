"""What was done today (UTC), by the index."""

import time
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from shared import index, settings
from shared.gallery.query import Query
from shared.gallery.reply import Reply, told

_LOOKED_AT = 10_000  # entries
_KEPT = 30  # seconds


def answer(_: Query) -> Reply:
    """The day's sums, at most half a minute old."""
    return told(_sums(settings.current().state_bucket, int(time.time()) // _KEPT))


@lru_cache(maxsize=1)
def _sums(_bucket: str, _moment: int) -> dict[str, Any]:
    day = datetime.now(UTC).date().isoformat()
    entries = index.newest(since=day)
    looked_at = list(islice(entries, _LOOKED_AT))
    counts = Counter(entry.status for entry in looked_at)
    return {
        "day": day,
        **{status: counts[status] for status in ("done", "rejected", "failed")},
        "cost_usd": sum(entry.cost_usd or 0.0 for entry in looked_at),
        "calls": sum(entry.calls for entry in looked_at),
        "unpriced": sum(entry.calls for entry in looked_at if entry.cost_usd is None),
        "complete": next(entries, None) is None,
    }
