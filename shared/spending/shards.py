"""What the calls of an account cost: a sum in shards. An object takes one write a second.

An account is a day or a month, of all work or of a recipe; or a backfill; or a photo.

A shard names the reservations that it holds. So each is settled once, however often that is tried.
Its sum is in its metadata, too: a listing sums up a thousand shards. Few calls use few shards: a
process draws from twice as many each time that it meets another writer, and from fewer afterwards.
"""

import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

from shared import codec
from shared.border.storage import STATE, Listed, Version

FEW, MOST = 16, 4_096  # shards of an account


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a sum. `usd` includes what is held."""

    usd: float = 0.0
    held: Mapping[str, float] = field(default_factory=dict)  # reservations by their ids
    write: str = ""  # makes every write different

    def plus(self, usd: float, reservation: str) -> Self:
        """With another sum, which may be a reservation."""
        held = {**self.held, reservation: usd} if reservation else self.held
        return replace(self, usd=self.usd + usd, held=held)

    def settled(self, reservation: str, usd: float | None) -> Self | None:
        """With a sum in the place of a reservation; None if that was settled before.

        Without a sum: as much as was reserved.
        """
        if reservation not in self.held:
            return None
        held = {ident: each for ident, each in self.held.items() if ident != reservation}
        back = 0.0 if usd is None else self.held[reservation] - usd
        return replace(self, usd=self.usd - back, held=held)


@dataclass(frozen=True, slots=True)
class Sum:
    """What the calls of an account cost, in USD, and what is reserved for calls under way."""

    settled: float
    reserved: float

    @property
    def spent(self) -> float:
        """Both."""
        return round(self.settled + self.reserved, 8)


def sum_of(account: str) -> Sum:
    """The sum of an account, by one listing."""
    shown = list(STATE.listing(f"spend/{account}/"))
    reserved = math.fsum(map(_held, shown))
    return Sum(round(math.fsum(map(_usd, shown)) - reserved, 8), round(reserved, 8))


def spent(account: str) -> float:
    """USD of an account, with what is reserved for calls under way."""
    return sum_of(account).spent


def settled(account: str) -> float:
    """The same without what is reserved."""
    return sum_of(account).settled


def today() -> str:
    """The current day, UTC."""
    return datetime.now(UTC).date().isoformat()


def add(account: str, usd: float, reservation: str = "", fewest: int = FEW) -> str:
    """Add to the sum of an account; returns the name of the shard.

    An account that is seldom written needs but one shard: `fewest`.
    """
    width = max(FEW, _width.worked // 2) if fewest == FEW else fewest
    while True:
        name = f"spend/{account}/{secrets.randbelow(min(width, MOST)):02}.json"
        last = STATE.version(name)
        # Where no shard seems to be free, the client's own pauses are the best.
        write = STATE.offer if width <= 2 * MOST else STATE.swap
        if _written(name, last, _read(last).plus(usd, reservation), write):
            _width.worked = max(width, FEW)
            return name
        width *= 2


def settle(name: str, reservation: str, usd: float | None) -> None:
    """Replace a reservation by what the call cost, unless that was done before.

    Nobody knows what it cost: None, and all of it counts.
    """
    while last := STATE.version(name):
        shard = _read(last).settled(reservation, usd)
        if shard is None or _written(name, last, shard, STATE.swap):
            return


class _Width:
    """How many shards this process drew from when it last added; any thread's will do."""

    worked = FEW


_width = _Width()


def _written(
    name: str, last: Version | None, shard: Shard, write: Callable[..., int | None]
) -> bool:
    mine = replace(shard, usd=round(shard.usd, 8), write=uuid4().hex)
    generation = last.generation if last else 0
    shown = {"usd": f"{mine.usd:.8f}", "held": f"{math.fsum(mine.held.values()):.8f}"}
    return write(name, codec.encode(mine), generation, shown) is not None


def _read(stored: Version | None) -> Shard:
    return codec.decode(stored.body, Shard) if stored else Shard()


def _usd(listed: Listed) -> float:
    """The sum of a shard; an early version wrote no metadata."""
    if "usd" in listed.metadata:
        return float(listed.metadata["usd"])
    body = STATE.read(listed.name)
    return codec.decode(body, Shard).usd if body else 0.0


def _held(listed: Listed) -> float:
    """What of it is reserved; early versions did not say."""
    return float(listed.metadata.get("held", 0.0))
