"""What is kept of shadows: each answer with its job's state, and a note a day that leads to it.

A note is an empty object, `shadows/{day}/{key}.json`, whose metadata says what became of a shadow,
what it cost and how long it took. It has nothing of the photo but the digest that is the job's key.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from shared import codec, naming
from shared.border.storage import STATE
from shared.jobs.kept import Kept
from shared.model import Job

ASKED = "asked"  # the outcome of a shadow that has an answer
_PREFIX = "shadows/"
_ANSWER = "shadow-answer.json"
_SHOWN = "note"

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Note:
    """What became of a job's shadow.

    `outcome` is "asked", or a cause of shared/errors.py: why there is no answer. `own_usd` and
    `own_seconds` are of the job's own answer. USD is None if no price is known.
    """

    key: str
    day: str  # UTC
    recipe: str
    model: str
    outcome: str
    usd: float | None = None
    seconds: float | None = None
    own_model: str = ""
    own_usd: float | None = None
    own_seconds: float | None = None

    def write(self) -> None:
        """Write the note, unless the job has one of that day."""
        shown = {_SHOWN: codec.encode(self).decode()}
        STATE.create(f"{_PREFIX}{self.day}/{self.key}.json", b"", "text/plain", shown)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a shadow, as the model gave it, and the folder of its job's record."""

    raw: bytes
    folder: str

    @classmethod
    def find(cls, key: str) -> Self | None:
        """The answer of that job's shadow; None if there is none, or none any more."""
        stored = STATE.get(f"jobs/{key}/{_ANSWER}")
        return cls(stored.body, stored.metadata.get("folder", "")) if stored else None


def keep(job: Job, answer: Kept) -> None:
    """Keep the answer of a job's shadow; one that was kept before stays."""
    shown = {**answer.metadata, "folder": naming.folder(job)}
    STATE.keep(naming.state(job, _ANSWER), answer.raw, metadata=shown)


def today() -> str:
    """The current day, UTC, as notes have it."""
    return datetime.now(UTC).date().isoformat()


def notes(since: str) -> Iterator[Note]:
    """The notes of a day and of those after it, by the day; one that cannot be read is logged."""
    for each in STATE.listing(_PREFIX, after=f"{_PREFIX}{since}"):
        try:
            yield codec.decode(each.metadata.get(_SHOWN, ""), Note)
        except ValueError as why:
            log.warning("cannot read %s: %s", each.name, why)
