"""Recipes that name models which were shut down."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from shared import settings
from shared.border.gemini import models
from shared.intake.recipes import KIND, Recipe
from shared.intake.toml_list import Fault


def warnings(recipes: Iterable[Recipe]) -> Iterator[Fault]:
    """A warning for each such model, by the API that the settings name."""
    today, on_vertex = datetime.now(UTC).date(), settings.current().on_vertex
    for number, recipe in enumerate(recipes, 1):
        for key, name in _named(recipe):
            if ended := models.find(name).ended(today, on_vertex=on_vertex):
                yield Fault(f"names {name!r}: {ended}", KIND, number, recipe.name, key)


def _named(recipe: Recipe) -> Iterator[tuple[str, str]]:
    if model := recipe.settings.get("model"):
        yield "model", model
    for model in recipe.settings.get("fallback_models", ()):
        yield "fallback_models", model
