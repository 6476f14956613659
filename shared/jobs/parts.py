"""Parts of the index: a few thousand entries in one object, in which a search finds places.

A part has what a search compares (task, status, labels, name, all texts, doubts), as columns of
text, and the places of its entries. An early part lacks texts and doubts. The entries stay, and
stay the truth: one that was deleted is found no more. Parts are create-only, and may overlap: any
number of sweeps may make them, and may die over it. The newest entries are in small parts first,
which a large one replaces when there are enough.
"""

import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared import codec, naming
from shared.border.storage import STATE
from shared.jobs.index import Entry, Span
from shared.jobs.wanted import Filter, told

LARGE = 10_000  # entries at least, and twice as many at most
SMALL = 1_000  # the same; fewer are listed as fast
_PREFIX = "index-parts/"
_PLACE = r"\d{14}-[0-9a-f]{16}"
_NAME = re.compile(rf"{_PREFIX}(?P<after>{_PLACE})\.\.(?P<through>{_PLACE})(\.(?P<small>\d+))?")
_ROOM = 7_000  # bytes of metadata; Cloud Storage takes 8 KiB with an object
_APART = "\x1f"  # between labels: JSON has no such character
_DOUBTED = "1"


@dataclass(frozen=True, slots=True)
class Part:
    """A part as a listing shows it, with the words by which most searches pass it over."""

    name: str
    span: Span
    kinds: str | None  # tasks and statuses, a line each; None: they have no room here
    labels: str | None  # the same of its labels

    def may_have(self, wanted: Filter) -> bool:
        """Whether a match is possible, without a request."""
        if self.kinds is not None and not _accepted(self.kinds, wanted):
            return False
        return self.labels is None or _sought(wanted.label) in self.labels

    def places(self, wanted: Filter) -> list[str] | None:
        """The places of the entries that match, newest first, in one request.

        A few may not match. None: it lacks what is to be compared. Raises ValueError if it cannot
        be read.
        """
        columns = _Columns.read(STATE.read(self.name) or b"")
        if not columns.have(wanted):
            return None
        rows = columns.rows(wanted)
        places = columns.text("places").split("\n") if rows else []
        return [places[row] for row in rows]


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of a part says."""

    name: str
    span: Span
    small: int  # entries; 0: it is large

    def is_within(self, other: "Name") -> bool:
        """Whether the other part, of which this is none, has all of its entries."""
        inner, outer = self.span, other.span
        return self != other and outer.after <= inner.after and inner.through <= outer.through


def every() -> Iterator[Part]:
    """Every part, by name; a request per thousand."""
    for each in STATE.listing(_PREFIX):
        if found := _named(each.name):
            texts = (_unpacked(each.metadata.get(name)) for name in ("kinds", "labels"))
            yield Part(each.name, found.span, *texts)


def names(through: str) -> list[Name]:
    """The names of the parts that begin before a place."""
    return [found for each in STATE.names(_PREFIX, _PREFIX + through) if (found := _named(each))]


def delete(name: Name) -> None:
    """Delete a part, of which another one has all entries."""
    STATE.delete(name.name)


def create(span: Span, entries: Sequence[Entry], *, small: bool) -> None:
    """Make the part of all entries of a span; if there is one of that span, it stays."""
    columns = {
        "kinds": [json.dumps([each.task, each.status]) for each in entries],
        "labels": [_APART.join(map(_sought, each.labels)) for each in entries],
        "names": [_sought(each.name) for each in entries],
        "texts": [_sought(told(each)) for each in entries],
        "doubts": [_DOUBTED if each.doubts else "" for each in entries],
        "places": [each.at for each in entries],
    }
    words = _words(columns["kinds"], columns["labels"])
    name = f"{_PREFIX}{span.after}..{span.through}" + (f".{len(entries)}" if small else "")
    STATE.create(name, _Columns.write(columns), "application/octet-stream", words)


def _words(kinds: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """The words of two columns as a listing shows them; none if they have no room."""
    each = {label for line in labels for label in line.split(_APART) if label}
    words = {"kinds": _packed(set(kinds)), "labels": _packed(each)}
    return words if sum(map(len, words.values())) <= _ROOM else {}


def erase(places: Collection[str]) -> int:
    """Empty the rows of the entries at these places in every part; returns how many parts had some.

    One that cannot be read is deleted: a search lists its entries.
    """
    return sum(_erase(part, places) for part in every() if any(map(part.span.covers, places)))


def _erase(part: Part, places: Collection[str]) -> bool:
    stored = STATE.version(part.name)
    if stored is None:
        return False
    try:
        columns = _Columns.read(stored.body)
        rows = {at for at, place in enumerate(columns.lines("places")) if place in places}
        if not rows:
            return False
        texts = {name: columns.without(name, rows) for name in columns.names}
    except ValueError:
        STATE.delete(part.name)
        return True
    body, words = _Columns.write(texts), _words(texts["kinds"], texts["labels"])
    return STATE.swap(part.name, body, stored.generation, words) is not None or _erase(part, places)


def cover(whole: Span, known: Iterable[Span]) -> Iterator[tuple[Span, Span | None]]:
    """A span in stretches, newest first, each with the part's span that covers it, if one does."""
    reached = whole.after
    for each in sorted(known, key=_longest_first):
        if reached < each.after < whole.through:
            yield Span(reached, each.after), None
            reached = each.after
        if each.after < whole.through and reached < each.through:
            end = min(each.through, whole.through)
            yield Span(reached, end), each
            reached = end
    if reached < whole.through:
        yield Span(reached, whole.through), None


def _longest_first(span: Span) -> tuple[str, int]:
    return span.after, -int(span.through.partition("-")[0])


class _Columns:
    """The columns of a part: texts with a line for each entry, compressed one by one."""

    def __init__(self, sizes: dict[str, int], body: bytes) -> None:
        self._sizes, self._body = sizes, body

    @classmethod
    def read(cls, body: bytes) -> "_Columns":
        """The first line has their names and sizes. Raises ValueError."""
        head, _, rest = body.partition(b"\n")
        return cls(codec.decode(head, dict[str, int]), rest)

    @staticmethod
    def write(columns: dict[str, list[str]]) -> bytes:
        packed = {name: zlib.compress(_lines(each)) for name, each in columns.items()}
        sizes = {name: len(each) for name, each in packed.items()}
        return codec.encode(sizes) + b"\n" + b"".join(packed.values())

    def text(self, name: str) -> str:
        """A column as text. Raises ValueError."""
        begin = 0
        for each, size in self._sizes.items():
            if each == name:
                return _inflated(self._body[begin : begin + size])
            begin += size
        raise ValueError(f"the part has no {name}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._sizes)

    def lines(self, name: str) -> list[str]:
        """A column as its lines. Raises ValueError."""
        return self.text(name).split("\n")

    def without(self, name: str, rows: Collection[int]) -> list[str]:
        """A column whose lines of these rows are empty, but for what entries are and where."""
        kept = name in {"kinds", "places"}
        lines = self.lines(name)
        return lines if kept else ["" if at in rows else each for at, each in enumerate(lines)]

    def have(self, wanted: Filter) -> bool:
        """Whether all columns are there that a filter compares."""
        closer = wanted.words or wanted.folder or wanted.doubt
        return not closer or {"texts", "doubts"} <= self._sizes.keys()

    def rows(self, wanted: Filter) -> list[int]:
        """The numbers of the rows that match, and of a few whose folder differs in its case."""
        found = [*self._found(wanted)]
        kinds = self.text("kinds")
        accepted, lines = _accepted(kinds, wanted), kinds.split("\n")
        rows = set.intersection(*found) if found else range(len(lines))
        return sorted(row for row in rows if lines[row] in accepted)

    def _found(self, wanted: Filter) -> Iterator[set[int]]:
        """The rows that match each text of a filter."""
        sought = [("labels", wanted.label), ("names", wanted.name)]
        sought += [("texts", naming.composed(word)) for word in wanted.words]
        for name, text in sought:
            if text:
                yield _having(self.text(name), _sought(text))
        if wanted.folder:
            yield _beginning(self.text("texts"), _sought(naming.composed(wanted.folder)))
        if wanted.doubt:
            yield _having(self.text("doubts"), _DOUBTED)


def _having(text: str, sought: str) -> set[int]:
    """The numbers of the lines that have what is sought."""
    found: set[int] = set()
    row = seen = 0
    while seen >= 0 and (at := text.find(sought, seen)) >= 0:
        row += text.count("\n", seen, at)
        found.add(row)
        seen = text.find("\n", at)
    return found


def _beginning(text: str, sought: str) -> set[int]:
    """The numbers of the lines that begin with what is sought."""
    return {row for row, line in enumerate(text.split("\n")) if line.startswith(sought)}


def _accepted(kinds: str, wanted: Filter) -> set[str]:
    return {line for line in set(kinds.split("\n")) if wanted.takes_kind(*json.loads(line))}


def _sought(text: str) -> str:
    """A text as columns have it and searches seek it: in lower case, and in one line."""
    return json.dumps(text.casefold(), ensure_ascii=False)[1:-1]


def _lines(texts: Iterable[str]) -> bytes:
    return "\n".join(texts).encode()


def _packed(words: set[str]) -> str:
    return b64encode(zlib.compress(_lines(sorted(words)))).decode()


def _unpacked(written: str | None) -> str | None:
    """The words in a part's metadata; None if they are not there or cannot be read."""
    try:
        return None if written is None else _inflated(b64decode(written))
    except ValueError:
        return None


def _inflated(packed: bytes) -> str:
    try:
        return zlib.decompress(packed).decode()
    except zlib.error as error:
        raise ValueError("not compressed text") from error


def _named(name: str) -> Name | None:
    found = _NAME.fullmatch(name)
    return found and Name(name, Span(found["after"], found["through"]), int(found["small"] or 0))
