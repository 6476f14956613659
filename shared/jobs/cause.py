"""Why a job waits: a word from a closed list, and a sentence for people.

A lease has it in its metadata: one listing shows the cause of every job that was begun.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast, get_args

from shared.errors import BudgetReached, DeliverAgain, Hopeless, Throttled, Unpaid, WaitCause

PATIENT: frozenset[WaitCause] = frozenset({"throttled", "quota", "budget"})  # nothing is wrong
ASIDE: frozenset[WaitCause] = frozenset({"paused", "budget"})  # no message waits in the queue
LONGEST = 400  # characters of a sentence


@dataclass(frozen=True, slots=True)
class Cause:
    """What kept the last delivery from ending a job."""

    kind: WaitCause
    sentence: str  # without a full stop
    until: float | None = None  # seconds since the epoch, if known
    limit: str = ""  # the name of the budget's limit, if that is why

    @classmethod
    def of(cls, error: BaseException) -> Self | None:
        """The cause for an error; None if the error ends the job, or the process."""
        if isinstance(error, Hopeless) or not isinstance(error, Exception):
            return None
        until = error.until if isinstance(error, Throttled) else None
        if isinstance(error, (DeliverAgain, Unpaid)):
            text = str(error)
            limit = error.limit if isinstance(error, BudgetReached) else ""
            return cls(error.cause, text[:1].upper() + text[1:LONGEST], until, limit)
        return cls("fault", f"A worker failed over it ({type(error).__name__}); its log says more")

    @classmethod
    def shown(cls, metadata: Mapping[str, str]) -> Self | None:
        """The cause in the metadata of a lease; None if there is none, or an unknown one."""
        kind, until = metadata.get("cause"), metadata.get("until", "")
        if kind not in get_args(WaitCause):
            return None
        try:
            moment = float(until) if until else None
        except ValueError:
            moment = None
        sentence, limit = metadata.get("sentence", ""), metadata.get("limit", "")
        return cls(cast("WaitCause", kind), sentence, moment, limit)

    def metadata(self) -> dict[str, str]:
        """The cause as metadata of a lease."""
        until = {} if self.until is None else {"until": str(self.until)}
        limit = {"limit": self.limit} if self.limit else {}
        return {"cause": self.kind, "sentence": self.sentence, **until, **limit}
