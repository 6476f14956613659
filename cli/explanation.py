"""Which recipe takes one upload, and its jobs: for people and for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cli import amounts, together
from shared import naming, settings
from shared.border.gemini import models, tokens
from shared.intake import job_file
from shared.intake.recipes import Recipe, Traits
from shared.model import ImageRef, Job, Size

_MODEL = "MODEL"  # a placeholder where no model is set
# Sixteen digits, as in Cloud Storage: its length counts towards the longest name.
_GENERATION = 10**15


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A recipe that does not take the upload, and why."""

    recipe: str
    because: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The recipe that takes an upload, those before it, and the jobs it makes."""

    upload: Traits
    passed_over: tuple[PassedOver, ...] = ()
    recipe: Recipe | None = None
    jobs: tuple[Job, ...] = ()
    refused: tuple[str, ...] = ()
    job_file: bool = False

    def lines(self) -> list[str]:
        """The explanation as lines of text."""
        if self.job_file:
            return [f"{self.upload.name!r} is a job file: it contains its own question."]
        told = [f"{each.recipe}: no, {each.because}" for each in self.passed_over]
        if self.recipe is None:
            return [*told, f"No recipe takes {self.upload.name!r}: nothing happens to it."]
        told.append(f"{self.recipe.name}: yes")
        told += [f"  {sentence}" for sentence in amounts.sentences(self.recipe)]
        told += [f"  refused: {sentence}" for sentence in self.refused]
        told += _shadowed(self.recipe, self.jobs)
        if not self.jobs:
            told.append("  It has no tasks: the upload is ignored.")
        for job in self.jobs:
            told += [f"  {job.task}", f"    results in {_folder(job)}"]
            told += [f"    {key} = {_shown(value)}" for key, value in sorted(job.request.items())]
            told += _copied(job)
            told += [f"    {each}" for each in together.sentences(job)]
            told += _looked_at(job)
            told += [] if job.reuse else ["    reuse = false"]
            told += [f"    carries {key} = {_shown(held)}" for key, held in job.carried.items()]
            told += [f"    tier = {_shown(job.tier)}"] if job.tier != "standard" else []
        if self._placeholder():
            told.append("MODEL is not set, and neither recipe nor upload names a model: it is")
            told.append("shown as MODEL here.")
        return told

    def facts(self) -> dict[str, object]:
        """The explanation as JSON."""
        return {
            "name": self.upload.name,
            "content_type": self.upload.content_type,
            "metadata": self.upload.metadata,
            "is_job_file": self.job_file,
            "recipe": self.recipe.name if self.recipe else None,
            "passed_over": [
                {"recipe": each.recipe, "because": each.because} for each in self.passed_over
            ],
            "budgets": amounts.facts(self.recipe) if self.recipe else {},
            "refused_overrides": self.refused,
            "shadow": asdict(self.recipe.shadow) if self.recipe and self.recipe.shadow else None,
            "tasks": [job.task for job in self.jobs],
            "jobs": [*map(_facts, self.jobs)],
            "model_is_placeholder": self._placeholder(),
        }

    def _placeholder(self) -> bool:
        return any(job.request["model"] == _MODEL for job in self.jobs)


def of(upload: Traits, recipes: Sequence[Recipe]) -> Explanation:
    """What valid recipes make of an upload."""
    if job_file.is_one(upload.name):
        return Explanation(upload, job_file=True)
    passed_over: list[PassedOver] = []
    for recipe in recipes:
        because = recipe.condition.misfit(upload)
        if because is None:
            own = recipe.overrides(upload)
            ref, here = ImageRef("", upload.name, _GENERATION), settings.current()
            model = here.model if here.has("MODEL") else _MODEL
            jobs = recipe.jobs(ref, own, model, recipe.carried(upload)[0])
            return Explanation(upload, tuple(passed_over), recipe, tuple(jobs), own.refused)
        passed_over.append(PassedOver(recipe.name, because))
    return Explanation(upload, tuple(passed_over))


def described(recipe: Recipe) -> str:
    """A recipe in one line: what it takes, and its tasks."""
    condition = recipe.condition
    takes = [repr(condition.match.text)]
    if condition.content_type:
        takes.append(f"of type {condition.content_type.text!r}")
    takes += [f"with {key} = {glob.text!r}" for key, glob in condition.metadata.items()]
    return f"{' '.join(takes)} -> {', '.join(recipe.tasks) or 'ignored'}"


def _shadowed(recipe: Recipe, jobs: Sequence[Job]) -> list[str]:
    """What the shadow of a recipe does, if it has one."""
    shadow = recipe.shadow
    if shadow is None:
        return []
    told = [
        f"  shadow: {shadow.model} is asked about {shadow.share * 100:g} % of its photos, too, for "
        f"${shadow.daily_usd:g} a day at most"
    ]
    if any(job.request["model"] == shadow.model for job in jobs):
        told.append("  but not about this one: it is the model that is asked anyway")
    return told


def _looked_at(job: Job) -> list[str]:
    """What the detail of a job comes to, if it has one and its model is known."""
    detail, name = job.request.get("detail", ""), job.request["model"]
    if not detail or name == _MODEL:
        return []
    if why := models.unable(name, job.tier, detail):
        return [f"    cannot be asked: the model {why}"]
    model = models.find(name, detail)
    count = tokens.of_image(model, Size(model.side, model.side * 3 // 4))
    return [f"    a photo of 4:3 is about {count:,} tokens, sent with {model.side:,} pixels"]


def _copied(job: Job) -> list[str]:
    """Where the copies go that the job makes, if it makes any."""
    if not job.request.get("redact") and not job.request.get("crops"):
        return []
    folder = naming.copies(job.images[0]).removesuffix(f"/{_GENERATION}/")
    return [f"    copies in {folder}/{{generation}}/"]


def _facts(job: Job) -> dict[str, object]:
    return {
        "task": job.task,
        "request": job.request,
        "tier": job.tier,
        "reuse": job.reuse,
        "carried": dict(job.carried),
        "folder": _folder(job),
        **together.facts(job),
    }


def _folder(job: Job) -> str:
    """The folder of the job's results, with placeholders for generation and key."""
    tail = f"/{_GENERATION}/{job.task}-{job.key[:12]}/"
    return f"{naming.folder(job).removesuffix(tail)}/{{generation}}/{job.task}-{{key}}/"


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
