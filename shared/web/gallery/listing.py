"""Lists of records, newest first, from the index only."""

from dataclasses import asdict
from itertools import islice, takewhile
from typing import Any, get_args

from shared.jobs import index, precedence
from shared.jobs.index import Entry
from shared.jobs.wanted import Filter
from shared.model import Status
from shared.web.gallery import search
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply, json_reply

_MOST = 200  # entries, in one answer
_LIMIT = 60
_DIGITS = 14
_PLACE = rf"[0-9]{{{_DIGITS}}}-[0-9a-f]{{16}}"
_LATE = 60_000  # ms


def results(query: Query) -> Reply:
    """The matching entries after a place, and the place where the next page begins."""
    limit = query.number("limit", _MOST) or _LIMIT
    wanted = Filter(
        query.task(),
        query.any_of("status", get_args(Status)),
        query.text("label"),
        query.text("name"),
    )
    found = search.page(wanted, _place(query, "after"), limit)
    return json_reply({"entries": [*map(_entry, found.entries)], "next": found.next})


def news(query: Query) -> Reply:
    """The newest entries, down to a minute before a known place.

    A record that is announced late is added to the index behind newer ones.
    """
    known = _place(query, "before")
    end = f"{int(known[:_DIGITS]) + _LATE:0{_DIGITS}}" if known else "~"
    newer = takewhile(lambda entry: entry.at < end, index.newest())
    return json_reply({"entries": [*map(_entry, islice(newer, _MOST))]})


def _place(query: Query, name: str) -> str:
    return query.matching(name, _PLACE, "a place in the list")


def _entry(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "folder": entry.folder, "rank": precedence.rank(entry.task)}
