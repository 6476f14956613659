"""A check: what is assumed, where it is written, and what was seen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from trial.cloud.deployment import Deployment

Outcome = Literal["holds", "fails", "not tried"]


class NotTried(Exception):
    """The reason why a check cannot be made here, as a sentence."""


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a check; `seen` begins with a sentence, and goes on with raw messages."""

    outcome: Outcome
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One assumption, and how it is tried. `look` may raise NotTried."""

    id: str
    claim: str
    where: str  # the page that assumes it
    look: Callable[["Deployment"], Found]
