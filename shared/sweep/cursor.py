"""Where sweeps stopped: the next one goes on there, whatever is stored before it."""

import json
import logging
from dataclasses import dataclass, replace
from typing import Self
from uuid import uuid4

from shared import codec
from shared.border.storage import STATE

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Place:
    """The name of the last thing that was looked at; empty: begin at the first.

    `since` and `until` are the span in which the uploads of the round were made, in seconds since
    the epoch; the next round looks at those made since. `whole` is False if the round failed at one
    of them: the next round looks at the span again, as far as the sweep's window reaches.
    """

    after: str = ""
    since: float = 0.0
    until: float = 0.0
    whole: bool = True

    def stopped(self, after: str, whole: bool) -> Self:  # noqa: FBT001  # it is what is kept
        """The place of a round that is not at its end."""
        return replace(self, after=after, whole=whole)

    def ended(self, whole: bool, window: float) -> Self:  # noqa: FBT001  # it is what is kept
        """The place after the last upload of a round; the window began at `window`."""
        return type(self)(since=self.until if whole else min(self.until, max(self.since, window)))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place, as the last sweep wrote it."""

    place: Place
    updated: float  # seconds since the epoch; 0: never
    _name: str
    _generation: int

    @classmethod
    def of(cls, what: str) -> Self:
        """The cursor of that name: of the leases, the webhooks, the recent uploads, or all."""
        name = f"sweep/{what}.json"
        last = STATE.get(name)
        if last is None:
            return cls(Place(), 0.0, name, 0)
        return cls(_place(last.body), last.updated, name, last.generation)

    def move(self, place: Place) -> None:
        """Write where to continue, unless another sweep wrote it meanwhile."""
        if place != self.place:
            self.mark(place)

    def mark(self, place: Place) -> bool:
        """The same, also if nothing changes but the time; False if another sweep was first."""
        body = json.dumps({**codec.plain(place), "write": uuid4().hex}).encode()
        return STATE.swap(self._name, body, self._generation) is not None


def _place(body: bytes) -> Place:
    """The place in a body; the beginning if it cannot be read."""
    try:
        return codec.decode(body, Place)
    except ValueError as error:
        log.warning("the sweep begins anew, as its place cannot be read: %r", error)
        return Place()
