"""An endpoint's health: since when it fails, and whether it is disabled. Pure."""

import logging
from dataclasses import dataclass, replace
from typing import Literal, Self
from uuid import uuid4

from shared import codec
from shared.webhooks.delivery import Outcome

DISABLED_AFTER = 120 * 3600.0  # seconds without a success, as with Svix
log = logging.getLogger("darkroom")
Why = Literal["gone", "failing"]  # it answered 410; or nothing has reached it for five days


@dataclass(frozen=True, slots=True)
class Disabled:
    """When an endpoint was disabled, and why."""

    at: float
    why: Why


@dataclass(frozen=True, slots=True)
class Health:
    """The health by all attempts so far. Times are seconds since the epoch."""

    failing_since: float | None = None  # the first failure after the last success
    disabled: Disabled | None = None

    def after(self, outcome: Outcome) -> Self:
        """The health after an attempt. Only an operator enables a disabled endpoint."""
        if self.disabled:
            return self
        if outcome.taken:
            return replace(self, failing_since=None)
        since = outcome.at if self.failing_since is None else self.failing_since
        why = _verdict(outcome, since)
        disabled = Disabled(outcome.at, why) if why else None
        return replace(self, failing_since=since, disabled=disabled)

    def encode(self) -> bytes:
        """The health as JSON, with a unique `write`, so that no two writers write the same."""
        return codec.encode({**codec.plain(self), "write": uuid4().hex})

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """The health in a body made by `encode`; what cannot be read counts as healthy."""
        try:
            return codec.decode(body, cls)
        except ValueError as error:
            log.warning("the health of an endpoint cannot be read: %s", error)
            return cls()


def _verdict(outcome: Outcome, since: float) -> Why | None:
    if outcome.gone:
        return "gone"
    return "failing" if outcome.at - since >= DISABLED_AFTER else None
