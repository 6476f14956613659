"""Reads recipes.toml: its recipes, and every fault at once."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from shared import tasks
from shared.border.gemini import models
from shared.intake import toml_list
from shared.intake.recipes import overrides, settings, shadowing
from shared.intake.recipes.condition import Condition
from shared.intake.recipes.glob import Glob
from shared.intake.recipes.recipe import Budgets, Recipe
from shared.intake.recipes.shadowing import Shadowing
from shared.intake.toml_list import Fault, Kind, short
from shared.model import Tier

KIND = Kind("recipe", "recipes.toml")
_MOST_KEYS = 20
_LONGEST_KEY = 100  # characters
_EMPTY = Fault("holds no [[recipe]]", KIND)


class BadRecipe(ValueError):
    """recipes.toml is invalid; a line per fault, with its place."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, read: the recipes without faults, the faults, and the warnings."""

    recipes: tuple[Recipe, ...]
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def read(text: str) -> Reading:
    """The recipes in a TOML text, and its faults."""
    tables, faults = toml_list.tables(text, KIND)
    if not tables:
        return Reading((), (*faults, *([] if tables is None else [_EMPTY])))
    found: dict[int, Recipe] = {}
    for number, row in enumerate(tables, 1):
        wrong = _faults(number, row)
        faults += wrong
        if not wrong:
            found[number] = _recipe(row)
    faults += toml_list.namesakes(tables, KIND)
    return Reading(tuple(found.values()), tuple(faults), (*_unreachable(found), *_idle(found)))


def parse(text: str) -> tuple[Recipe, ...]:
    """The recipes in a TOML text. Raises BadRecipe with every fault."""
    reading = read(text)
    if reading.faults:
        raise BadRecipe("\n".join(map(str, reading.faults)))
    return reading.recipes


def _recipe(row: Mapping[str, Any]) -> Recipe:
    kind = row.get("content_type")
    metadata = {
        key.lower(): Glob(glob, path=False) for key, glob in row.get("metadata", {}).items()
    }
    return Recipe(
        row["name"],
        Condition(
            Glob(row.get("match", "**")),
            Glob(kind.lower(), path=False) if kind else None,
            metadata,
        ),
        tuple(map(tasks.canonical, row["tasks"])),
        {key: value for key, value in row.items() if key not in _FIELDS},
        tuple(row.get("allow_overrides", ())),
        row.get("tier", "standard"),
        row.get("reuse", True),
        tuple(row.get("carry", ())),
        Shadowing(**row["shadow"]) if "shadow" in row else None,
        Budgets(row.get("daily_usd"), row.get("monthly_usd"), row.get("per_photo_usd")),
    )


def _faults(number: int, row: Mapping[str, Any]) -> list[Fault]:
    wrong = {key: "is missing" for key in ("name", "tasks") if key not in row}
    if not {"match", "content_type", "metadata"} & set(row):
        wrong["match"] = "is missing, and so are content_type and metadata: which uploads?"
    for key, value in row.items():
        if key in _FIELDS and (what := _FIELDS[key](value)):
            wrong[key] = what
    if not {"tasks", "allow_overrides", "tier", "shadow"} & set(wrong):
        wrong |= _wrong_settings(row)
    return toml_list.named(row, number, wrong, KIND)


def _wrong_settings(row: Mapping[str, Any]) -> dict[str, str]:
    asked = [*map(tasks.canonical, row["tasks"])]
    known = settings.known(tasks.names() if "tasks" in row.get("allow_overrides", ()) else asked)
    wrong = {
        key: f"is missing; {name} needs it"
        for name in asked
        if (key := settings.lacking(name, row))
    }
    for key, value in row.items():
        if key in _FIELDS:
            continue
        if key not in known:
            allowed = ", ".join(sorted({*_FIELDS, *known}))
            wrong[key] = f"is not known to it or any of its tasks; there are: {allowed}"
        elif what := settings.complaint(key, value, known[key]):
            wrong[key] = what
    return wrong or settings.contradictions(asked, row) or _unable(row) or _shadowless(row)


def _unable(row: Mapping[str, Any]) -> dict[str, str]:
    """The models of a recipe that lack its tier or detail; that of the environment is not known."""
    so = row.get("tier", "standard"), row.get("detail", "")
    named = [("model", row["model"])] if "model" in row else []
    named += [("fallback_models", each) for each in row.get("fallback_models", ())]
    return {key: what for key, each in named if (what := models.unable(each, *so))}


def _shadowless(row: Mapping[str, Any]) -> dict[str, str]:
    """Why a recipe cannot have its shadow."""
    what = shadowing.contradiction(row["shadow"], row) if "shadow" in row else None
    return {"shadow": what} if what else {}


def _unreachable(recipes: Mapping[int, Recipe]) -> list[Fault]:
    warnings = []
    for number, recipe in recipes.items():
        earlier = (other for other in recipes if other < number)
        for first in earlier:
            if recipes[first].condition.covers(recipe.condition):
                what = f"is never reached: recipe {first} ({recipes[first].name}) takes it all"
                warnings.append(Fault(what, KIND, number, recipe.name))
                break
    return warnings


def _idle(recipes: Mapping[int, Recipe]) -> Iterator[Fault]:
    """A warning for each budget of a day that its month never lets be used up."""
    for number, recipe in recipes.items():
        day, month = recipe.budgets.daily, recipe.budgets.monthly
        if day is not None and month is not None and month < day:
            what = f"is less than the {day:g} of daily_usd, which is never used up"
            yield Fault(what, KIND, number, recipe.name, "monthly_usd")


def _name(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be a text that is not empty"


def _glob(value: object) -> str | None:
    return None if isinstance(value, str) and value else f"must be a pattern, not {short(value)}"


def _globs(value: object) -> str | None:
    if not isinstance(value, dict) or not value:
        return f'must be a table of patterns, {{ key = "pattern" }}, not {short(value)}'
    return next((f"{short(key)} {what}" for key in value if (what := _glob(value[key]))), None)


def _tasks(value: object) -> str | None:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return f"must be a list of names, not {short(value)}"
    if what := next((what for name in value if (what := settings.task_complaint(name))), None):
        return what
    return "names a task twice" if len({*map(tasks.canonical, value)}) < len(value) else None


def _tier(value: object) -> str | None:
    if value in get_args(Tier):
        return None
    return f"must be one of {', '.join(get_args(Tier))}, not {short(value)}"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else f"must be true or false, not {short(value)}"


def _usd(value: object) -> str | None:
    if type(value) in (int, float) and 0 <= value < math.inf:  # type: ignore[operator]
        return None
    return f"must be an amount of USD, 0 or more, not {short(value)}"


def _some_usd(value: object) -> str | None:
    return "must be more than 0: else every photo fails" if value == 0 else _usd(value)


def _keys(value: object) -> str | None:
    if isinstance(value, list) and len(value) <= _MOST_KEYS and all(map(_is_key, value)):
        return None
    return f"must be a list of at most {_MOST_KEYS} keys of metadata, not {short(value)}"


def _is_key(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_KEY


def _overridable(value: object) -> str | None:
    if isinstance(value, list) and all(name in overrides.NAMES for name in value):
        return None
    return f"must be a list of some of {', '.join(overrides.NAMES)}, not {short(value)}"


_FIELDS: Mapping[str, Callable[[object], str | None]] = {
    "name": _name,
    "match": _glob,
    "content_type": _glob,
    "metadata": _globs,
    "tasks": _tasks,
    "allow_overrides": _overridable,
    "tier": _tier,
    "reuse": _flag,
    "carry": _keys,
    "shadow": shadowing.complaint,
    "daily_usd": _usd,
    "monthly_usd": _usd,
    "per_photo_usd": _some_usd,
}
