"""What calls may cost: in a day or a month, of all work or of one recipe; and for one photo.

Days and months are those of UTC. What is spent of a limit is the sum of its account, which another
day, month or photo does not share (shared/spending/shards.py).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, Self

from shared import naming
from shared.model import ImageRef
from shared.spending import shards

Period = Literal["day", "month", "photo"]
NEAR = 0.8  # the share of a limit from which it is nearly used up


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that the calls of an account may cost."""

    usd: float
    period: Period
    key: str  # "2026-12-31", "2026-12"; of a photo a digest
    recipe: str = ""  # "": of all work

    @classmethod
    def of_day(cls, usd: float, recipe: str = "") -> Self:
        """The limit of the current day."""
        return cls(usd, "day", shards.today(), recipe)

    @classmethod
    def of_month(cls, usd: float, recipe: str = "") -> Self:
        """The limit of the current month."""
        return cls(usd, "month", shards.today()[:7], recipe)

    @classmethod
    def of_photo(cls, usd: float, recipe: str, photo: ImageRef) -> Self:
        """The limit of one version of an upload."""
        version = f"{photo.bucket}/{photo.name}#{photo.generation}"
        digest = sha256(version.encode("utf-8", "surrogatepass")).hexdigest()
        return cls(usd, "photo", digest[:32], recipe)

    @property
    def account(self) -> str:
        """The name under which it is summed up."""
        if self.period == "photo":
            return f"photo-{self.key}"
        return f"{self.key}{self._suffix}"

    @property
    def name(self) -> str:
        """What it limits, whichever day or month it is."""
        return f"{self.period}{self._suffix}"

    @property
    def until(self) -> float:
        """When its day or month ends, in seconds since the epoch."""
        first = datetime.fromisoformat(f"{self.key}-01"[:10]).replace(tzinfo=UTC)
        if self.period == "day":
            return (first + timedelta(days=1)).timestamp()
        return (first + timedelta(days=32)).replace(day=1).timestamp()

    @property
    def words(self) -> str:
        """What it is, as part of a sentence."""
        of = f" of the recipe {self.recipe!r}" if self.recipe else ""
        return f"the budget of {money(self.usd)} for {self.key}{of}"

    @property
    def reached(self) -> str:
        """That it is used up; without a full stop."""
        return f"{self.words} is reached"

    @property
    def _suffix(self) -> str:
        return f"-{naming.recipe(self.recipe)}" if self.recipe else ""


def money(usd: float) -> str:
    """USD; as exactly as a limit is given."""
    return f"${usd:,.2f}" if round(usd, 2) == round(usd, 6) else f"${usd:,.4f}"
