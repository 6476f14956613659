"""A search of the index, newest first: the first entries by a listing, older ones by the parts.

What is common is found among the first entries, what is rare in parts, which are read many at once.
Each entry that a part points to is then read itself.
"""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice

from shared.jobs import index, parts
from shared.jobs.index import Entry, Span
from shared.jobs.parts import Part
from shared.jobs.wanted import Filter

_FIRST = 1_000  # entries listed before parts are read: one request
_LISTED = 5_000  # entries listed at most of each slice of what is in no part
_SLICES = 8  # of it, listed at once
_READ = 400  # parts at most for one page; those that cannot have a match do not count
_THREADS = 32

_ANY = Filter()
_log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Page:
    """Matching entries, and the place behind which the next page begins; None: there is none."""

    entries: list[Entry]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """The matches of a stretch of the index, up to the place `through`."""

    through: str
    matches: Mapping[str, Entry | None] = field(default_factory=dict)  # by place; None: unread
    is_whole: bool = True  # False: the page ends there


_Stretch = tuple[Span, Part | None]


def page(wanted: Filter, after: str, limit: int) -> Page:
    """The first matches behind a place, `limit` at most.

    There may be fewer, or none, and a next page all the same: a page has a limit of requests.
    Without a filter, entries that cannot be read are among them.
    """
    if wanted == _ANY:
        return _unfiltered(after, limit)
    pool = ThreadPoolExecutor(_THREADS)
    try:
        return _page(_Search(wanted, after, pool), limit)
    finally:
        pool.shutdown(cancel_futures=True)


def _unfiltered(after: str, limit: int) -> Page:
    found = [*islice(index.everything(after), limit + 1)]
    shown = found[:limit]
    return Page(shown, shown[-1].at if len(found) > limit else None)


def _page(search: "_Search", limit: int) -> Page:
    found: list[Entry] = []
    entries, looked_at = index.newest(after=search.reached), 0
    for entry in islice(entries, _FIRST):
        looked_at += 1
        search.reached = entry.at
        if search.wanted.takes(entry):
            found.append(entry)
        if len(found) == limit:
            return Page(found, entry.at if next(entries, None) else None)
    return _further(search, found, limit) if looked_at == _FIRST else Page(found, None)


def _further(search: "_Search", found: list[Entry], limit: int) -> Page:
    for seen in search.stretches():
        places = sorted(seen.matches)
        while places:
            room = limit - len(found)
            found += search.read({place: seen.matches[place] for place in places[:room]})
            if len(found) == limit:
                return Page(found, found[-1].at)
            del places[:room]
        if not seen.is_whole:
            return Page(found, seen.through)
    return Page(found, None)


class _Search:
    """A search of the index; `reached` is the place up to which it was searched."""

    def __init__(self, wanted: Filter, after: str, pool: Executor) -> None:
        self.wanted, self.reached, self._pool = wanted, after, pool
        self._late_ones = pool.submit(self._late, after)  # while the first are listed
        self._known = pool.submit(lambda: {part.span: part for part in parts.every()})

    def stretches(self) -> Iterator[_Seen]:
        """The stretches that may have matches, newest first, with what was entered late."""
        for seen in self._in_time(self._known):
            came = [at for at in self._late_ones.result() if self.reached < at <= seen.through]
            self.reached = seen.through
            yield replace(seen, matches={**dict.fromkeys(came), **seen.matches})

    def read(self, matches: Mapping[str, Entry | None]) -> list[Entry]:
        """The entries at these places, as they are now."""
        entries = self._pool.map(lambda place: matches[place] or index.at(place), matches)
        return [entry for entry in entries if entry and self.wanted.takes(entry)]

    def _late(self, after: str) -> list[str]:
        return [entry.at for entry in index.late(after) if self.wanted.takes(entry)]

    def _in_time(self, known: Future[dict[Span, Part]]) -> Iterator[_Seen]:
        possible = self._possible(known.result(), self.reached)
        yield from self._ahead(islice(possible, _READ))
        if rest := next(possible, None):
            yield _Seen(rest[0].after, is_whole=False)
        else:
            yield _Seen(index.END)

    def _possible(self, known: Mapping[Span, Part], after: str) -> Iterator[_Stretch]:
        for span, by in parts.cover(Span(after, index.END), known):
            if by is None:
                yield from ((piece, None) for piece in index.slices(span, _SLICES))
            elif known[by].may_have(self.wanted):
                yield span, known[by]

    def _ahead(self, stretches: Iterable[_Stretch]) -> Iterator[_Seen]:
        """What was seen in each; as many as there are threads are looked at ahead."""
        waiting: deque[Future[_Seen]] = deque()
        for each in stretches:
            waiting.append(self._pool.submit(self._look, *each))
            if len(waiting) >= _THREADS:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()

    def _look(self, span: Span, part: Part | None) -> _Seen:
        try:
            if part and (places := part.places(self.wanted)) is not None:
                return _Seen(span.through, dict.fromkeys(at for at in places if at > span.after))
        except ValueError as error:
            _log.warning("a part of the index cannot be read, its entries are: %r", error)
        listed = list(islice(index.between(span), _LISTED))
        matches = {each.at: each for each in listed if self.wanted.takes(each)}
        if len(listed) < _LISTED:
            return _Seen(span.through, matches)
        return _Seen(listed[-1].at, matches, is_whole=False)
