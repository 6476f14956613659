"""What a redrive will cost: likely, and at most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import fmean

from shared.border.gemini import models
from shared.border.gemini.models import Model
from shared.jobs import costs, index
from shared.jobs.index import Entry
from shared.jobs.record import Record
from shared.jobs.turn import Turn
from shared.model import Job, Size
from shared.work.turns import TURNS

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


def of(job: Job, record: Record, past: Iterable[Entry]) -> Estimate:
    """What a job will cost that repeats the job of a record.

    Likely: the mean of past jobs of its task and model, else one usual answer. At most: every
    question with an answer of full length, from the most expensive model that may be asked.
    """
    model = job.request["model"]
    asked = [model, *job.request.get("fallback_models", ())]
    dearest = [_all_turns(job, _model(job, each), record) for each in asked]
    most = None if None in dearest else max(each for each in dearest if each is not None)
    alike = [
        entry.cost_usd
        for entry in past
        if entry.cost_usd is not None
        and entry.task == job.task
        and entry.tier == job.tier
        and f"{entry.model}-".startswith(f"{model}-")
    ]
    return Estimate(fmean(alike) if alike else _usual(job, _model(job, model), record), most)


def _model(job: Job, name: str) -> Model:
    """The model as the job would ask it."""
    return models.find(name, job.request.get("detail", ""))


def _all_turns(job: Job, model: Model, record: Record) -> float | None:
    """The cost if every answer reaches its limit, which doubles each time."""
    sizes, first = _sizes(record, model), Turn.first(job)
    turns = [replace(first, number=number, doublings=number) for number in range(TURNS)]
    return _sum([costs.most(job, model, sizes, turn) for turn in turns])


def _usual(job: Job, model: Model, record: Record) -> float | None:
    """The cost of one answer of a usual length."""
    longest = min(job.request["max_output_tokens"], USUAL_ANSWER)
    usual = replace(job, request={**job.request, "max_output_tokens": longest})
    return costs.most(usual, model, _sizes(record, model))


def _sizes(record: Record, model: Model) -> list[Size]:
    """The sizes of the photos; for one that was never opened, the largest size that is sent."""
    side = model.side
    return [Size(each.width or side, each.height or side) for each in record.images]


def _was_paid(entry: Entry) -> bool:
    """Whether the job was asked; early entries do not count calls."""
    return bool(entry.calls or entry.cost_usd)


def _sum(parts: Sequence[float | None]) -> float | None:
    return None if None in parts else sum(each for each in parts if each is not None)
