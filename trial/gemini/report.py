"""The report of a trial: facts by model, and the verdict on all."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Literal

from shared import settings
from shared.border.gemini import models
from trial.gemini import assumptions as never_run
from trial.gemini import checks, kept
from trial.gemini.asking import Asked
from trial.gemini.assumptions import Assumption
from trial.gemini.checks import Finding, Seen, counts
from trial.gemini.kept import Call
from trial.gemini.plan import Plan
from trial.gemini.question import Estimated

State = Literal["as assumed", "not as assumed", "not whole"]


@dataclass(frozen=True, slots=True)
class Row:
    """One call, for people and programs."""

    about: str
    outcome: str
    sentence: str
    found: Mapping[str, int]
    problems: Mapping[str, int]
    seconds: float
    usd: float
    file: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """Tokens as counted, by our estimate: the median and the one farthest from 1."""

    median: float
    worst: float


@dataclass(frozen=True, slots=True)
class Modelled:
    """What was seen of a model; `left` calls were announced and not made, `why` says the reason."""

    model: str
    versions: tuple[str, ...]
    asked: int
    answered: int
    left: int
    why: str
    masks: Mapping[str, int]
    prompt: Ratio | None
    image: Ratio | None
    output_tokens: float | None  # the median
    thought_tokens: float | None
    usd: float
    likely_usd: float
    seconds: float | None  # the median
    findings: Sequence[Finding]
    calls: Sequence[Row]

    @property
    def surprises(self) -> list[Finding]:
        """What is not as assumed."""
        return [each for each in self.findings if each.verdict == "no"]


@dataclass(frozen=True, slots=True)
class Report:
    """A trial; one that was `asked_of` the local model says nothing of Gemini."""

    made_at: str
    asked_of: kept.Place
    location: str  # of Vertex AI; "" elsewhere
    usd: float  # of this run
    most_usd: float  # the sum that was allowed
    models: Sequence[Modelled]
    skipped: Sequence[tuple[str, str]]
    interrupted: str = ""  # why it did not come to its end
    assumptions: Sequence[Assumption] = field(default=never_run.ALL)

    @property
    def state(self) -> State:
        """The verdict: something is not as assumed; or not all that was announced was asked."""
        if any(each.surprises for each in self.models):
            return "not as assumed"
        if self.interrupted or any(each.left for each in self.models):
            return "not whole"
        return "as assumed"


def of(
    plan: Plan, asked: Iterable[Asked], spent: float, most: float, interrupted: str = ""
) -> Report:
    """The report of what was asked so far."""
    skipped = [(offer.model, why) for offer, why in plan.skipped]
    return Report(
        datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        kept.place(),
        settings.current().google_cloud_location if kept.place() == "vertex" else "",
        round(spent, 6),
        most,
        [of_model(each) for each in asked],
        [*skipped, *plan.gone],
        interrupted,
    )


def of_model(asked: Asked) -> Modelled:
    """What was seen of a model."""
    seen = Seen(models.find(asked.model), asked.calls)
    read = [each.reading for each in seen.read if each.reading]
    masks = Counter[str]()
    for each in read:
        masks.update(each.masks)
    found = list(checks.of(seen))
    if not asked.there:
        found.insert(0, Finding("there", "The service has the model.", "no", asked.why))
    return Modelled(
        asked.model,
        tuple(sorted({each.told.version for each in read if each.told.version})),
        len(asked.calls),
        sum(each.reading is not None for each in asked.calls),
        asked.left,
        asked.why,
        dict(sorted(masks.items())),
        _ratio(counts.ratios(seen.read, lambda t: t.prompt, lambda c: _estimate(c).prompt_tokens)),
        _ratio(counts.ratios(seen.read, lambda t: t.image, lambda c: _estimate(c).image_tokens)),
        _middle([each.told.tokens.output for each in read]),
        _middle([each.told.tokens.thoughts or 0 for each in read]),
        round(sum(each.usd for each in asked.calls), 6),
        round(sum(_estimate(each).likely_usd for each in asked.calls), 6),
        _middle([each.seconds for each in seen.read]),
        found,
        [_row(each) for each in asked.calls],
    )


def _estimate(call: Call) -> Estimated:
    return call.question.estimate


def _row(call: Call) -> Row:
    read = call.reading
    outcome, sentence = "turned down", ""
    if read:
        outcome, sentence = read.outcome, read.sentence
    elif call.trouble:
        outcome = "late" if call.may_be_charged else "turned down"
        sentence = call.trouble.sentence
    return Row(
        call.question.about,
        outcome,
        sentence,
        read.found if read else {},
        read.problems if read else {},
        call.seconds,
        round(call.usd, 6),
        call.question.file,
    )


def _ratio(found: Sequence[float]) -> Ratio | None:
    if not found:
        return None
    return Ratio(round(median(found), 3), round(counts.worst(found), 3))


def _middle(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return round(median(known), 3) if known else None
