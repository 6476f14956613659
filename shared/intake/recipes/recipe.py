"""A recipe: for the uploads it takes, the tasks and their settings."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from shared import settings, tasks
from shared.intake.recipes import overrides
from shared.intake.recipes.condition import Condition, Traits
from shared.intake.recipes.overrides import Overrides
from shared.intake.recipes.settings import COMMON
from shared.model import ImageRef, Job


@dataclass(frozen=True, slots=True)
class Recipe:
    """One [[recipe]] of recipes.toml. Without tasks it takes uploads in order to ignore them."""

    name: str
    condition: Condition
    tasks: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    allow_overrides: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A digest of all it says; another one when it was changed."""
        said = json.dumps(asdict(self), sort_keys=True)
        return sha256(said.encode()).hexdigest()[:16]

    def overrides(self, upload: Traits) -> Overrides:
        """What the upload asks for itself, and what of it is refused."""
        return overrides.read(upload.metadata, self.allow_overrides, self.tasks, self.settings)

    def jobs(
        self, ref: ImageRef, own: Overrides | None = None, model: str | None = None
    ) -> list[Job]:
        """One job per task, resolved: nothing in it is looked up later.

        `own` is what the upload asks for itself; `model` stands for a model that neither it nor
        the recipe names, by default MODEL of the environment. What was refused is in the request,
        and so in the record, where the uploader looks.
        """
        own = own or Overrides()
        names = self.tasks if own.tasks is None else own.tasks
        return [Job((ref,), name, self._request(name, own, model)) for name in names]

    def _request(self, name: str, own: Overrides, model: str | None) -> dict[str, Any]:
        task = tasks.find(name)
        chosen = {**self.settings, **own.settings}
        known = {**COMMON, **task.defaults}
        return {
            **known,
            **{key: value for key, value in chosen.items() if key in known},
            "model": chosen.get("model") or model or settings.current().model,
            "prompt_version": task.version,
            **({"refused_overrides": list(own.refused)} if own.refused else {}),
        }
