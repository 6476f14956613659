"""A recipe: the tasks and settings of the uploads that match it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from shared import settings, tasks
from shared.intake.recipes import overrides
from shared.intake.recipes.condition import Condition, Traits
from shared.intake.recipes.overrides import Overrides
from shared.intake.recipes.settings import request
from shared.intake.recipes.shadowing import Shadowing
from shared.model import ImageRef, Job, Tier

_LATER: Mapping[str, Any] = {"tier": "standard", "reuse": True, "carry": (), "shadow": None}
MOST_CARRIED = 2_000  # bytes of keys and values


@dataclass(frozen=True, slots=True)
class Budgets:
    """What the calls of a recipe's jobs may cost, in USD; None: there is no limit of its own."""

    daily: float | None = None
    monthly: float | None = None
    per_photo: float | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """One [[recipe]] of recipes.toml. One without tasks ignores the uploads that match."""

    name: str
    condition: Condition
    tasks: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    allow_overrides: tuple[str, ...] = ()
    tier: Tier = "standard"
    reuse: bool = True
    carry: tuple[str, ...] = ()  # keys of the upload's metadata
    shadow: Shadowing | None = None
    budgets: Budgets = Budgets()

    @property
    def fingerprint(self) -> str:
        """A digest of the recipe; it differs after any change, but of budgets.

        A key that came with a later version counts only if it is given.
        """
        whole = asdict(self)
        later = {key for key, usual in _LATER.items() if whole[key] == usual} | {"budgets"}
        told = {key: value for key, value in whole.items() if key not in later}
        text = json.dumps(told, sort_keys=True)
        return sha256(text.encode()).hexdigest()[:16]

    def overrides(self, upload: Traits) -> Overrides:
        """The upload's overrides, allowed and refused."""
        own = overrides.read(upload.metadata, self.allow_overrides, self.tasks, self.settings)
        return overrides.possible(own, self.tier, str(self.settings.get("detail", "")))

    def jobs(
        self,
        ref: ImageRef,
        own: Overrides | None = None,
        model: str | None = None,
        carried: Mapping[str, str] = MappingProxyType({}),
    ) -> list[Job]:
        """One job per task, resolved: nothing in it is looked up later.

        `own` are the upload's overrides; `model` is the default if neither they nor the recipe name
        one, MODEL of the environment if not given. Refused overrides are in the request, and so in
        the record, for the uploader. `carried` goes with the result as it is.
        """
        own = own or Overrides()
        names = self.tasks if own.tasks is None else own.tasks
        made = [
            Job(
                (ref,),
                name,
                self._request(name, own, model),
                self.tier,
                reuse=self.reuse,
                carried=dict(carried),
                recipe=self.name,
            )
            for name in names
        ]
        shadow = self.shadow
        return [replace(job, shadow=shadow.of(job)) for job in made] if shadow else made

    def carried(self, upload: Traits) -> tuple[dict[str, str], list[str]]:
        """The upload's metadata that goes with results; and the keys for which there is no room."""
        taken: dict[str, str] = {}
        room, lacking = MOST_CARRIED, list[str]()
        for key in self.carry:
            value = upload.metadata.get(key.lower())
            if value is None:
                continue
            size = len(key.encode()) + len(value.encode("utf-8", "replace"))
            if size > room:
                lacking.append(key)
            else:
                taken[key] = value
                room -= size
        return taken, lacking

    def _request(self, name: str, own: Overrides, model: str | None) -> dict[str, Any]:
        chosen = {**self.settings, **own.settings}
        return {
            **request(name, chosen),
            "model": chosen.get("model") or model or settings.current().model,
            "prompt_version": tasks.find(name).version,
            **({"refused_overrides": list(own.refused)} if own.refused else {}),
        }
