"""What jobs will cost before they are asked: likely, and at most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from statistics import fmean

from shared.border.gemini import models, tokens
from shared.border.gemini.models import Model
from shared.jobs import costs, index
from shared.jobs.index import Entry
from shared.jobs.turn import TURNS, Turn
from shared.model import Job, Photo, Size, Usage

Sizes = Sequence[Size | None]  # of a job's photos; None: it was never opened

_LOOKED_AT = 1000  # entries of the index
USUAL_ANSWER = 500  # tokens


@dataclass(frozen=True, slots=True)
class Estimate:
    """USD; None where no price is known."""

    likely: float | None
    most: float | None

    @classmethod
    def sum(cls, prices: Sequence["Estimate"]) -> "Estimate":
        """The total."""
        return cls(_sum([each.likely for each in prices]), _sum([each.most for each in prices]))


def experience() -> list[Entry]:
    """The newest index entries that have a cost."""
    entries = islice(index.newest(), _LOOKED_AT)
    return [
        entry
        for entry in entries
        if entry.status == "done" and entry.cost_usd is not None and _was_paid(entry)
    ]


def sizes(photos: Iterable[Photo]) -> Sizes:
    """The sizes of photos, as far as they were opened."""
    return [
        Size(each.width, each.height) if each.width and each.height else None for each in photos
    ]


def of(job: Job, photos: Sizes, past: Iterable[Entry]) -> Estimate:
    """What a job will cost.

    Likely: the mean of past jobs of its task and model, else one usual answer. At most: every
    question with an answer of full length, from the most expensive model that may be asked.
    """
    today = datetime.now(UTC).date()
    likely = mean(job, past)
    if likely is None:
        model = asked(job, job.request["model"])
        likely = model.cost(answered(job, model, photos, USUAL_ANSWER), today)
    return Estimate(likely, dearest(job, photos, today))


def likely(job: Job, past: Iterable[Entry]) -> float:
    """What a job of an unopened photo will cost, for budgets: at the dearest price if need be."""
    mine = of(job, [None] * len(job.images), past).likely
    if mine is not None:
        return mine
    model = asked(job, job.request["model"])
    usage = answered(job, model, [None] * len(job.images), USUAL_ANSWER)
    return models.dearest(usage, datetime.now(UTC).date())


def mean(job: Job, past: Iterable[Entry]) -> float | None:
    """The mean cost of past jobs of its task, model and tier; None if there are none."""
    spent = [
        entry.cost_usd
        for entry in past
        if entry.cost_usd is not None
        and entry.task == job.task
        and entry.tier == job.tier
        and f"{entry.model}-".startswith(f"{job.request['model']}-")
    ]
    return fmean(spent) if spent else None


def dearest(job: Job, photos: Sizes, day: date) -> float | None:
    """The cost by the dearest model that may be asked, if every answer reaches its limit."""
    names = [job.request["model"], *job.request.get("fallback_models", ())]
    prices = [_all_turns(job, asked(job, name), photos, day) for name in names]
    return None if None in prices else max(each for each in prices if each is not None)


def asked(job: Job, name: str) -> Model:
    """The model of that name as the job would ask it."""
    return models.find(name, job.request.get("detail", ""))


def answered(job: Job, model: Model, photos: Sizes, length: int) -> Usage:
    """The tokens of one call whose answer has this length, or the longest that is allowed."""
    turn = Turn.first(job)
    question = tokens.of_question(model, _sent(photos, model), turn.words(job))
    answer = min(length, turn.most_tokens(job.request, model))
    return Usage(model.name, prompt_tokens=question, output_tokens=answer, tier=job.tier)


def _all_turns(job: Job, model: Model, photos: Sizes, day: date) -> float | None:
    """The cost of all questions; the limit of an answer doubles each time."""
    first, sent = Turn.first(job), _sent(photos, model)
    turns = [replace(first, number=number, doublings=number) for number in range(TURNS)]
    return _sum([model.cost(costs.largest(job, model, sent, turn), day) for turn in turns])


def _sent(photos: Sizes, model: Model) -> list[Size]:
    """The sizes of the photos; for one that was never opened, the largest size that is sent."""
    return [each or Size(model.side, model.side) for each in photos]


def _was_paid(entry: Entry) -> bool:
    """Whether the job was asked; early entries do not count calls."""
    return bool(entry.calls or entry.cost_usd)


def _sum(parts: Sequence[float | None]) -> float | None:
    return None if None in parts else sum(each for each in parts if each is not None)
