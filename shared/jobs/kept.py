"""The kept answers of a job: the model's own bytes, and how each was paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared import naming
from shared.border.storage import STATE
from shared.model import Job, Tier

_TIER, _FROM = "tier", "reused_from"
PREFIX = "answer-"


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept; its metadata says how it was paid."""

    raw: bytes
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def tier(self) -> Tier:
        """The tier by which it was paid."""
        return "flex" if self.metadata.get(_TIER) == "flex" else "standard"

    @property
    def reused_from(self) -> str:
        """The key of the job that paid for it; "" if it is this one."""
        return self.metadata.get(_FROM, "")


def paid(raw: bytes, tier: Tier, metadata: Mapping[str, str]) -> Kept:
    """An answer that this job has paid for, to be kept."""
    return Kept(raw, {**metadata, **({} if tier == "standard" else {_TIER: tier})})


def reused(raw: bytes, key: str, tier: Tier) -> Kept:
    """A copy of an answer that the job of that key has paid for."""
    return Kept(raw, {_FROM: key, _TIER: tier})


def raw(key: str, turn: str) -> bytes | None:
    """The answer to that question of another job, in one request; None if it is gone."""
    return STATE.read(f"jobs/{key}/{PREFIX}{turn}.json")


def find(job: Job, turn: int) -> Kept | None:
    """The answer to that question of a job, or None."""
    stored = STATE.get(_name(job, turn))
    return Kept(stored.body, stored.metadata) if stored else None


def keep(job: Job, turn: int, answer: Kept) -> Kept:
    """Keep an answer before it is read; returns the one that was kept first."""
    body = STATE.keep(_name(job, turn), answer.raw, metadata=answer.metadata)
    return answer if body == answer.raw else find(job, turn) or Kept(body)


def every(job: Job) -> list[Kept]:
    """The answers to all questions of a job, in order."""
    found = (STATE.get(each.name) for each in STATE.listing(naming.state(job, PREFIX)))
    return [Kept(stored.body, stored.metadata) for stored in found if stored]


def _name(job: Job, turn: int) -> str:
    return naming.state(job, f"{PREFIX}{turn}.json")
