"""The stores of what is known of a photo, and how each is erased.

FOLDERS and KEPT have every folder of the state bucket: a test fails for one that is in neither.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256

from shared import codec, naming, settings
from shared.backfill import plan
from shared.border import uploads
from shared.border.gemini import client
from shared.border.storage import COPIES, RESULTS, STATE, Listed, Objects
from shared.erasing.errands import Errand
from shared.errors import DeliverAgain, Unpaid
from shared.intake import resolved_job
from shared.jobs import parts, receipt, sent
from shared.jobs.records import FILE
from shared.model import ImageRef
from shared.webhooks import store as webhooks

_AT_ONCE = 100  # the most that Cloud Storage takes in one request of many

# The folders of the state bucket that have something of a photo, each with the kind of its eraser.
FOLDERS: Mapping[str, str] = {
    "files": "pictures",
    "index": "index",
    "index-late": "index",
    "index-parts": "index",
    "intake": "receipts",
    "job-files": "receipts",
    "jobs": "answers",
    "leases": "leases",
    "pictures": "pictures",
    "plans": "plans",
    "submissions": "submissions",
    "views": "views",
    "webhooks": "webhooks",
}
KEPT: Mapping[str, str] = {
    "announced": "a digest: the mark that a job was announced",
    "answers-by-content": "a digest, and the key of a job",
    "brakes": "what an operator wrote",
    "budget": "sums",
    "erased": "the tombstones themselves: digests",
    "erasures": "the errand under way, which ends with the last look",
    "pauses-ended": "what an operator wrote; the name of a folder",
    "poison": "what was no job, for 30 days",
    "running": "ids of backfills",
    "shadows": "what a shadow cost: a digest",
    "signs": "digests; of floods, the names of folders, for a day",
    "spend": "sums; of a photo by a digest",
    "sweep": "where a sweep stopped: the next one forgets the name",
    "throttle": "names of models",
}


def has_upload(ref: ImageRef) -> bool:
    """Whether that version is still in the bucket of uploads."""
    return uploads.find(ref.bucket, ref.name, ref.generation) is not None


def erase_shared(todo: Sequence[Errand]) -> dict[str, int]:
    """Erase what many photos lie in together, once their entries of the index are bare.

    Returns how many objects, or lines of plans, by kind.
    """
    places = {place for each in todo for place in each.places}
    names = {each.ref.name for each in todo if not each.token}
    return {
        "index": len(places) + (parts.erase(places) if places else 0),
        "plans": plan.erase({each.ref for each in todo}),
        "submissions": _submitted(names) if names else 0,
    }


def erase(errand: Errand) -> dict[str, int]:
    """Erase one version of an upload from every other store; returns how many objects, by kind.

    Leases and receipts go last: whoever goes on after a crash finds the rest by them.
    """
    return {kind: eraser(errand) for kind, eraser in _ERASERS.items()}


def _webhooks(errand: Errand) -> int:
    ids = [each for job in errand.jobs for each in webhooks.about(job.key)]
    return sum(map(webhooks.erase, ids))


def _pictures(errand: Errand) -> int:
    """The pictures that went to the model by reference.

    A file of the Files API that cannot be deleted from here, as without a key, expires in two days.
    """
    return sum(_picture(digest) for job in errand.jobs for digest in sent.by(job.key))


def _picture(digest: str) -> int:
    if (body := STATE.read(sent.file(digest))) is not None:
        with suppress(DeliverAgain, Unpaid, ValueError):
            client.delete(codec.decode(body, client.File).name)
    return STATE.remove(sent.file(digest)) + STATE.remove(sent.picture(digest))


def _answers(errand: Errand) -> int:
    return sum(_gone(STATE, [*STATE.listing(f"jobs/{job.key}/")]) for job in errand.jobs)


def _results(errand: Errand) -> int:
    """Everything in the folders of its results, the records last."""
    folders = dict.fromkeys(job.folder for job in errand.jobs)
    return sum(
        _gone(RESULTS, sorted(RESULTS.within(folder), key=lambda each: each.name == folder + FILE))
        for folder in folders
    )


def _copies(errand: Errand) -> int:
    if not settings.current().has("COPIES_BUCKET"):
        return 0
    return _gone(COPIES, [*COPIES.within(naming.copies(errand.ref))])


def _views(errand: Errand) -> int:
    return _gone(STATE, [*STATE.listing(f"views/{naming.version(errand.ref)}/")])


def _submissions(errand: Errand) -> int:
    ends = ("", ".lease") if errand.token else ()
    return sum(STATE.remove(f"submissions/{errand.token}{end}.json") for end in ends)


def _leases(errand: Errand) -> int:
    return sum(STATE.remove(naming.lease(job.key)) for job in errand.jobs)


def _receipts(errand: Errand) -> int:
    return receipt.forget(errand.upload) + resolved_job.forget(errand.ref)


def _submitted(names: Collection[str]) -> int:
    """The submissions that brought photos of these names."""
    digests = {sha256(name.encode()).hexdigest() for name in names}
    listed = STATE.listing("submissions/")
    return _gone(STATE, [each for each in listed if each.metadata.get("name") in digests])


def _gone(bucket: Objects, found: Sequence[Listed]) -> int:
    """Delete objects, in order; returns how many."""
    for start in range(0, len(found), _AT_ONCE):
        bucket.delete_all(found[start : start + _AT_ONCE])
    return len(found)


_ERASERS: Mapping[str, Callable[[Errand], int]] = {
    "webhooks": _webhooks,
    "pictures": _pictures,
    "answers": _answers,
    "results": _results,
    "copies": _copies,
    "views": _views,
    "submissions": _submissions,
    "leases": _leases,
    "receipts": _receipts,
}
