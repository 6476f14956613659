"""Recipes: which upload gets which tasks. Read by ingest and by the sweep."""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from shared.intake.recipes.condition import Traits
from shared.intake.recipes.reading import KIND, BadRecipe, Reading, parse, read
from shared.intake.recipes.recipe import Recipe
from shared.model import ImageRef, Job

__all__ = ["FILE", "KIND", "BadRecipe", "Reading", "Recipe", "Traits", "jobs", "parse", "read"]

FILE = Path(__file__).parents[3] / "recipes.toml"  # beside shared/, in a deployed function too

log = logging.getLogger("darkroom")


def jobs(
    ref: ImageRef,
    content_type: str | None = None,
    metadata: Mapping[str, str] = MappingProxyType({}),
) -> list[Job]:
    """The jobs of an upload, by the first recipe that matches; empty if none does."""
    upload = Traits.of(ref.name, content_type, metadata)
    recipe = _matching(upload)
    if recipe is None:
        log.info("no recipe matches %r", ref.name)
        return []
    own = recipe.overrides(upload)
    for refused in own.refused:
        log.warning("%r, recipe %r: %s", ref.name, recipe.name, refused)
    carried, lacking = recipe.carried(upload)
    for key in lacking:
        log.warning("%r, recipe %r: no room to carry %r", ref.name, recipe.name, key)
    return recipe.jobs(ref, own, carried=carried)


def fingerprint(name: str, content_type: str | None, metadata: Mapping[str, str]) -> str:
    """The fingerprint of the recipe that matches an upload; "" if none does."""
    recipe = _matching(Traits.of(name, content_type, metadata))
    return recipe.fingerprint if recipe else ""


def named(name: str) -> Recipe | None:
    """The recipe of that name as it is now, if there is one."""
    return next((each for each in _recipes() if each.name == name), None) if name else None


def every() -> tuple[Recipe, ...]:
    """All recipes."""
    return _recipes()


def _matching(upload: Traits) -> Recipe | None:
    return next((each for each in _recipes() if each.condition.misfit(upload) is None), None)


@cache
def _recipes() -> tuple[Recipe, ...]:
    return parse(FILE.read_text("utf-8"))
