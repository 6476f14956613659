"""What a record can be compared with: an earlier one, its shadow, its correction, any other."""

import re
from dataclasses import dataclass

from cli.shadow import compared
from shared.corrections import store
from shared.jobs import records
from shared.jobs.record import Found, Record

PREVIOUS, SHADOW, CORRECTION = "previous", "shadow", "correction"
PLACE = re.compile(r"(?:([1-9][0-9]{0,18})/)?([a-z_+]+)(?:-([0-9a-f]{1,12}))?")  # GENERATION/TASK


@dataclass(frozen=True, slots=True)
class Side:
    """One of two answers: where it comes from, in words, and what it found."""

    what: str
    findings: Found


def own(record: Record) -> Side:
    """The answer in a record."""
    return Side(_named(record), record.findings or Found())


def other(record: Record, against: str) -> Side | None:
    """What a record is to be compared with; None if there is none."""
    match against:
        case "previous":
            earlier = _previous(record)
            return own(earlier) if earlier else None
        case "shadow":
            found = compared.answer(record)
            return None if found is None else Side("its shadow", found)
        case "correction":
            newest = store.newest(record.folder)
            return Side("its newest correction", newest.findings) if newest else None
    place = PLACE.fullmatch(against)
    if place is None:
        return None
    generation = int(place[1]) if place[1] else record.photo.generation
    found_there = [
        each
        for each in _of(record, generation)
        if each.task == place[2] and each.id.startswith(place[3] or "") and each.id != record.id
    ]
    return own(found_there[-1]) if found_there else None


def _previous(record: Record) -> Record | None:
    """The newest answer to the same task before a record: of its version, or an earlier one."""
    name, generation = record.photo.name, record.photo.generation
    for version in records.generations(name):
        if version <= generation:
            earlier = [
                each
                for each in _of(record, version)
                if each.task == record.task and each.created < record.created
            ]
            if earlier:
                return earlier[-1]
    return None


def _of(record: Record, generation: int) -> list[Record]:
    """The records of a version that are done, oldest first."""
    found = records.of(record.photo.name, generation)
    return [each for each in found if each.status == "done" and each.id != record.id]


def _named(record: Record) -> str:
    model = record.usage.model if record.usage else str(record.request.get("model", ""))
    when = record.created[:16].replace("T", " ")
    return f"{record.task} by {model}, {when}, version {record.photo.generation}"
