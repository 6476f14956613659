"""Recipes: what happens to which upload. Read by ingest, and by the sweep in its place."""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from shared.model import ImageRef, Job
from shared.recipes.condition import Traits
from shared.recipes.reading import KIND, BadRecipe, Reading, parse, read
from shared.recipes.recipe import Recipe

__all__ = ["FILE", "KIND", "BadRecipe", "Reading", "Recipe", "Traits", "jobs", "parse", "read"]

FILE = Path(__file__).parents[2] / "recipes.toml"  # beside shared/, in a deployed function too

log = logging.getLogger("darkroom")


def jobs(
    ref: ImageRef,
    content_type: str | None = None,
    metadata: Mapping[str, str] = MappingProxyType({}),
) -> list[Job]:
    """The jobs of an upload, by the first recipe that takes it; none if none does."""
    upload = Traits.of(ref.name, content_type, metadata)
    for recipe in _recipes():
        if recipe.condition.misfit(upload) is None:
            own = recipe.overrides(upload)
            for refused in own.refused:
                log.warning("%r, recipe %r: %s", ref.name, recipe.name, refused)
            return recipe.jobs(ref, own)
    log.info("no recipe takes %r", ref.name)
    return []


@cache
def _recipes() -> tuple[Recipe, ...]:
    return parse(FILE.read_text("utf-8"))
