"""The turns in which an export takes records: those first that stand for their photos."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from shared import tasks
from shared.exports.example import LIMITS
from shared.jobs import index, precedence
from shared.jobs.index import Entry

Newest = Callable[[str], Iterator[Entry]]  # entries behind a place in the index


@dataclass(frozen=True, slots=True)
class Place:
    """How far an export has come: in which turn, and behind which place in the index.

    Every turn starts at `begin`, so that what ends meanwhile is in none.
    """

    begin: str
    turn: int
    at: str

    def behind(self, entry: Entry) -> "Place":
        """The place once an entry is done with."""
        return Place(self.begin, pass_of(entry.task), entry.at)


def start() -> Place:
    """Where an export starts: with the newest record there is."""
    first = next(index.newest(), None)
    begin = first.at.partition("-")[0] if first else ""
    return Place(begin, 0, begin)


def entries(newest: Newest, place: Place) -> Iterator[Entry]:
    """The entries that are left, turn by turn."""
    for number in range(place.turn, len(_tasks()) + 1):
        for entry in newest(place.at if number == place.turn else place.begin):
            if pass_of(entry.task) == number:
                yield entry


def pass_of(name: str) -> int:
    """A turn for each task that looks for objects, by precedence; the last for all others."""
    looking = _tasks()
    return looking.index(name) if name in looking else len(looking)


@cache
def _tasks() -> tuple[str, ...]:
    return tuple(
        name for name in precedence.in_order() if tasks.find(name).defaults.keys() & LIMITS
    )
