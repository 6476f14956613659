"""Why a job waits: a word from a closed list, and a sentence for people.

A lease shows it in its metadata, so that one listing says it of every job that was begun.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast, get_args

from shared.errors import DeliverAgain, Hopeless, Throttled, Unpaid, WaitCause

_LONGEST = 400  # characters of a sentence


@dataclass(frozen=True, slots=True)
class Cause:
    """What kept the last delivery of a job from ending it."""

    kind: WaitCause
    sentence: str  # without a full stop
    until: float | None = None  # seconds since the epoch, if it is known when it ends

    @classmethod
    def of(cls, error: BaseException) -> Self | None:
        """The cause that an error is; None if it ends the job, or only the process."""
        if isinstance(error, Hopeless) or not isinstance(error, Exception):
            return None
        until = error.until if isinstance(error, Throttled) else None
        if isinstance(error, (DeliverAgain, Unpaid)):
            said = str(error)
            return cls(error.cause, said[:1].upper() + said[1:_LONGEST], until)
        return cls("fault", f"A worker failed over it ({type(error).__name__}); its log says more")

    @classmethod
    def shown(cls, metadata: Mapping[str, str]) -> Self | None:
        """The cause in the metadata of a lease; None if there is none, or one we do not know."""
        kind, until = metadata.get("cause"), metadata.get("until", "")
        if kind not in get_args(WaitCause):
            return None
        try:
            moment = float(until) if until else None
        except ValueError:
            moment = None
        return cls(cast("WaitCause", kind), metadata.get("sentence", ""), moment)

    def metadata(self) -> dict[str, str]:
        """The same for the metadata of a lease."""
        until = {} if self.until is None else {"until": str(self.until)}
        return {"cause": self.kind, "sentence": self.sentence, **until}
