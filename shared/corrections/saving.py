"""Takes a correction: checks it, writes it beside the record, and announces it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shared import codec
from shared.answers import label
from shared.border import logs, uploads
from shared.corrections import announcing, objects, store, words
from shared.corrections.correction import (
    Author,
    Base,
    Changes,
    Correction,
    Original,
    Refused,
    Superseded,
)
from shared.jobs import records
from shared.jobs.record import Found, Object
from shared.model import ImageRef

_LONGEST_NAME = 200  # characters of who corrects


@dataclass(frozen=True, slots=True)
class Saved:
    """The correction that counts now; not `new`: it was there with the same findings."""

    correction: Correction
    new: bool


@dataclass(frozen=True, slots=True)
class State:
    """A record and its corrections, oldest first."""

    original: Original
    corrections: tuple[Correction, ...]

    @classmethod
    def of(cls, original: Original) -> "State":
        """As it is in the results bucket now. Raises Refused if a correction cannot be read."""
        try:
            found = store.every(original.record.folder)
        except ValueError as why:
            raise Refused("another version of Darkroom wrote one of its corrections") from why
        return cls(original, tuple(each for each in found if each.is_of(original.record)))

    @property
    def number(self) -> int:
        """The number of the newest correction; 0 if there is none."""
        return self.corrections[-1].number if self.corrections else 0

    @property
    def last(self) -> Found:
        """The findings that count."""
        return self.corrections[-1].findings if self.corrections else self.original.found

    @property
    def known(self) -> Mapping[int, list[Object]]:
        """By index, what an object was: the newest first."""
        found: dict[int, list[Object]] = {}
        for each in (*[one.findings for one in reversed(self.corrections)], self.original.found):
            for thing in each.objects:
                found.setdefault(thing.index, []).append(thing)
        return found

    def checked(self, given: Found) -> tuple[Found, Changes]:
        """The findings as they are kept, and how they differ. Raises Refused."""
        record, model = self.original.record, self.original.found
        faults = list[str]()
        try:
            things = objects.checked(given.objects, self.known, self.original.size)
        except Refused as why:
            faults, things = [*why.faults], ()
        reader = words.Words(model, self.last, record.task, record.request)
        found = reader.checked(given, things)
        if faults or reader.faults:
            raise Refused(*faults, *reader.faults)
        changes = objects.compared(model.objects, found.objects)
        return found, replace(changes, words=words.changed(model, found))


def save(state: State, given: Found, author: Author, after: int) -> Saved:
    """Keep a correction of what was seen as `after`, and announce it.

    It is announced again if it is there already, with the same id: whoever is told that it is
    saved can rely on its event. Raises Refused, and Superseded if there is a newer correction.
    """
    author = replace(author, who=_person(author.who))
    check_current(state.original)
    found, changes = state.checked(given)
    last = state.corrections[-1] if state.corrections else None
    if last and last.findings == found:
        announcing.announce(last)
        return Saved(last, new=False)
    if state.number != after:
        raise Superseded(_newer(state.corrections[-1]) if last else "its correction is gone")
    made = _made(state, found, changes, author)
    if not store.create(made):
        return save(State.of(state.original), given, author, after)
    announcing.announce(made)
    logs.log("correction", job=made.record.id, task=made.task, tool=author.tool, **_counts(changes))
    return Saved(made, new=True)


def check_current(original: Original) -> None:
    """Raise Superseded unless the record is of the newest version of the upload."""
    photo = original.record.photo
    live = uploads.find(photo.bucket, photo.name)
    newest = live.generation if live else max(records.generations(photo.name), default=0)
    if newest > photo.generation:
        raise Superseded(
            f"{photo.name} was uploaded again since: this is a correction of version "
            f"{photo.generation}, and the newest one is {newest}"
        )


def _made(state: State, found: Found, changes: Changes, author: Author) -> Correction:
    record, photo = state.original.record, state.original.record.photo
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Correction(
        number=state.number + 1,
        record=Base(record.id, record.created, state.original.sha256),
        folder=record.folder,
        task=record.task,
        image=ImageRef(photo.bucket, photo.name, photo.generation),
        author=author,
        created=now,
        changes=changes,
        next_index=1 + max({*state.known, *(each.index for each in found.objects)}, default=-1),
        findings=found,
    )


def _person(who: str) -> str:
    clean = " ".join(label.clean(who).split())
    if not 0 < len(clean) <= _LONGEST_NAME:
        raise Refused(f"who corrects must be said, in 1 to {_LONGEST_NAME} characters")
    return clean


def _newer(last: Correction) -> str:
    return f"{last.author.who} corrected it meanwhile, at {last.created}"


def _counts(changes: Changes) -> dict[str, int]:
    counts: dict[str, int] = codec.plain(changes)
    return counts
