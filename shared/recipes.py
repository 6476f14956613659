"""Recipes: what happens to which upload. Read by ingest, and by the sweep in its place."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from shared import task as tasks
from shared.errors import BadEvent
from shared.model import ImageRef, Job

# Asked of every task, whatever else it wants to know; a recipe may set each of them.
_COMMON: Mapping[str, Any] = {"max_output_tokens": 8192, "overlay_side": 2048}


class BadRecipe(ValueError):
    """recipes.toml says something that cannot be done; the sentence says where and what."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One [[recipe]] of recipes.toml: for the uploads it matches, the tasks and their settings."""

    name: str
    match: re.Pattern[str]
    tasks: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def jobs(self, ref: ImageRef) -> list[Job]:
        """One job per task, resolved: nothing in it is looked up later."""
        return [Job((ref,), name, self._request(name)) for name in self.tasks]

    def _request(self, name: str) -> dict[str, Any]:
        task = tasks.find(name)
        known = {**_COMMON, **task.defaults, "model": os.environ["MODEL"]}
        chosen = {key: value for key, value in self.settings.items() if key in known}
        return {**known, **chosen, "prompt_version": task.version}


def jobs(ref: ImageRef) -> list[Job]:
    """The jobs of an upload, by the first recipe that matches its name; none if none does."""
    for recipe in _recipes():
        if recipe.match.fullmatch(ref.name):
            return recipe.jobs(ref)
    return []


def parse(text: str) -> tuple[Recipe, ...]:
    """The recipes in a TOML text. Raises BadRecipe."""
    try:
        rows = tomllib.loads(text).get("recipe", [])
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(f"recipes.toml is not TOML: {error}") from error
    if not rows:
        raise BadRecipe("recipes.toml holds no [[recipe]]")
    return tuple(_recipe(number, dict(row)) for number, row in enumerate(rows, 1))


@cache
def _recipes() -> tuple[Recipe, ...]:
    return parse((Path(__file__).parents[1] / "recipes.toml").read_text("utf-8"))


def _recipe(number: int, row: dict[str, Any]) -> Recipe:
    where = f"recipe {number} ({row.get('name', 'no name')})"
    missing = [key for key in ("name", "match", "tasks") if not row.get(key)]
    if missing:
        raise BadRecipe(f"{where} lacks {' and '.join(missing)}")
    name, match, names = row.pop("name"), row.pop("match"), tuple(row.pop("tasks"))
    try:
        known = (
            set(_COMMON) | {"model"} | {key for each in names for key in tasks.find(each).defaults}
        )
    except BadEvent as error:
        raise BadRecipe(f"{where}: {error}") from error
    if unknown := set(row) - known:
        raise BadRecipe(
            f"{where} sets {', '.join(sorted(unknown))}, which none of its tasks knows; "
            f"they know {', '.join(sorted(known))}"
        )
    return Recipe(name, _pattern(match), names, row)


def _pattern(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay within a folder, `**` crosses folders; all else stands for itself."""
    meaning = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*|\*|\?)", glob)
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts), re.DOTALL)
