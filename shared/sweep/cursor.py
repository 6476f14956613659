"""Where a sweep that ran out of time stopped: the next one continues there."""

import json
import logging
import math
from dataclasses import dataclass
from typing import Self
from uuid import uuid4

from shared.border.storage import STATE

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The name of the last upload that was looked at; empty: begin at the first."""

    place: str
    _name: str
    _generation: int

    @classmethod
    def of(cls, since: float) -> Self:
        """The cursor of sweeps of all uploads (since -inf), or of recent ones."""
        name = f"sweep/{'all' if since == -math.inf else 'recent'}.json"
        last = STATE.get(name)
        return cls(_place(last.body), name, last.generation) if last else cls("", name, 0)

    def move(self, place: str) -> None:
        """Write where to continue, unless another sweep wrote it meanwhile."""
        if place != self.place:
            body = json.dumps({"after": place, "write": uuid4().hex})
            STATE.swap(self._name, body.encode(), self._generation)


def _place(body: bytes) -> str:
    """Where to continue; "" if it cannot be read."""
    try:
        place = json.loads(body)["after"]
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        log.warning("the sweep begins anew, as its place cannot be read: %r", error)
        return ""
    return place if isinstance(place, str) else ""
