"""What the questions of a plan will cost, before a photo was opened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from shared.backfill.plan import Cost
from shared.border.gemini.models import Model
from shared.jobs import estimate
from shared.jobs.estimate import USUAL_ANSWER
from shared.jobs.index import Entry
from shared.model import Job

_SHORT = 60  # tokens of an answer
_UNOPENED = (None,)  # the one photo of a job


@dataclass(frozen=True, slots=True)
class Price:
    """Of one job. `later` is by the day on which prices change; tokens are likely ones."""

    now: Cost
    later: Mapping[str, Cost]
    prompt_tokens: int
    output_tokens: int


def of(job: Job, past: Iterable[Entry]) -> Price:
    """The price of a job, as if its photo had the largest size that is sent.

    Likely: the mean of past jobs of its task and model, else one answer of usual length. At most:
    every question with an answer of full length, from the dearest model that may be asked.
    """
    model = estimate.asked(job, job.request["model"])
    today = datetime.now(UTC).date()
    days = [today, *(change.since for change in model.changes(today))]
    mean = estimate.mean(job, past)
    prices = {day.isoformat(): _on(day, job, model, mean) for day in days}
    usual = estimate.answered(job, model, _UNOPENED, USUAL_ANSWER)
    now, *_ = prices.values()
    later = dict(list(prices.items())[1:])
    return Price(now, later, usual.prompt_tokens, usual.output_tokens)


def _on(day: date, job: Job, model: Model, mean: float | None) -> Cost:
    """The price on a day; a mean of today changes as the price of a usual answer does."""
    low, usual = (_cost(job, model, length, day) for length in (_SHORT, USUAL_ANSWER))
    today = _cost(job, model, USUAL_ANSWER, datetime.now(UTC).date())
    likely = usual if not mean or not today or usual is None else mean * usual / today
    return Cost(_least(low, likely), likely, estimate.dearest(job, _UNOPENED, day))


def _least(low: float | None, likely: float | None) -> float | None:
    return None if low is None or likely is None else min(low, likely)


def _cost(job: Job, model: Model, length: int, day: date) -> float | None:
    return model.cost(estimate.answered(job, model, _UNOPENED, length), day)
