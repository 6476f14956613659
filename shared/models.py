"""What is known of each model: models.toml, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from shared.model import Usage

_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens, from a day on."""

    input: float
    output: float  # thought is billed as output
    since: date = date.min


@dataclass(frozen=True, slots=True)
class Model:
    """How to ask one model; models.toml says what each field means."""

    structured: bool
    side: int
    thinking_budget: int | None = None
    thinking_level: str | None = None
    temperature: float | None = None
    masks: Literal["png", "polygon", "none", "unknown"] = "unknown"
    media_resolution: str | None = None
    tiled: bool = False
    retired: date | None = None
    longest: int = 65_536
    prices: tuple[Price, ...] = ()

    def cost(self, usage: Usage, day: date) -> float | None:
        """USD for the tokens of `usage` on that day, or None if no price is known."""
        valid = [price for price in self.prices if price.since <= day]
        if not valid:
            return None
        price = max(valid, key=lambda price: price.since)
        output = usage.output_tokens + usage.thought_tokens
        return round((usage.prompt_tokens * price.input + output * price.output) / 1e6, 8)


def find(name: str) -> Model:
    """The model of that id; a version of a known model ("...-001") counts as it."""
    return _table()[_row(name) or _DEFAULT]


def known(name: str) -> bool:
    """Whether models.toml has a row for that id; if not, it is asked by [default]."""
    return _row(name) is not None


def _row(name: str) -> str | None:
    rows = [row for row in _table() if row != _DEFAULT and f"{name}-".startswith(f"{row}-")]
    return max(rows, key=len, default=None)


@cache
def _table() -> Mapping[str, Model]:
    rows = tomllib.loads(Path(__file__).with_name("models.toml").read_text("utf-8"))
    return {name: _model({**rows[_DEFAULT], **row}) for name, row in rows.items()}


def _model(row: dict[str, Any]) -> Model:
    prices = [
        Price(price["input"], price["output"], price.get("from", date.min))
        for price in row.pop("price", ())
    ]
    return Model(prices=tuple(prices), **row)
