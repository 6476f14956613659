"""A recipe's shadow: a second model that is asked about a share of its jobs, to compare the two."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from shared import redaction, tasks
from shared.border.gemini import models
from shared.intake.toml_list import short
from shared.model import Job, Shadow

_DIGITS = 13  # hexadecimal, of a digest: as many as a float holds


@dataclass(frozen=True, slots=True)
class Shadowing:
    """The table `shadow` of a recipe: which model, for which share of the jobs, at what price.

    `share` is from 0 to 1, `daily_usd` in USD a day.
    """

    model: str
    share: float
    daily_usd: float

    def of(self, job: Job) -> Shadow | None:
        """The shadow of a job; None if it has none, as it always has then.

        A job whose own model it is has none, whoever named that model.
        """
        if job.request["model"] == self.model or lot(job.key) >= self.share:
            return None
        return Shadow(self.model, self.daily_usd)


def lot(key: str) -> float:
    """The lot of a job, from 0 to below 1: it follows from its key alone."""
    drawn = int(sha256(f"shadow {key}".encode()).hexdigest()[:_DIGITS], 16)
    return drawn / (1 << 4 * _DIGITS)


def complaint(value: object) -> str | None:
    """What is wrong with the table by itself, as the end of a sentence; None if nothing is."""
    if not isinstance(value, dict):
        return f"must be a table of {_ALL}, not {short(value)}"
    if strange := sorted(value.keys() - _CHECKS.keys()):
        return f"has {short(strange[0])}; there are: {_ALL}"
    if lacking := [key for key in _CHECKS if key not in value]:
        return f"lacks {lacking[0]}; it needs {_ALL}"
    wrong = ((key, check(value[key])) for key, check in _CHECKS.items())
    return next((f"{key} {what}" for key, what in wrong if what), None)


def contradiction(value: Mapping[str, Any], row: Mapping[str, Any]) -> str | None:
    """What of its recipe's other keys a sound table contradicts, as the end of a sentence."""
    name = str(value["model"])
    if name == row.get("model"):
        return "model is the recipe's own model: there is nothing to compare"
    if name in row.get("fallback_models", ()):
        return "model is among the recipe's fallback_models: it would be compared with itself"
    if row.get("tier", "standard") != "standard":
        return "is asked by the standard tier, so its price and its time say nothing of flex"
    if why := models.unable(name, "standard", row.get("detail", "")):
        return f"model {why}"
    return _blind(name, row["tasks"], row)


def _blind(name: str, asked: Sequence[str], row: Mapping[str, Any]) -> str | None:
    if models.find(name).masks != "none":
        return None
    for each in asked:
        parts = tasks.parts(tasks.canonical(each))
        masked = "redact" in parts and redaction.terms(row["redact"]).what == "mask"
        if "segment" in parts or masked:
            return f"model is {name!r}, which cannot draw masks, and {each} needs them"
    return None


def _model(value: object) -> str | None:
    if not isinstance(value, str) or not models.known(value):
        return f"must be the id of a model that models.toml has, not {short(value)}"
    if not models.find(value).prices:
        return f"is {value!r}, of which no price is known: daily_usd could not hold"
    return None


def _share(value: object) -> str | None:
    if 0 <= _number(value) <= 1:
        return None
    return f"must be a number from 0 to 1, not {short(value)}"


def _daily_usd(value: object) -> str | None:
    if 0 < _number(value) < math.inf:
        return None
    return f"must be an amount of money above 0, not {short(value)}"


def _number(value: object) -> float:
    """The value if it is a number, else one that is in no range."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value)


_CHECKS: Mapping[str, Callable[[object], str | None]] = {
    "model": _model,
    "share": _share,
    "daily_usd": _daily_usd,
}
_ALL = "model, share and daily_usd"
