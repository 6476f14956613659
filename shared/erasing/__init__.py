"""Erasure: a photo goes with all that came of it, and nothing brings it back.

A tombstone first (shared/jobs/tombstones.py). Then whoever works on the photo is waited for, at
most until its lease ends; then everything is deleted, store by store (shared/erasing/stores.py).
After half an hour, longer than any function lives, a sweep looks once more and ends the errand: a
process that was stopped in the middle of a write has left nothing behind either.

It may die anywhere, and be run by several processes at once: each step can be repeated.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shared import naming
from shared.border import logs, pubsub
from shared.erasing import errands, stores
from shared.erasing.errands import Doomed, Errand
from shared.erasing.scene import Scene
from shared.jobs import announcements, index, lease, records, tombstones
from shared.jobs.record import Record
from shared.messages.announcement import Announcement
from shared.model import ImageRef, Upload

SETTLED = 1_800.0  # seconds; a function's longest time-out, and time for clocks
_AT_ONCE = 16  # photos


@dataclass(frozen=True, slots=True)
class Erased:
    """What one run did: objects deleted by kind, and the photos that workers still have."""

    counts: Mapping[str, int]
    held: Mapping[ImageRef, float]  # until when at most, in seconds since the epoch


def begin(uploads: Iterable[Upload], *, upload_too: bool = True) -> list[Errand]:
    """Place the tombstones of these versions, and note what is to be done."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda each: _begun(each, upload_too=upload_too), uploads))


def run(
    todo: Sequence[Errand], told: Callable[[int], None] = lambda _: None, *, last: bool = False
) -> Erased:
    """Erase these versions, but for those that a worker has; `told` is called after each.

    What was asked about them in job files is erased, too. `last`: it is the last look, which ends
    the errands.
    """
    refs = {each.ref for each in todo}
    scene = Scene.of(refs)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        files = begin(map(known_by, scene.files(refs)), upload_too=False)
        known = list(pool.map(lambda each: _with_jobs(each, scene), [*todo, *files]))
        held = dict(filter(None, pool.map(_held, known)))
        free = [each for each in known if each.ref not in held]
        free = list(pool.map(_taken_from_index, free))
        counts = Counter(stores.erase_shared(free))
        for number, found in enumerate(pool.map(lambda each: _erased(each, last=last), free), 1):
            counts += found
            told(number)
    return Erased(dict(counts), held)


def _begun(upload: Upload, *, upload_too: bool) -> Errand:
    errand = errands.begin(Errand.of(upload, upload_too=upload_too))
    tombstones.place(upload.ref)
    return errand


def _with_jobs(errand: Errand, scene: Scene) -> Errand:
    """The errand with all jobs that are known by now, each marked as erased."""
    tombstones.place(errand.ref)  # its eraser may have died before
    jobs = tuple(dict.fromkeys((*errand.jobs, *scene.jobs(errand.upload))))
    for job in jobs:
        tombstones.mark(job.key)
    known = replace(errand, jobs=jobs)
    return errands.revise(errand.ref, lambda each: replace(each, jobs=jobs)) or known


def known_by(ref: ImageRef) -> Upload:
    """An upload of which no more is known than its generation: a time in microseconds."""
    return Upload(ref, 0, None, None, ref.generation / 1e6)


def _held(errand: Errand) -> tuple[ImageRef, float] | None:
    """The photo, and until when a worker may have it; None if none has.

    Who has announced a job writes nothing more, and leaves its lease as it is.
    """
    holders = [(job.key, *held) for job in errand.jobs if (held := lease.holder(job.key))]
    ends = [
        until
        for key, owner, until in holders
        if not owner or owner != announcements.announced_by(key)
    ]
    return (errand.ref, max(ends)) if ends else None


def _taken_from_index(errand: Errand) -> Errand:
    """The errand with the places of its entries in the index, which are bare from now on."""
    found = [each for job in errand.jobs if (each := _record(job))]
    places = tuple(dict.fromkeys((*errand.places, *map(index.erase, found))))
    known = replace(errand, places=places)
    return errands.revise(errand.ref, lambda each: replace(each, places=places)) or known


def _record(job: Doomed) -> Record | None:
    found = records.attempt(job.folder)
    return found if isinstance(found, Record) and found.id == job.key else None


def _erased(errand: Errand, *, last: bool) -> Counter[str]:
    counts = Counter(stores.erase(errand))
    if errand.upload_too and stores.has_upload(errand.ref):
        return counts  # by who may not delete it: the operator runs the command again
    if last:
        tombstones.close(errand.ref, counts)
        errands.end(errand.ref)
    elif not errand.erased:
        _announce(errand)
        errands.revise(errand.ref, lambda each: replace(each, erased=each.erased or time.time()))
    return counts


def _announce(errand: Errand) -> None:
    """Announce that a photo was erased, by a digest of its name; several times have one id."""
    ref, now = errand.ref, datetime.now(UTC)
    digest = naming.version(ref)
    data = {"digest": digest, "generation": ref.generation, "jobs": [j.key for j in errand.jobs]}
    event = Announcement.alarm(f"erased-{digest}", "upload.v1.erased", digest, data, now)
    pubsub.announce(*event.message())
    logs.log("erased", digest=digest, jobs=len(errand.jobs))
