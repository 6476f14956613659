"""What is known of each model: models.toml, read once."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from shared.model import Tier, Usage

FILE = Path(__file__).with_name("models.toml")
_DEFAULT = "default"
_NEWER = "newer"  # than all rows of models.toml
_NEWER_NAME = re.compile(r"gemini-([3-9]|\d\d)\b")


# How closely a picture is looked at: the service's word, and the long side in pixels that is sent.
# https://ai.google.dev/gemini-api/docs/media-resolution has the words. The sides are inferred: in
# Google's open models a token sees 48 by 48 pixels.
_LOOKS: Mapping[str, tuple[str, int]] = {
    "low": ("LOW", 1024),
    "medium": ("MEDIUM", 1536),
    "high": ("HIGH", 2048),
    "ultra": ("ULTRA_HIGH", 3072),
}
DETAILS = tuple(_LOOKS)
_TILED = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens, from a day on."""

    input: float
    output: float  # thought is billed as output
    since: date = date.min


@dataclass(frozen=True, slots=True)
class Model:
    """How to ask one model; models.toml says what each field means."""

    name: str  # the id that it is asked by
    structured: bool
    side: int
    thinking_budget: int | None = None
    thinking_level: str | None = None
    temperature: float | None = None
    masks: Literal["png", "polygon", "none", "unknown"] = "unknown"
    media_resolution: str | None = None
    tiled: bool = False
    retired: date | None = None
    retired_on_vertex: date | None = None
    longest: int = 65_536
    flex: float | None = None
    prices: tuple[Price, ...] = ()

    @property
    def details(self) -> tuple[str, ...]:
        """How closely it can be told to look; none, if that is not known."""
        return _TILED if self.tiled else DETAILS if self.media_resolution else ()

    def end(self, *, on_vertex: bool) -> date | None:
        """The day on which that API shuts it down, or may do so; None if none is known."""
        return self.retired_on_vertex if on_vertex else self.retired

    def ended(self, day: date, *, on_vertex: bool) -> str:
        """That it was, or may have been, shut down by that day, as a clause; empty if not so."""
        end = self.end(on_vertex=on_vertex)
        if end is None or end > day:
            return ""
        if on_vertex:
            return f"Vertex AI may have shut it down, on {end} or later"
        return f"the Developer API shut it down on {end}"

    def price(self, day: date) -> Price | None:
        """What it costs on that day, or None if that is not known."""
        valid = [price for price in self.prices if price.since <= day]
        return max(valid, key=lambda price: price.since, default=None)

    def changes(self, day: date) -> Iterator[Price]:
        """The prices that are to come after that day, the next one first."""
        yield from sorted(
            (price for price in self.prices if price.since > day), key=lambda price: price.since
        )

    def cost(self, usage: Usage, day: date) -> float | None:
        """USD for the tokens of `usage` on that day, by its tier; None if no price is known."""
        price = self.price(day)
        if price is None:
            return None
        output = usage.output_tokens + usage.thought_tokens
        share = (self.flex or 1.0) if usage.tier == "flex" else 1.0
        return round(share * (usage.prompt_tokens * price.input + output * price.output) / 1e6, 8)


def find(name: str, detail: str = "") -> Model:
    """The model of that id; a version of a known model ("...-001") counts as it.

    `detail` is how closely it looks, if it can; "": as its row says.
    """
    row = _row(name) or (_NEWER if _NEWER_NAME.match(name) else _DEFAULT)
    model = replace(_table()[row], name=name)
    if detail not in model.details:
        return model
    resolution, side = _LOOKS[detail]
    return replace(model, media_resolution=resolution, side=side)


def unable(name: str, tier: Tier, detail: str) -> str | None:
    """Why a model cannot be asked so, as the end of a sentence; None if it can."""
    model = find(name)
    if tier == "flex" and model.flex is None:
        return f"is {name!r}, which has no flex tier, as far as models.toml knows"
    if detail and detail not in model.details:
        return f"is {name!r}, which has no detail {detail!r}, as far as models.toml knows"
    return None


def known(name: str) -> bool:
    """Whether models.toml has a row for that id; if not, it is asked by [default]."""
    return _row(name) is not None


def names() -> tuple[str, ...]:
    """The ids that models.toml has rows for, in its order."""
    return tuple(name for name in _table() if name not in (_DEFAULT, _NEWER))


def _row(name: str) -> str | None:
    rows = [row for row in _table() if _names(row, name)]
    return max(rows, key=len, default=None)


def _names(row: str, name: str) -> bool:
    """Whether a row is about a model: "gemini-4" is about "gemini-4-argon"."""
    return row not in (_DEFAULT, _NEWER) and f"{name}-".startswith(f"{row}-")


def dearest(usage: Usage, day: date) -> float:
    """USD for those tokens by the dearest price that is known of any model on that day."""
    known = (model.cost(usage, day) for model in _table().values())
    return max(cost for cost in known if cost is not None)


@cache
def _table() -> Mapping[str, Model]:
    rows = tomllib.loads(FILE.read_text("utf-8"))
    return {name: _model({"name": name, **rows[_DEFAULT], **row}) for name, row in rows.items()}


def _model(row: dict[str, Any]) -> Model:
    prices = [
        Price(price["input"], price["output"], price.get("from", date.min))
        for price in row.pop("price", ())
    ]
    return Model(prices=tuple(prices), **row)
