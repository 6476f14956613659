"""A delivery: one event on its way to one endpoint, and every attempt at it. Pure."""

from dataclasses import dataclass, replace
from typing import Literal, Self
from uuid import uuid4

from shared import codec
from shared.errors import BadEvent
from shared.webhooks.backoff import WAITS, wait

Status = Literal["pending", "delivered", "dead"]
Reason = Literal[
    "exhausted",  # no attempt of the schedule is left
    "gone",  # the endpoint answered 410: it wants no more events
    "disabled",  # the endpoint was disabled when the attempt was due
    "removed",  # webhooks.toml has no such endpoint any more
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one attempt. Times are seconds since the epoch."""

    at: float
    ms: int = 0  # until the answer was there, or was given up
    code: int | None = None  # of the answer; None: there was none, and why is in `error`
    error: str | None = None
    answer: str = ""  # how its body begins, escaped
    patience: float = 0.0  # seconds until the next attempt, at least

    @property
    def taken(self) -> bool:
        """Whether the endpoint has the event: any 2xx. A redirect is not followed, and so fails."""
        return self.code is not None and 200 <= self.code <= 299

    @property
    def gone(self) -> bool:
        """Whether the endpoint wants no more events."""
        return self.code == 410


@dataclass(frozen=True, slots=True)
class Attempt:
    """A line of a delivery's log."""

    round: int
    number: int
    outcome: Outcome
    next: float | None  # when the next attempt is due, seconds since the epoch; None: never


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where an event stands on its way to an endpoint.

    While it is pending, `round` and `number` are the attempt that comes next and `due` its time. A
    round is once through the schedule; replaying begins another.
    """

    endpoint: str
    event: str  # its id
    due: float
    round: int = 0
    number: int = 0
    status: Status = "pending"
    reason: str | None = None  # why it is dead
    attempts: tuple[Attempt, ...] = ()

    def after(self, outcome: Outcome) -> Self:
        """The delivery after the attempt that was next."""
        if outcome.taken:
            return self._ended("delivered", None, self._log(outcome, None))
        if outcome.gone:
            return self._ended("dead", "gone", self._log(outcome, None))
        number = self.number + 1
        if number == len(WAITS):
            return self._ended("dead", "exhausted", self._log(outcome, None))
        lot = f"{self.endpoint}/{self.event}/{self.round}"
        due = outcome.at + outcome.ms / 1000 + wait(number, lot, outcome.patience)
        return replace(self, number=number, due=due, attempts=self._log(outcome, due))

    def given_up(self, reason: Reason) -> Self:
        """The delivery, dead without another attempt."""
        return self._ended("dead", reason, self.attempts)

    def again(self, now: float) -> Self:
        """The delivery at the start of a new round."""
        return replace(self, due=now, round=self.round + 1, number=0, status="pending", reason=None)

    def encode(self) -> bytes:
        """The delivery as JSON, with a unique `write`, so that no two writers write the same."""
        return codec.encode({**codec.plain(self), "write": uuid4().hex})

    def shown(self) -> dict[str, str]:
        """Metadata for listings: its status, and when its next attempt is due."""
        return {"status": self.status, "due": f"{self.due:.3f}"}

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """The delivery in a body made by `encode`. Raises BadEvent.

        Unknown members are dropped: a later version may have written them before a rollback.
        """
        try:
            return codec.decode(body, cls)
        except ValueError as error:
            raise BadEvent(f"not a delivery: {error}") from error

    def _ended(self, status: Status, reason: Reason | None, log: tuple[Attempt, ...]) -> Self:
        return replace(self, status=status, reason=reason, attempts=log)

    def _log(self, outcome: Outcome, due: float | None) -> tuple[Attempt, ...]:
        return (*self.attempts, Attempt(self.round, self.number, outcome, due))
