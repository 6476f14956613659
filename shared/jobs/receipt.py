"""The receipt of an upload: the jobs it came to when it was taken in, whatever is asked since.

Kept once, before anything is queued, as `intake/{day}/{digest}.json`. So an event that comes again,
or a sweep, queues the very same jobs, though recipes, prompts or the model have changed meanwhile.
A receipt lasts as long as its upload: docs/sweep.md says why.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from shared.border import storage
from shared.messages import events
from shared.model import ImageRef, Job, Upload

_PREFIX = "intake/"
_DIGITS = 32  # hexadecimal, of the digest
_DIGEST = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")
_KEYS = re.compile(r"([0-9a-f]{64}(,[0-9a-f]{64})*)?")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an upload came to. `recipe` is the fingerprint of the one that took it, "" of none."""

    jobs: tuple[Job, ...]
    recipe: str

    @property
    def tasks(self) -> frozenset[str]:
        """What is asked."""
        return frozenset(job.task for job in self.jobs)

    def encode(self, ref: ImageRef) -> bytes:
        """The receipt of that upload as it is kept."""
        about = {"upload": asdict(ref), "recipe": self.recipe}
        return json.dumps({**about, "jobs": [asdict(job) for job in self.jobs]}).encode()

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """The same back. Raises BadEvent, KeyError, TypeError or ValueError if it is none."""
        kept = json.loads(body)
        jobs = tuple(events.decode_job(json.dumps(each).encode()) for each in kept["jobs"])
        return cls(jobs, str(kept["recipe"]))


@dataclass(frozen=True, slots=True)
class Glance:
    """What a listing shows of a receipt."""

    number: int  # of the upload
    keys: tuple[str, ...]
    tasks: str  # with commas between them
    recipe: str


def keep(upload: Upload, jobs: Sequence[Job], recipe: str) -> Receipt:
    """The receipt of an upload: this one if there was none, else the one that was kept."""
    made = Receipt(tuple(jobs), recipe)
    body = made.encode(upload.ref)
    return Receipt.decode(storage.keep(_name(upload), body, metadata=_shown(made)))


def find(upload: Upload) -> Receipt | None:
    """The receipt that was kept, or None."""
    kept = storage.state(_name(upload))
    return Receipt.decode(kept.body) if kept else None


def of_day(day: str) -> Iterator[Glance]:
    """The receipts of the uploads that were made on a day ("2026-12-31", UTC)."""
    for name, shown in storage.marks(f"{_PREFIX}{day}/", after=""):
        digest = name.rpartition("/")[2].removesuffix(".json")
        if _DIGEST.fullmatch(digest) and _KEYS.fullmatch(shown.get("keys", "none")):
            keys = tuple(filter(None, shown["keys"].split(",")))
            yield Glance(int(digest, 16), keys, shown.get("tasks", ""), shown.get("recipe", ""))


def number(ref: ImageRef) -> int:
    """The number that the listing has for an upload."""
    return int(_digest(ref), 16)


def _shown(made: Receipt) -> Mapping[str, str]:
    keys = ",".join(job.key for job in made.jobs)
    return {"keys": keys, "tasks": ",".join(sorted(made.tasks)), "recipe": made.recipe}


def _name(upload: Upload) -> str:
    day = datetime.fromtimestamp(upload.created, UTC).date().isoformat()
    return f"{_PREFIX}{day}/{_digest(upload.ref)}.json"


def _digest(ref: ImageRef) -> str:
    return sha256(f"{ref.bucket}/{ref.name}#{ref.generation}".encode()).hexdigest()[:_DIGITS]
