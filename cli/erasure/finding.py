"""The versions of uploads that an erasure is about."""

from collections.abc import Iterator
from dataclasses import dataclass

from cli import uploads as named
from shared import erasing, naming, settings
from shared.border import uploads
from shared.border.storage import STATE
from shared.erasing.scene import Scene
from shared.jobs import index, records
from shared.model import ImageRef, Upload


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for: names, or all uploads that match the rest."""

    names: tuple[str, ...]
    prefix: str = ""
    metadata: tuple[str, str] | None = None  # a key of the upload's own metadata, and its value


@dataclass(frozen=True, slots=True)
class Found:
    """Versions that will be erased, with the job files that ask about them."""

    uploads: tuple[Upload, ...]
    job_files: tuple[Upload, ...]
    jobs: int

    @property
    def every(self) -> tuple[Upload, ...]:
        """All that is erased."""
        return (*self.uploads, *self.job_files)


def find(wanted: Wanted) -> Found:
    """What is stored of the wanted photos: versions that exist, and versions that left something.

    Of a photo that is gone only its name leads to what it left, not its metadata.
    """
    chosen = _named(wanted.names) if wanted.names else _matching(wanted)
    found = {each.ref: each for each in chosen}
    scene = Scene.of(found.keys())
    files = {ref: _described(ref) for ref in scene.files(found.keys())}
    keys = {job.key for each in found.values() for job in scene.jobs(each)}
    return Found(tuple(found.values()), tuple(files.values()), len(keys))


def _named(names: tuple[str, ...]) -> Iterator[Upload]:
    leased = {*_leased()}
    for text in names:
        typed, version = named.place(text)
        for name in naming.spellings(typed):
            stored = {each.ref.generation: each for each in uploads.versions(name=name)}
            left = {*records.generations(name), *(each for of, each in leased if of == name)}
            for generation in sorted({*stored, *left}):
                if version in (None, generation):
                    yield stored.get(generation) or _gone((name, generation))


def _matching(wanted: Wanted) -> Iterator[Upload]:
    for each in uploads.versions(wanted.prefix):
        if wanted.metadata is None or wanted.metadata in each.metadata.items():
            yield each
    if wanted.metadata is None:
        left = {(entry.name, entry.generation) for entry in index.newest(prefix=wanted.prefix)}
        left |= {(name, of) for name, of in _leased() if name.startswith(wanted.prefix)}
        yield from map(_gone, left)


def _leased() -> Iterator[tuple[str, int]]:
    """The photos of all jobs that have a lease."""
    for each in STATE.listing(naming.LEASES):
        number = each.metadata.get("generation", "")
        if number.isdecimal():
            yield each.metadata.get("name", ""), int(number)


def _gone(version: tuple[str, int]) -> Upload:
    name, generation = version
    return _described(ImageRef(settings.current().uploads_bucket, name, generation))


def _described(ref: ImageRef) -> Upload:
    """The upload as it is stored; as far as its generation says, if it is gone."""
    there = uploads.look_up(ref.bucket, ref.name, ref.generation)
    return there or erasing.known_by(ref)
