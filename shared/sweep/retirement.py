"""Retirement: when the models in use will be shut down."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from shared import settings
from shared.border import logs
from shared.border.gemini import models
from shared.intake import recipes

SOON = 60  # days


def named() -> list[str]:
    """The models that MODEL and the recipes name."""
    found = [settings.current().model]
    for recipe in recipes.read(recipes.FILE.read_text("utf-8")).recipes:
        found += [recipe.settings.get("model", ""), *recipe.settings.get("fallback_models", ())]
    return [name for name in dict.fromkeys(found) if name]


def coming() -> Iterator[tuple[str, date]]:
    """The models with a known day of shutdown, and the day, by the API that is used."""
    for model in named():
        day = models.find(model).end(on_vertex=settings.current().on_vertex)
        if day:
            yield model, day


def log_days_left() -> None:
    """Log how many days each of them has left; 0 after its shutdown."""
    today = datetime.now(UTC).date()
    for model, day in coming():
        logs.log("model_retiring", model=model, days_left=max(0, (day - today).days))
