"""The passes of an export over the index: records of the highest precedence first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from shared import tasks
from shared.exports.example import LIMITS
from shared.jobs import index, precedence
from shared.jobs.index import Entry

Newest = Callable[[str], Iterator[Entry]]  # entries after a place in the index


@dataclass(frozen=True, slots=True)
class Place:
    """The progress of an export: the pass, and the place in the index.

    Every pass starts at `begin`, so that newer records are in none. Checkpoints hold it as JSON.
    """

    begin: str
    turn: int
    at: str

    def behind(self, entry: Entry) -> "Place":
        """The place after an entry."""
        return Place(self.begin, pass_of(entry.task), entry.at)


def start() -> Place:
    """The start of an export: the newest record."""
    first = next(index.newest(), None)
    begin = first.at.partition("-")[0] if first else ""
    return Place(begin, 0, begin)


def entries(newest: Newest, place: Place) -> Iterator[Entry]:
    """The remaining entries, pass by pass."""
    for number in range(place.turn, len(_tasks()) + 1):
        for entry in newest(place.at if number == place.turn else place.begin):
            if pass_of(entry.task) == number:
                yield entry


def pass_of(name: str) -> int:
    """The pass of a task: one per task that finds objects, by precedence; the last for the rest."""
    looking, (first, *_) = _tasks(), tasks.parts(name)
    return looking.index(first) if first in looking else len(looking)


@cache
def _tasks() -> tuple[str, ...]:
    return tuple(
        name for name in precedence.in_order() if tasks.find(name).defaults.keys() & LIMITS
    )
