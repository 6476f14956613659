"""How a subscription delivers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds before a message is delivered again: doubling from `minimum` up to `maximum`."""

    minimum: float
    maximum: float

    def delay(self, attempt: int) -> float:
        """The wait after the `attempt`-th delivery (from 1) has failed."""
        doublings = min(attempt - 1, 40)  # beyond that a float overflows, and a nanosecond is days
        return min(self.maximum, self.minimum * 2.0**doublings)


AT_ONCE = RetryPolicy(0.0, 0.0)
# The cloud backs off from failing endpoints by rules of its own; these two figures are our choice.
PUSH_BACKOFF = RetryPolicy(0.1, 60.0)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Where a message goes once `attempts` deliveries have failed."""

    topic: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Settings:
    """A subscription's settings; with an `endpoint` it pushes, without it is pulled."""

    name: str
    topic: str
    endpoint: str = ""
    filter: str = ""
    ack_deadline: int = 10  # seconds
    retry: RetryPolicy | None = None
    dead_letter: DeadLetter | None = None
    declaration: bytes = b""  # the resource as its owner wrote it

    @property
    def backoff(self) -> RetryPolicy:
        """The retry policy, or the default."""
        if self.retry is not None:
            return self.retry
        return PUSH_BACKOFF if self.endpoint else AT_ONCE
