"""The receipt of an upload: its jobs, decided once.

Created before anything is queued, as `intake/{day}/{digest}.json`. A redelivered event, or a sweep,
queues the same jobs even if recipes, prompts or the model have changed since. A receipt lasts as
long as its upload: docs/sweep.md says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from shared import codec, naming
from shared.border.storage import STATE
from shared.messages import events
from shared.model import ImageRef, Job, Upload

_PREFIX = "intake/"
_DIGITS = 32  # hexadecimal, of the digest
_MOMENT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Receipt:
    """The jobs of an upload. `recipe` is the fingerprint of its recipe, "" if it has none."""

    upload: ImageRef
    jobs: tuple[Job, ...]
    recipe: str

    @property
    def tasks(self) -> frozenset[str]:
        """The names of its tasks."""
        return frozenset(job.task for job in self.jobs)

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """The receipt in a state object. Raises ValueError."""
        kept = codec.decode(body, cls)
        for job in kept.jobs:
            events.checked(job)
        return kept


def keep(upload: Upload, jobs: Sequence[Job], recipe: str) -> Receipt:
    """Create the receipt of an upload; returns the one that was kept first."""
    made = Receipt(upload.ref, tuple(jobs), recipe)
    body = codec.encode(made)
    return Receipt.decode(STATE.keep(_name(upload), body, metadata=_shown(made)))


def find(upload: Upload) -> Receipt | None:
    """The receipt that was kept, or None."""
    kept = STATE.read(_name(upload))
    return None if kept is None else Receipt.decode(kept)


def forget(upload: Upload) -> int:
    """Delete the receipt; how many there were.

    Of an upload that is gone only the generation says when it was made: it is a moment earlier.
    """
    moments = (upload.created - _MOMENT, upload.created + _MOMENT)
    names = {_name(replace(upload, created=each)) for each in moments}
    return sum(map(STATE.remove, names))


def _shown(made: Receipt) -> Mapping[str, str]:
    """Metadata for people, and for the sweep of early versions."""
    keys = ",".join(job.key for job in made.jobs)
    return {"keys": keys, "tasks": ",".join(sorted(made.tasks)), "recipe": made.recipe}


def _name(upload: Upload) -> str:
    day = datetime.fromtimestamp(upload.created, UTC).date().isoformat()
    return f"{_PREFIX}{day}/{_digest(upload.ref)}.json"


def _digest(ref: ImageRef) -> str:
    return naming.version(ref)[:_DIGITS]
