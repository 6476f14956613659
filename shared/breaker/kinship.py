"""Which earlier uploads an upload comes from, by name and bytes; pure.

A turn is one way round a loop: an upload that was read, and another one that came of it. The first
is no sign, as a program may well add a smaller picture to each photo. The second one is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from shared.breaker import mark, names
from shared.breaker.recent import Ended, Records
from shared.model import Job, Origin

Kind = Literal["picture", "version", "name", "copy", "record"]
_DEEPEST = 40  # turns that are followed by name


@dataclass(frozen=True, slots=True)
class Kin:
    """What an upload comes from. `family` is the same for all that do."""

    kind: Kind
    family: str
    turns: int
    last: float = 0.0  # when the latest of those it comes from ended

    @property
    def is_sure(self) -> bool:
        """Whether it does not matter when that was."""
        return self.kind in ("picture", "record")


def of(job: Job, origin: Origin, records: Records) -> Kin | None:
    """What a job's upload comes from, with the most turns; None if it comes from nothing known."""
    found = [kin for kin in _all(job, origin, records) if kin.turns]
    return max(found, key=lambda kin: kin.turns, default=None)


def _all(job: Job, origin: Origin, records: Records) -> Iterator[Kin]:
    name, generation = job.images[0].name, job.images[0].generation
    others = _of_others(job, records.by_name.get((job.task, name), []))
    if origin.via:
        yield Kin("picture", "", origin.via.count(mark.digest(job.recipe)))
    if versions := [each for each in others if each.generation < generation]:
        yield _kin("version", job, name, versions)
    if copies := _of_others(job, records.by_content.get((job.task, origin.content), [])):
        yield _kin("copy", job, origin.content, copies)
    if line := _line(job.task, name, records):
        root = line[-1].name
        yield Kin("name", _family("name", job, root), len(line), line[0].at)
    again = [e for e in records.by_name.get((job.task, name), []) if e.generation == generation]
    if any(each.id != job.key for each in again):
        yield Kin("record", "", 2)


def _of_others(job: Job, found: list[Ended]) -> list[Ended]:
    """Those about another upload."""
    image = job.images[0]
    return [
        each for each in found if (each.name, each.generation) != (image.name, image.generation)
    ]


def _kin(kind: Kind, job: Job, shared: str, found: list[Ended]) -> Kin:
    uploads = {(each.name, each.generation) for each in found}
    return Kin(kind, _family(kind, job, shared), len(uploads), max(each.at for each in found))


def _family(kind: str, job: Job, shared: str) -> str:
    """A digest, as no name of an upload is kept with signs."""
    return sha256(f"{kind}\n{job.task}\n{shared}".encode()).hexdigest()[:16]


def _line(task: str, name: str, records: Records) -> list[Ended]:
    """The uploads that a name was made of one by one, from the nearest on."""
    found = list[Ended]()
    while len(found) < _DEEPEST and (parent := _parent(task, name, records)):
        found.append(parent)
        name = parent.name
    return found


def _parent(task: str, name: str, records: Records) -> Ended | None:
    for stem in names.shorter(names.split(name)[1]):
        known = records.by_stem.get((task, stem), [])
        fit = [
            each for each in known if len(each.name) < len(name) and names.is_of(name, each.name)
        ]
        if fit:
            return max(fit, key=lambda each: each.at)
    return None
