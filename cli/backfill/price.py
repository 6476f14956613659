"""What the questions of a plan will cost, before a photo was opened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from statistics import fmean

from shared.backfill.plan import Cost
from shared.border.gemini import models, tokens
from shared.border.gemini.models import Model
from shared.jobs import costs
from shared.jobs.index import Entry
from shared.jobs.turn import Turn
from shared.model import Job, Size, Usage
from shared.work.turns import TURNS

_SHORT, _USUAL = 60, 500  # tokens of an answer


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
    model = models.find(job.request["model"], job.request.get("detail", ""))
    today = datetime.now(UTC).date()
    days = [today, *(change.since for change in model.changes(today))]
    spent = [each.cost_usd for each in past if _is_alike(each, job)]
    mean = fmean(each for each in spent if each is not None) if spent else None
    prices = {day.isoformat(): _on(day, job, model, mean) for day in days}
    usual = _usage(job, model, _USUAL)
    now, *_ = prices.values()
    later = dict(list(prices.items())[1:])
    return Price(now, later, usual.prompt_tokens, usual.output_tokens)


def _on(day: date, job: Job, model: Model, mean: float | None) -> Cost:
    """The price on a day; a mean of today changes as the price of a usual answer does."""
    low, usual = (_cost(job, model, length, day) for length in (_SHORT, _USUAL))
    today = _cost(job, model, _USUAL, datetime.now(UTC).date())
    likely = usual if not mean or not today or usual is None else mean * usual / today
    asked = [model.name, *job.request.get("fallback_models", ())]
    dearest = [
        _all_turns(job, models.find(name, job.request.get("detail", "")), day) for name in asked
    ]
    most = None if None in dearest else max(each for each in dearest if each is not None)
    return Cost(_least(low, likely), likely, most)


def _least(low: float | None, likely: float | None) -> float | None:
    return None if low is None or likely is None else min(low, likely)


def _cost(job: Job, model: Model, length: int, day: date) -> float | None:
    return model.cost(_usage(job, model, length), day)


def _usage(job: Job, model: Model, length: int) -> Usage:
    """The tokens of one call whose answer has this length."""
    turn, largest = Turn.first(job), Size(model.side, model.side)
    asked = tokens.of_question(model, [largest], turn.words(job))
    answer = min(length, turn.most_tokens(job.request, model))
    return Usage(model.name, prompt_tokens=asked, output_tokens=answer, tier=job.tier)


def _all_turns(job: Job, model: Model, day: date) -> float | None:
    """The cost if every answer reaches its limit, which doubles each time."""
    first, largest = Turn.first(job), [Size(model.side, model.side)]
    turns = [replace(first, number=number, doublings=number) for number in range(TURNS)]
    parts = [model.cost(costs.largest(job, model, largest, turn), day) for turn in turns]
    return None if None in parts else sum(each for each in parts if each is not None)


def _is_alike(entry: Entry, job: Job) -> bool:
    model = job.request["model"]
    alike = entry.task == job.task and entry.tier == job.tier
    return alike and f"{entry.model}-".startswith(f"{model}-")
