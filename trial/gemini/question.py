"""A call that will be made: what it asks, its estimate, and the name of the file it is kept in."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from shared import tasks
from shared.border.gemini import models, tokens
from shared.border.gemini import question as border
from shared.border.gemini.models import Model
from shared.intake.recipes.settings import request
from shared.jobs import costs, estimate
from shared.jobs.turn import Turn
from shared.model import ImageRef, Job, Schema, Tier, Usage
from trial.gemini import samples
from trial.gemini.samples import Case, Probe, Sample

_ODD = re.compile(r"[^\w.+-]", re.ASCII)  # in the name of a file


@dataclass(frozen=True, slots=True)
class Sent:
    """How the model is asked, by its row in models.toml."""

    media_resolution: str | None
    side: int
    thinking_budget: int | None
    thinking_level: str | None
    temperature: float | None


@dataclass(frozen=True, slots=True)
class Estimated:
    """Our own estimate of a call; `likely_usd` has a usual answer, `most_usd` the longest one."""

    prompt_tokens: int
    image_tokens: int
    likely_usd: float
    most_usd: float


@dataclass(frozen=True, slots=True)
class Question:
    """One call: the facts of its request, without the photos' bytes."""

    model: str
    task: str
    probe: Probe
    samples: tuple[Sample, ...]
    request: Mapping[str, Any]
    words: str
    schema: Schema | None
    most_tokens: int
    tier: Tier
    detail: str
    sent: Sent
    estimate: Estimated

    @property
    def digest(self) -> str:
        """The same for the same call: everything that the answer depends on."""
        asked = {key: value for key, value in asdict(self).items() if key != "estimate"}
        return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    @property
    def about(self) -> str:
        """What it asks, for people."""
        photos = " and ".join(each.name for each in self.samples)
        return f"{self.task}, {photos}{f' ({self.probe})' if self.probe else ''}"

    @property
    def file(self) -> str:
        """The name of the file that its answer is kept in."""
        photos = "-".join(each.name.partition(".")[0] for each in self.samples)
        parts = [self.model, self.task, photos, self.probe, self.digest[:8]]
        return f"{_ODD.sub('_', '.'.join(part for part in parts if part))}.json"

    @property
    def asked(self) -> border.Question:
        """The question as the client takes it."""
        return border.Question(
            self.words, self.schema, self.most_tokens, tier=self.tier, detail=self.detail
        )

    @property
    def job(self) -> Job:
        """The job that a worker would have."""
        images = (ImageRef("samples", each.name, 1) for each in self.samples)
        return Job(tuple(images), self.task, self.request, self.tier)


def of(name: str, wanted: Sequence[str] = ()) -> list[Question]:
    """The calls to a model: each task of `wanted` (none: every one) on its samples, and probes.

    A probe of a setting that the model does not have is left out.
    """
    model = models.find(name)
    return [_of(model, case) for case in _possible(model, samples.CASES, wanted)]


def _possible(model: Model, cases: Iterable[Case], wanted: Sequence[str]) -> Iterable[Case]:
    for case in cases:
        if wanted and case.task not in wanted:
            continue
        lacking = models.unable(model.name, case.tier, str(case.chosen.get("detail", "")))
        if not lacking:
            yield case


def _of(model: Model, case: Case) -> Question:
    asked = {**request(case.task, case.chosen), "model": model.name}
    shown = tuple(samples.sample(name) for name in case.photos)
    job = Job((), case.task, asked, case.tier)
    detail = str(asked.get("detail", ""))
    model = models.find(model.name, detail)
    wording = Turn.first(job).question(job, model)
    return Question(
        model.name,
        tasks.canonical(case.task),
        case.probe,
        shown,
        asked,
        wording.words,
        wording.schema,
        wording.most_tokens,
        case.tier,
        detail,
        Sent(
            model.media_resolution,
            model.side,
            model.thinking_budget,
            model.thinking_level,
            model.temperature,
        ),
        _estimated(job, model, shown),
    )


def _estimated(job: Job, model: Model, shown: Sequence[Sample]) -> Estimated:
    sizes = [each.size for each in shown]
    usual = estimate.answered(job, model, sizes, estimate.USUAL_ANSWER)
    return Estimated(
        usual.prompt_tokens,
        sum(tokens.of_image(model, tokens.shrunk(size, model.side)) for size in sizes),
        cost(model, usual),
        costs.reserved(job, model, sizes, Turn.first(job)),
    )


def cost(model: Model, usage: Usage, day: date | None = None) -> float:
    """USD by the price of the day, or of today; by the dearest known price if there is none."""
    day = day or datetime.now(UTC).date()
    known = model.cost(usage, day)
    return models.dearest(usage, day) if known is None else known
