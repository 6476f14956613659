"""Which attempt at which delivery a task is for."""

import re
from dataclasses import dataclass
from typing import Self

from shared import codec
from shared.errors import BadEvent
from shared.webhooks.delivery import Delivery

_WORD = re.compile(r"[A-Za-z0-9_-]{1,128}")  # what endpoints and events are called


@dataclass(frozen=True, slots=True)
class AttemptId:
    """One attempt at one delivery; as JSON the body of its task."""

    endpoint: str
    event: str
    round: int
    number: int

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """The next attempt of a delivery."""
        return cls(delivery.endpoint, delivery.event, delivery.round, delivery.number)

    @classmethod
    def read(cls, body: object) -> Self:
        """The attempt in a task's body. Raises BadEvent."""
        match body:
            case {
                "endpoint": str(endpoint),
                "event": str(event),
                "round": int(number_of_round),
                "number": int(number),
            } if _WORD.fullmatch(endpoint) and _WORD.fullmatch(event):
                return cls(endpoint, event, number_of_round, number)
        raise BadEvent("not an attempt at a delivery")

    @property
    def task(self) -> str:
        """The name of its task, for dedup: `_` parts it, as no endpoint has one in its name."""
        return f"{self.endpoint}_{self.event}_{self.round}_{self.number}"

    def encode(self) -> bytes:
        """The body of a task."""
        return codec.encode(self)
