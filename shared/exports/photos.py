"""What all formats of photos and their objects have in common."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from shared.exports import example
from shared.exports.example import Example, Thing
from shared.exports.format import Copy, Ending, Joined, Line, Lines, PhotoFormat, Piece
from shared.exports.tally import Tally
from shared.exports.text import as_json
from shared.jobs.record import Record
from shared.model import CANNOT, Box

Images = Literal["copy", "link", "none"]
SEEN = "seen"  # the part that holds the numbers of the photos


@dataclass(frozen=True, slots=True)
class Photos:
    """Every photo once, by its first record, with the objects of the wanted labels.

    `folder` is where readers of the format look for pictures.
    """

    format: PhotoFormat
    tally: Tally
    images: Images
    folder: str

    def add(self, record: Record, /) -> Iterator[Piece]:
        """The pieces of one more record; none if it is not about objects."""
        found = example.of(record)
        if found is None:
            self.tally.counts["not_objects"] += 1
        elif found.photo.number in self.tally.seen:
            self.tally.counts["others"] += 1
        elif _could_not_look(record) and not any(map(self._listed, found.things)):
            self.tally.counts["not_looked_for"] += 1
        else:
            yield from self._add(self._wanted(found))

    def ending(self) -> Iterator[Ending]:
        """The files to write at the end."""
        yield from self.format.ending()
        if self.images == "link":
            yield Joined("images.jsonl", (Lines("images"),))

    def _add(self, found: Example) -> Iterator[Piece]:
        photo = found.photo
        self.tally.seen.add(photo.number)
        self.tally.counts["photos"] += 1
        self.tally.counts["corrected"] += bool(found.correction)
        self.tally.counts["objects"] += len(found.things)
        yield Line(SEEN, f"{photo.number:x}")
        yield from self.format.add(found)
        if self.images == "copy":
            yield Copy(f"{self.folder}/{photo.file}", photo)
        elif self.images == "link":
            link = {"file": photo.file, "url": photo.url, "generation": photo.generation}
            yield Line("images", as_json(link))

    def _wanted(self, found: Example) -> Example:
        things = tuple(filter(self._listed, found.things))
        self.tally.counts["unlisted"] += len(found.things) - len(things)
        return replace(found, things=things)

    def _listed(self, thing: Thing) -> bool:
        return not self.tally.fixed or thing.label in self.tally.fixed


def _could_not_look(record: Record) -> bool:
    """Whether the model says that it could not look for objects."""
    return record.leading is not None and any(
        each.code == CANNOT for each in record.leading.problems
    )


def boxed(found: Example, tally: Tally) -> list[tuple[Thing, Box]]:
    """The objects that have a box, with their boxes; the others are points, and are counted."""
    boxes = [(thing, box) for thing in found.things if (box := thing.box)]
    tally.counts["points"] += len(found.things) - len(boxes)
    return boxes
