"""Overrides: tasks and settings in an upload's metadata, where its recipe allows them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.border.gemini import models
from shared.intake.recipes import settings
from shared.model import Tier
from shared.tasks import canonical

PREFIX = "darkroom-"
SETTINGS = ("prompt", "labels", "model")
NAMES = ("tasks", *SETTINGS)


@dataclass(frozen=True, slots=True)
class Overrides:
    """The overrides of an upload; `tasks` is None if it has none for them.

    `refused` has a sentence for each that is not applied.
    """

    tasks: tuple[str, ...] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def read(
    metadata: Mapping[str, str],
    allowed: Collection[str],
    tasks: tuple[str, ...],
    given: Mapping[str, Any],
) -> Overrides:
    """The overrides in metadata, whose keys are in lower case.

    `allowed`, `tasks` and `given` are the recipe's allow_overrides, tasks and settings.
    """
    asked = {
        key.removeprefix(PREFIX): text for key, text in metadata.items() if key.startswith(PREFIX)
    }
    refused = {key: why for key in asked if (why := _barred(key, allowed))}
    chosen = None
    if "tasks" in asked and "tasks" not in refused:
        names = _listed(asked["tasks"])
        if why := _no_tasks(names, given):
            refused["tasks"] = why
        else:
            chosen = tuple(dict.fromkeys(map(canonical, names)))
    known = settings.known(tasks if chosen is None else chosen)
    values = {
        key: _listed(asked[key]) if key == "labels" else asked[key]
        for key in SETTINGS
        if key in asked and key not in refused
    }
    for key, value in values.items():
        if key not in known:
            refused[key] = "is not a setting of any of the tasks"
        elif why := settings.complaint(key, value, known[key]):
            refused[key] = why
    return Overrides(
        chosen,
        {key: value for key, value in values.items() if key not in refused},
        tuple(f"{PREFIX}{key} {why}" for key, why in sorted(refused.items())),
    )


def possible(own: Overrides, tier: Tier, detail: str) -> Overrides:
    """Without a model that lacks the recipe's tier or detail: it would never be asked."""
    named = str(own.settings.get("model", ""))
    why = models.unable(named, tier, detail) if named else None
    if not why:
        return own
    kept = {key: value for key, value in own.settings.items() if key != "model"}
    return replace(own, settings=kept, refused=(*own.refused, f"{PREFIX}model {why}"))


def _barred(key: str, allowed: Collection[str]) -> str | None:
    if key not in NAMES:
        return f"is not an override; there are: {', '.join(PREFIX + name for name in NAMES)}"
    return None if key in allowed else "is not allowed by the recipe"


def _no_tasks(names: Sequence[str], given: Mapping[str, Any]) -> str | None:
    if not names:
        return "names no task"
    for name in names:
        if why := settings.task_complaint(name):
            return why
        if key := settings.lacking(canonical(name), given):
            return f"asks for {name!r}, which needs a {key}, and the recipe has none"
    return None


def _listed(text: str) -> list[str]:
    """The comma-separated entries, each once."""
    entries = (entry.strip() for entry in text.split(","))
    return list(dict.fromkeys(entry for entry in entries if entry))
