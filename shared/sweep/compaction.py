"""Parts of the index are made of the entries that are in none.

Entries younger than half an hour are left, and so are fewer than make a part: a search lists them.
"""

from collections.abc import Sequence

from shared.jobs import index, parts
from shared.jobs.index import Entry, Span
from shared.jobs.parts import Name
from shared.sweep.cursor import Cursor, Place
from shared.sweep.rounds import MOST, Round


def mend(this: Round) -> None:
    """Make parts, newest first; where this stops, the next sweep goes on.

    The cursor has the place from which on all older entries are in large parts.
    """
    cursor = Cursor.of("index")
    whole = Span(index.settled(this.now), cursor.place.after or index.END)
    known = _without_replaced(parts.names(whole.through))
    large = [each.span for each in known if not each.small]
    cursor.move(Place(_all_large(whole, large)))
    enough = sum(each.small for each in known) >= parts.LARGE
    kept = large if enough else [each.span for each in known]
    for gap, part in parts.cover(whole, kept):
        if part is None and not _fill(this, gap, is_newest=gap.after == whole.after):
            return


def _without_replaced(known: Sequence[Name]) -> list[Name]:
    """The parts, after those are deleted that lie within another."""
    replaced = [each for each in known if any(each.is_within(other) for other in known)]
    for each in replaced:
        parts.delete(each)
    return [each for each in known if each not in replaced]


def _all_large(whole: Span, large: Sequence[Span]) -> str:
    """The place from which on large parts have all older entries."""
    reached = whole.through
    for stretch, part in reversed([*parts.cover(whole, large)]):
        if part is None:
            break
        reached = stretch.after
    return reached


def _fill(this: Round, gap: Span, *, is_newest: bool) -> bool:
    """Make parts of the entries of a gap; False if some of it is left to the next sweep."""
    cutter = _Cutter(gap)
    is_whole = this.over(index.between(gap), cutter.add, most=MOST) is None
    if is_whole:
        cutter.end(is_newest=is_newest)
    this.counts["index_parts"] += cutter.made
    return is_whole


class _Cutter:
    """Cuts the entries of a gap into parts."""

    def __init__(self, gap: Span) -> None:
        self.made = 0
        self._left = gap
        self._entries: list[Entry] = []

    def add(self, entries: list[Entry]) -> None:
        """The next entries. Enough for another part are left after each, so no small gaps stay."""
        self._entries += entries
        while len(self._entries) >= 2 * parts.LARGE:
            self._cut(parts.LARGE, self._entries[parts.LARGE - 1].at)

    def end(self, *, is_newest: bool) -> None:
        """Make the last part. What is newest waits for more: for a small part, then a large one."""
        count = len(self._entries)
        if count >= (parts.SMALL if is_newest else 1):
            self._cut(count, self._left.through, small=is_newest and count < parts.LARGE)

    def _cut(self, count: int, through: str, *, small: bool = False) -> None:
        parts.create(Span(self._left.after, through), self._entries[:count], small=small)
        self.made += 1
        self._left = Span(through, self._left.through)
        del self._entries[:count]
