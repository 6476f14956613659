"""USD for 1,000 photos, by tasks and model: the tasks apart and in one call, standard and flex.

The model's tokens are estimated from the project's own prompts and price table; what Google Cloud
bills besides is measured at the emulators, a job of each kind, and priced by its list prices. What
is assumed stands below the table. No real call was made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from bench import answers, billing, photo, roundtrips, steps
from bench.cases import Case
from bench.pipeline import NAMES, Pipeline, Script, checkouts, pipelines
from bench.report import Report, Row, progress
from bench.steps import Step
from shared.border.gemini import models, tokens
from shared.border.gemini.models import Model
from shared.intake import recipes
from shared.jobs.turn import Turn
from shared.model import ImageRef, Size, Usage
from shared.tasks import SIGN

MODELS = ("gemini-3.8-flash", "gemini-3.5-flash-lite", "gemini-2.5-flash-lite")
# `segment` gives the boxes that `detect` gives, so with it one call need not ask for both.
SETS: Mapping[tuple[str, ...], str] = {
    ("detect",): "detect",
    ("caption",): "caption",
    ("segment",): "segment",
    ("detect", "caption"): "detect+caption",
    ("detect", "segment", "caption"): "segment+caption",
}
_PHOTOS = 1000
_SIZE = photo.SIZES[12]
_MODEL_SECONDS = 5.0  # a call
_THOUGHTS = 300  # tokens of a call at LOW, and of a model whose row says nothing
_AT_ONCE = {
    "detect": 40,
    "segment": 24,
    "describe": 40,
}  # as in functions.tf
_WORKER_GIB, _SMALL_GIB, _SMALL_AT_ONCE = 2.0, 0.5, 16


@dataclass(frozen=True, slots=True)
class Ours:
    """USD that Google Cloud bills for one photo besides the model, and a month of its results."""

    storage: float = 0.0
    instances: float = 0.0
    month: float = 0.0

    def __add__(self, other: "Ours") -> "Ours":
        return Ours(
            self.storage + other.storage,
            self.instances + other.instances,
            self.month + other.month,
        )


def run(day: date | None = None, size: Size = _SIZE) -> Report:
    """A row for each set of tasks and model, apart and in one call."""
    day = day or datetime.now(UTC).date()
    ours = _ours(size)
    rows = [
        row
        for name in MODELS
        for valid, when in _days(models.find(name), day)
        for row in _rows(models.find(name), valid, when, ours)
    ]
    return Report(f"USD for {_PHOTOS:,} photos of 12 megapixels", rows, _notes(ours))


def _days(model: Model, day: date) -> Iterator[tuple[date, str]]:
    """The days with prices of their own, and what they are called."""
    yield day, ""
    for price in model.changes(day):
        yield price.since, f" from {price.since}"


def _rows(model: Model, day: date, when: str, ours: Mapping[str, Ours]) -> Iterator[Row]:
    for asked, together in SETS.items():
        apart = [call(task, model, day) for task in asked]
        yield _row(asked, "apart", f"{model.name}{when}", apart, _all(asked, ours))
        if len(asked) > 1:
            one = [call(together, model, day)]
            yield _row(asked, "one call", f"{model.name}{when}", one, _all([together], ours))


def _all(names: Sequence[str], ours: Mapping[str, Ours]) -> Ours:
    return sum((ours[name] for name in names), ours["ingest"])


def _row(
    asked: Sequence[str], how: str, model: str, calls: Sequence[tuple[float, float]], ours: Ours
) -> Row:
    standard, flex = (_PHOTOS * sum(each) for each in zip(*calls, strict=True))
    besides = _PHOTOS * (ours.storage + ours.instances)
    return {
        "tasks": ", ".join(asked),
        "how": how,
        "model": model,
        "model_usd": round(standard, 2),
        "flex_usd": round(flex, 2),
        "storage_usd": round(_PHOTOS * ours.storage, 3),
        "instances_usd": round(_PHOTOS * ours.instances, 3),
        "month_usd": round(_PHOTOS * ours.month, 3),
        "all_usd": round(standard + besides, 2),
        "all_flex_usd": round(flex + besides, 2),
    }


def call(task: str, model: Model, day: date) -> tuple[float, float]:
    """USD for one call, by the standard and by the flex tier, as estimated."""
    ref = ImageRef("uploads", "photo.jpg", 1)
    asks = f'name = "bench"\nmatch = "**"\ntasks = ["{task}"]\nmodel = "{model.name}"'
    (recipe,) = recipes.parse(f"[[recipe]]\n{asks}")
    (job,) = recipe.jobs(ref, recipe.overrides(recipes.Traits.of(ref.name, None, {})))
    usage = Usage(
        model.name,
        prompt_tokens=tokens.of_question(model, [_SIZE], Turn.first(job).words(job)),
        output_tokens=answers.tokens(answers.of(task.split(SIGN))),
        thought_tokens=_thoughts(model),
    )
    costs = [model.cost(replace(usage, tier=tier), day) for tier in ("standard", "flex")]
    standard, flex = (each for each in costs if each is not None)
    return standard, flex


def _thoughts(model: Model) -> int:
    if model.thinking_budget is not None:
        return model.thinking_budget
    return 0 if model.thinking_level == "MINIMAL" else _THOUGHTS


def _ours(size: Size) -> dict[str, Ours]:
    """What each job takes, with the webhook about it; and what ingest takes of each photo."""
    data = photo.encoded(photo.picture(size), "JPEG")
    with pipelines({"here": checkouts(None)["here"]}, roundtrips.DELAY) as (each, script):
        pipeline = each["here"]
        steps.webhook(pipeline, data)  # what a process does only once is not counted
        ingested, _, notified = steps.webhook(pipeline, data)
        told = _step(notified, _SMALL_AT_ONCE, _SMALL_GIB)
        found = {"ingest": _step(ingested, _SMALL_AT_ONCE, _SMALL_GIB)}
        names = dict.fromkeys([*(task for asked in SETS for task in asked), *SETS.values()])
        for name in names:
            progress(name)
            found[name] = told + _job(pipeline, script, name, data)
        return found


def _job(pipeline: Pipeline, script: Script, task: str, data: bytes) -> Ours:
    parts = task.split(SIGN)
    case = Case(task, task, answers.of(parts), NAMES[parts[0]])
    script.answer = case.answer
    steps.ask(case, pipeline, data)
    before = pipeline.stored()
    (step,) = steps.ask(case, pipeline, data)
    month = billing.kept(pipeline.stored() - before)
    return replace(_step(step, _AT_ONCE[case.worker], _WORKER_GIB, _MODEL_SECONDS), month=month)


def _step(step: Step, at_once: int, gib: float, more_seconds: float = 0.0) -> Ours:
    of_class = [roundtrips.requests([step], billed) for billed in ("A", "B")]
    seconds = step.until_done + more_seconds
    return Ours(billing.storage(*of_class), billing.instance(seconds, at_once, gib))


def _notes(ours: Mapping[str, Ours]) -> list[str]:
    alone = _PHOTOS * _AT_ONCE["detect"] * ours["detect"].instances
    return [
        f"Assumed: {answers.OBJECTS} objects a photo, outlines of {answers.CORNERS} corners, a "
        "token for a digit, for four letters and for a run of signs,",
        f"{_THOUGHTS} tokens of thought at LOW and none at MINIMAL, one answer a call, a model "
        f"that takes {_MODEL_SECONDS:g} s, instances that are full",
        f"(one job at a time costs {alone:.2f} for detect), one webhook a result, one region, no "
        "free tier.",
        "One call for detect, segment and caption asks segment+caption: its objects have boxes.",
        "month_usd: results and state kept for a month, not in all_usd; nor are Pub/Sub, Cloud "
        "Tasks and the log, less than 0.02.",
    ]
