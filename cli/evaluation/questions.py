"""What a model is asked about each photo of a golden set."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cli.golden.golden_set import GoldenSet
from cli.golden.item import Item
from cli.golden.manifest import BadSet
from shared import tasks
from shared.border.gemini import models
from shared.intake.recipes import Recipe, settings
from shared.intake.recipes.condition import Condition
from shared.intake.recipes.glob import Glob
from shared.model import Job, Tier

_VERSION = re.compile(r"(-(\d[\w.]*|exp|latest|preview))+")  # after the name of a model


@dataclass(frozen=True, slots=True)
class Question:
    """One question about one photo, and the tasks whose truth its answer is graded by."""

    item: Item
    tasks: tuple[str, ...]
    job: Job

    @property
    def model(self) -> str:
        """The model that is asked."""
        return str(self.job.request["model"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a set is asked: by the settings its truth has, or by those of a recipe.

    An empty `task` is every task that the set has a truth for.
    """

    recipe: Recipe | None = None
    tier: Tier | None = None
    task: str = ""

    def questions(self, golden: GoldenSet, model: str) -> list[Question]:
        """The questions to a model, in the order of the set. Raises BadSet if there are none.

        Two models are asked the same about the same photos.
        """
        found = [each for item in golden.items.values() for each in self._about(item, model)]
        if not found:
            asked = f"the recipe {self.recipe.name!r} asks for" if self.recipe else "was asked for"
            raise BadSet(f"{golden.place} has no truth for what {asked}")
        for each in found:
            if why := unable(each):
                raise BadSet(why)
        return found

    def _about(self, item: Item, model: str) -> Iterator[Question]:
        truths = [name for name in item.truth if self.task in ("", name)]
        if self.recipe is None:
            for name in truths:
                recipe = _own(item, name, item.truth[name].asked)
                yield Question(item, (name,), self._job(recipe, name, item, model))
            return
        for name in self.recipe.tasks:
            if graded := tuple(each for each in tasks.parts(name) if each in truths):
                yield Question(item, graded, self._job(self.recipe, name, item, model))

    def _job(self, recipe: Recipe, name: str, item: Item, model: str) -> Job:
        """The job; it has no other model to fall back to: one model is graded."""
        only = {**recipe.settings, "model": model, "fallback_models": []}
        chosen = replace(
            recipe,
            tasks=(name,),
            settings=only,
            tier=self.tier or recipe.tier,
            carry=(),
            shadow=None,
        )
        (job,) = chosen.jobs(item.ref)
        return job


def unable(question: Question) -> str:
    """Why its model cannot be asked so, or must not be; "" if it can."""
    job, model = question.job, models.find(question.model)
    if why := models.unable(model.name, job.tier, str(job.request.get("detail", ""))):
        return f"the model {why}"
    if tasks.find(job.task).worker == "segment" and model.masks == "none":
        return f"{model.name} cannot draw masks, and {job.task} needs them"
    return ""


def own_drafts(questions: Sequence[Question], model: str) -> int:
    """How many truths are drafts of that model, or a version of it, that nobody looked at."""
    return sum(
        truth.who is None and _same_model(truth.drafted_by or "", model)
        for each in questions
        for name in each.tasks
        for truth in [each.item.truth[name]]
    )


def unseen(questions: Sequence[Question]) -> int:
    """How many truths are drafts of any model that nobody looked at."""
    return sum(each.item.truth[name].who is None for each in questions for name in each.tasks)


def not_graded(questions: Sequence[Question]) -> tuple[str, ...]:
    """The tasks that are asked and not graded: captions, and those without a truth."""
    asked = {name for each in questions for name in tasks.parts(each.job.task)}
    return tuple(sorted(asked - {name for each in questions for name in each.tasks}))


def _same_model(one: str, other: str) -> bool:
    """Whether one is the other, or a version of it: "gemini-4-argon" and "gemini-4-argon-001"."""
    short, long = sorted((one, other), key=len)
    rest = long.removeprefix(short)
    return one == other or (rest != long and _VERSION.fullmatch(rest) is not None)


def _own(item: Item, task: str, asked: Mapping[str, Any]) -> Recipe:
    """The settings of a truth as a recipe. Raises BadSet if they are none."""
    known = settings.known([task])
    for key, value in asked.items():
        why = settings.complaint(key, value, known[key]) if key in known else "is not known"
        if why:
            raise BadSet(f"{item.name}, {task}: the setting {key} {why}")
    if lacking := settings.lacking(task, asked):
        raise BadSet(f"{item.name}: {task} needs {lacking}; name a --recipe that has it")
    return Recipe("golden", Condition(Glob("**")), (task,), asked)
