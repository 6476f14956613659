"""Tombstones: versions of uploads that were erased, and of which nothing may be written again.

`erased/{digest}.json` stands before anything is deleted, and it holds no name. Whoever writes
something about a photo looks for it: a worker under its lease and before it pays, ingest once it
has left a receipt. So either they find the tombstone, or the eraser finds what they wrote.

Each job that was erased has a mark of its own, `erased/jobs/{key}`: events are known by it.
"""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared import codec, naming
from shared.border.storage import STATE
from shared.errors import Erased
from shared.model import ImageRef, Job

_PREFIX = "erased/"
_KEY = re.compile(r"[0-9a-f]{64}")  # in the id of an event, such as verdict-{key}
_AT_ONCE = 16  # requests


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of an upload: when it was erased (ISO 8601, UTC), and how much of it there was.

    `final` is when it was looked at for the last time, once that is over.
    """

    began: str
    final: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)  # objects that were deleted, by kind


def now() -> str:
    """The moment, as tombstones have it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def place(ref: ImageRef) -> bool:
    """Place the tombstone of a version; False if it stood before."""
    return STATE.create(_name(ref), codec.encode(Tombstone(now())))


def find(ref: ImageRef) -> Tombstone | None:
    """The tombstone of a version, or None."""
    body = STATE.read(_name(ref))
    return None if body is None else codec.decode(body, Tombstone)


def close(ref: ImageRef, counts: Mapping[str, int]) -> None:
    """Write that nothing of the version is left; of several times, the first counts."""
    stored = STATE.version(_name(ref))
    if stored is None:
        return
    last = codec.decode(stored.body, Tombstone)
    if not last.final:
        body = codec.encode(Tombstone(last.began, now(), dict(counts)))
        STATE.swap(_name(ref), body, stored.generation)


def stands(ref: ImageRef) -> bool:
    """Whether that version was erased."""
    return STATE.exists(_name(ref))


def forbids(job: Job) -> bool:
    """Whether one of the photos that a job is about was erased, or the job file that asks."""
    first, *more = _about(job)
    if not more:
        return stands(first)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return any(pool.map(stands, (first, *more)))


def heed(job: Job) -> None:
    """Raises Erased if a photo of the job was erased."""
    if forbids(job):
        raise Erased("a photo of this job was erased")


def mark(job: str) -> None:
    """Mark the job of that key as erased."""
    STATE.create(_mark(job), b"", "text/plain")


def has_erased(event: str) -> bool:
    """Whether the event of that id is about a job that was erased."""
    key = _KEY.search(event)
    return key is not None and STATE.exists(_mark(key[0]))


def _about(job: Job) -> Iterator[ImageRef]:
    yield from dict.fromkeys(job.images)
    if asked := job.request.get("job_file"):
        yield ImageRef(job.images[0].bucket, asked["name"], int(asked["generation"]))


def _mark(job: str) -> str:
    return f"{_PREFIX}jobs/{job}"


def _name(ref: ImageRef) -> str:
    return f"{_PREFIX}{naming.version(ref)}.json"
