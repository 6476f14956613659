"""The matches of a search in another order than by time: the newest ones are read and sorted."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared import naming, settings
from shared.jobs.index import UNREADABLE, Entry
from shared.jobs.wanted import Filter
from shared.web.gallery import search

MOST = 10_000  # entries sorted
_AT_ONCE = 500  # entries of one search
_KEPT = 10  # seconds, for the pages that follow

ORDERS: Mapping[str, Callable[[Entry], Any]] = {
    "name": lambda entry: (naming.composed(entry.name).casefold(), entry.name),
    "cost": lambda entry: -(entry.cost_usd or 0.0),
    "doubt": lambda entry: -entry.doubts,
}


@dataclass(frozen=True, slots=True)
class Ordered:
    """Entries in order; not `whole`: older matches are left out."""

    entries: tuple[Entry, ...]
    whole: bool


def of(wanted: Filter, order: str) -> Ordered:
    """The newest matches in that order, newest first where it makes no difference."""
    return _ordered(settings.current().state_bucket, wanted, order, int(time.time()) // _KEPT)


@lru_cache(maxsize=2)
def _ordered(_bucket: str, wanted: Filter, order: str, _moment: int) -> Ordered:
    found = list[Entry]()
    place: str | None = ""
    while place is not None and len(found) <= MOST:
        page = search.page(wanted, place, _AT_ONCE)
        found += (each for each in page.entries if each.status != UNREADABLE)
        place = page.next
    whole = place is None and len(found) <= MOST
    return Ordered(tuple(sorted(found[:MOST], key=ORDERS[order])), whole)
