"""One paid call, by the job's model or the first usable one of its `fallback_models`.

The next model is tried if one does not exist, cannot do what the job needs, was shut down, or was
down too often for this job. A flex job is asked by the flex tier or not at all: a model without one
is passed over, and a 503, which means that there is no room for such calls, is waited for.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from shared import redaction, settings, tasks
from shared.border.gemini import client, models
from shared.border.gemini.models import Model
from shared.errors import Misdirected
from shared.images.developed import Developed
from shared.intake import budgets
from shared.jobs import costs, ledger
from shared.jobs.lease import Lease
from shared.jobs.turn import Turn
from shared.model import Job
from shared.spending import budget, throttle
from shared.spending.patience import Limit
from shared.work import transport

DOWN = 3  # calls of a job that find a model down, before the next model is tried

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Answer:
    """A raw answer, the model that was called, and the budget reserved for it.

    Keep it before anything else is requested.
    """

    raw: bytes
    model: str
    limited: str  # the name of its rate limits
    reservation: budget.Reservation
    seen: Limit | None  # the model's last rate limit, as it was before the call
    began: float  # seconds since the epoch

    def kept(self, usd: float) -> None:
        """What is left to do for an answer that is kept and cost so much."""
        budget.settle(self.reservation, usd)
        throttle.answered(self.limited, self.seen, self.began)


def ask(job: Job, turn: Turn, developed: Sequence[Developed], held: Lease) -> Answer:
    """The answer of the first usable model.

    The last model is always tried, unless it cannot do what the job needs: its shutdown date in
    models.toml may be wrong. Raises what client.ask raises, and Throttled.
    """
    *others, last = _models(job)
    for model in others:
        why = _unable(job, model) or _retired(model) or _down(job, model)
        if not why:
            try:
                return _ask(job, model, turn, developed, held)
            except client.NoSuchModel as error:
                why = str(error)
        log.warning("trying the next model: %s", why)
    if why := _unable(job, last):
        raise Misdirected(why)
    if why := _retired(last):
        log.warning("%s; trying it anyway", why)
    return _ask(job, last, turn, developed, held)


def heed(job: Job, queued: float) -> None:
    """Raises Throttled if `ask` would, by the rate limits as they are now; reads little.

    The first model's limit counts if every model is rate limited, or if that one would be asked.
    """
    able = [model for model in _models(job) if not (_unable(job, model) or _retired(model))]
    limits = [throttle.asked(throttle.name(model.name, job.tier), queued) for model in able[:1]]
    if not limits or limits[0] is None:
        return
    limits += [throttle.asked(throttle.name(model.name, job.tier), queued) for model in able[1:]]
    if all(limits) or not _down(job, able[0]):
        raise limits[0]


def _models(job: Job) -> list[Model]:
    names = [job.request["model"], *job.request.get("fallback_models", ())]
    return [models.find(name) for name in names]


def _ask(job: Job, model: Model, turn: Turn, developed: Sequence[Developed], held: Lease) -> Answer:
    name, sizes = model.name, [each.size for each in developed]
    if not models.known(name):
        _warn(f"{name!r} is not in models.toml: [default] applies")
    if model.price(datetime.now(UTC).date()) is None:
        _warn(f"no price is known for {name!r}: the budget counts the dearest known price")
    limited = throttle.name(name, job.tier)
    seen = throttle.heed(limited)
    pictures = transport.prepared(job, [each.for_model for each in developed])
    question = turn.question(job, model)
    most = costs.reserved(job, model, sizes, turn)
    with budget.reserved(most, budgets.of(job), job.plan) as reservation:
        held.outlive(settings.current().timeout(job.tier))
        place, began = reservation.place, time.time()
        with (
            throttle.remembered(limited),
            ledger.call(job, name, turn.number, held, place),
        ):
            raw = client.ask(name, question, pictures)
            return Answer(raw, name, limited, reservation, seen, began)


def _unable(job: Job, model: Model) -> str:
    """Why a model cannot be asked for this job; empty if it can."""
    if why := models.unable(model.name, job.tier, job.request.get("detail", "")):
        return f"the model {why}, and the job asks for it"
    if model.masks == "none" and _needs_masks(job):
        return f"{model.name} cannot draw masks, and {job.task} needs them"
    return ""


def _needs_masks(job: Job) -> bool:
    parts = tasks.parts(job.task)
    redact = job.request["redact"] if "redact" in parts else None
    return "segment" in parts or bool(redact and redaction.terms(redact).what == "mask")


def _retired(model: Model) -> str:
    """Why it is not asked; nothing on Vertex AI, whose days are the earliest ones."""
    end = model.retired
    if end and not settings.current().on_vertex and end <= datetime.now(UTC).date():
        return f"{model.name} was shut down on {end} by the Developer API"
    return ""


def _down(job: Job, model: Model) -> str:
    if ledger.times_down(job, model.name) >= DOWN:
        return f"{model.name} was down {DOWN} times"
    return ""


@cache
def _warn(sentence: str) -> None:
    """Log a warning once per process."""
    log.warning("%s", sentence)
