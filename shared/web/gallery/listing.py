"""Lists of records, newest first, from the index only."""

from dataclasses import asdict, dataclass
from itertools import islice, takewhile
from typing import Any, get_args

from shared import tasks
from shared.jobs import index, precedence
from shared.jobs.index import Entry
from shared.model import Status
from shared.web.gallery.query import Query
from shared.web.gallery.reply import Reply, json_reply

_LOOKED_AT = 2_000  # entries read for one answer
_MOST = 200  # entries, in one answer
_LIMIT = 60
_DIGITS = 14
_PLACE = rf"[0-9]{{{_DIGITS}}}-[0-9a-f]{{16}}"
_LATE = 60_000  # ms


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of entries: empty fields match all; texts match in any case."""

    task: str
    status: str
    label: str
    name: str

    def takes(self, entry: Entry) -> bool:
        """Whether the entry matches."""
        return (
            tasks.is_of(entry.task, self.task)
            and self.status in {"", entry.status}
            and self.name.casefold() in entry.name.casefold()
            and (not self.label or any(map(self._labelled, entry.labels)))
        )

    def _labelled(self, label: str) -> bool:
        return self.label.casefold() in label.casefold()


def results(query: Query) -> Reply:
    """The matching entries after a place, and the place where the next page begins."""
    limit = query.number("limit", _MOST) or _LIMIT
    wanted = Filter(
        query.task(),
        query.any_of("status", get_args(Status)),
        query.text("label"),
        query.text("name"),
    )
    found: list[Entry] = []
    place = _place(query, "after")
    entries = index.newest(after=place)
    for entry in islice(entries, _LOOKED_AT):
        place = entry.at
        if wanted.takes(entry):
            found.append(entry)
        if len(found) == limit:
            break
    more = next(entries, None) is not None
    return json_reply({"entries": [*map(_entry, found)], "next": place if more else None})


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
