"""Lists of records, newest first, from the index only."""

from dataclasses import asdict
from itertools import islice, takewhile
from typing import Any, get_args

from shared.jobs import index, precedence
from shared.jobs.index import Entry
from shared.jobs.wanted import Filter
from shared.model import Status
from shared.web.gallery import ordering, search
from shared.web.gallery.query import Query
from shared.web.gallery.reply import CHECKED, Reply, json_reply

_MOST = 200  # entries, in one answer
_LIMIT = 60
_BY_TIME = "time"
_DIGITS = 14
_PLACE = rf"[0-9]{{{_DIGITS}}}-[0-9a-f]{{16}}"
_LATE = 60_000  # ms


def results(query: Query) -> Reply:
    """The matching entries after a place, and the place where the next page begins."""
    limit = query.number("limit", _MOST) or _LIMIT
    wanted, sort = _wanted(query), query.one_of("sort", _BY_TIME, *ordering.ORDERS)
    if sort != _BY_TIME:
        return _in_order(query, wanted, sort, limit)
    found = search.page(wanted, _place(query, "after"), limit)
    return json_reply({"entries": [*map(_entry, found.entries)], "next": found.next})


def _wanted(query: Query) -> Filter:
    return Filter(
        query.task(),
        query.any_of("status", get_args(Status)),
        query.text("label"),
        query.text("name"),
        tuple(query.text("q").split()),
        query.text("folder"),
        doubt=query.any_of("doubt", ["1"]) != "",
    )


def _in_order(query: Query, wanted: Filter, sort: str, limit: int) -> Reply:
    """The entries in another order; a page begins at a number."""
    found = ordering.of(wanted, sort)
    begin = query.number("after", ordering.MOST, 0) or 0
    end = begin + limit
    return json_reply(
        {
            "entries": [*map(_entry, found.entries[begin:end])],
            "next": str(end) if end < len(found.entries) else None,
            "of": len(found.entries),
            "whole": found.whole,
        }
    )


def news(query: Query) -> Reply:
    """The newest entries, down to a minute before a known place.

    A record that is announced late is added to the index behind newer ones.
    """
    known = _place(query, "before")
    end = f"{int(known[:_DIGITS]) + _LATE:0{_DIGITS}}" if known else "~"
    newer = takewhile(lambda entry: entry.at < end, index.everything())
    return json_reply({"entries": [*map(_entry, islice(newer, _MOST))]}, CHECKED)


def _place(query: Query, name: str) -> str:
    return query.matching(name, _PLACE, "a place in the list")


def _entry(entry: Entry) -> dict[str, Any]:
    members, (width, height) = asdict(entry), entry.size or (None, None)
    del members["size"], members["content"]
    members |= {"width": width, "height": height, "rank": precedence.rank(entry.task)}
    members["doubt"] = entry.doubts
    if entry.status == index.UNREADABLE:
        return {**members, "folder": "", "unreadable": True}
    return {**members, "folder": entry.folder}
