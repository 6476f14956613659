"""The records: one per job, created once; found by the job or by the upload."""

import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from shared import codec, naming
from shared.border.storage import RESULTS
from shared.jobs.record import Record
from shared.model import Job, Result

FILE = "result.json"
_AT_ONCE = 8
_MOST = 100  # versions
_TASK = re.compile(r"[\w+]+-[0-9a-f]{12}/", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,18}/")

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of a record in the results bucket, ending in a slash."""

    folder: str

    @property
    def task(self) -> str:
        """The task in the folder's name."""
        return self.folder.split("/")[-2].rpartition("-")[0]

    @property
    def id(self) -> str:
        """The beginning of the id, which is in the folder's name."""
        return self.folder.split("/")[-2].rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Unreadable(Place):
    """A record that this version cannot read."""

    why: ValueError


@dataclass(frozen=True, slots=True)
class Committed:
    """The record of a job; `new` if this process has just created it."""

    record: Record
    new: bool


def find(job: Job) -> Record | None:
    """The record of a job, or None while the job has not ended."""
    return in_folder(naming.folder(job))


def exists(job: Job) -> bool:
    """Whether the job has a record."""
    return RESULTS.exists(naming.folder(job) + FILE)


def commit(result: Result) -> Committed:
    """Create the record unless there is one, and return the stored one.

    Write every file that the record names first: a reader finds all of them, or no record.
    """
    name = naming.folder(result.job) + FILE
    record = Record.of(result)
    if RESULTS.create(name, codec.encode(record, indent=1), metadata=_shown(record)):
        return Committed(record, new=True)
    found = find(result.job)
    if found is None:
        raise FileNotFoundError(f"{name} was written and then deleted")
    return Committed(found, new=False)


def _shown(record: Record) -> dict[str, str]:
    """What listings show of a record."""
    usage = record.usage
    return {
        "status": record.status,
        "reason": record.reason.code if record.reason else "",
        "paid_calls": str(usage.paid_calls if usage else 0),
    }


def in_folder(folder: str) -> Record | None:
    """The record in a folder of the results bucket, or None."""
    body = RESULTS.read(folder + FILE)
    return None if body is None else decode(body)


def attempt(folder: str) -> Record | Unreadable | None:
    """The record in a folder; one that cannot be read is logged."""
    try:
        return in_folder(folder)
    except ValueError as why:
        log.warning("cannot read the record in %s: %s", folder, why)
        return Unreadable(folder, why)


def decode(body: bytes) -> Record:
    """The record in a result.json. Raises ValueError."""
    return codec.decode(body, Record)


def generations(name: str) -> list[int]:
    """The versions of an upload that have records, newest first, at most a hundred.

    Other uploads may lie in a folder of this name, with numbers as names.
    """
    found = {
        int(version[:-1])
        for root in naming.roots(name)
        for version in _under(f"{root}/", first="1", end=":")  # numbers
        if _VERSION.fullmatch(version)
    }
    versions = sorted(found, reverse=True)[:_MOST]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        real = pool.map(lambda version: any(_seen(name, version)), versions)
        return [version for version, is_real in zip(versions, real, strict=True) if is_real]


def of(name: str, generation: int) -> list[Record]:
    """The records of one version, oldest first. Raises ValueError if one cannot be read."""
    found, unreadable = every(name, generation)
    for each in unreadable:
        raise each.why
    return found


def every(name: str, generation: int) -> tuple[list[Record], list[Unreadable]]:
    """The records of one version, oldest first; and those that cannot be read."""
    seen = [*_seen(name, generation)]
    found = [each for each in seen if isinstance(each, Record)]
    unreadable = [each for each in seen if isinstance(each, Unreadable)]
    return sorted(found, key=lambda record: record.created), unreadable


def places(name: str, generation: int) -> list[Place]:
    """Where the records of one version are, and perhaps those of others that look the same."""
    return [*map(Place, _folders(name, generation))]


def _seen(name: str, generation: int) -> Iterator[Record | Unreadable]:
    """The records of this upload only: folders of other uploads may look the same."""
    for folder in _folders(name, generation):
        found = attempt(folder)
        if isinstance(found, Record):
            photo = found.photo
            if (photo.name, photo.generation) != (name, generation):
                continue
        if found:
            yield found


def _folders(name: str, generation: int) -> Iterator[str]:
    for root in naming.roots(name):
        for task in _under(f"{root}/{generation}/"):
            if _TASK.fullmatch(task):
                yield f"{root}/{generation}/{task}"


def _under(prefix: str, first: str = "", end: str = "") -> Iterator[str]:
    return (folder.removeprefix(prefix) for folder in RESULTS.folders(prefix, first, end))
