"""One paid call, by the model that the job names or by the first of its fall-backs that can.

A job's request may hold `fallback_models`. The next one is asked where a model is not there, cannot
draw what the task wants, was shut down, or has been down too often for this job.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from shared import settings
from shared.border.gemini import client, models
from shared.errors import Misdirected
from shared.images.developed import Developed
from shared.jobs import costs, ledger
from shared.jobs.lease import Lease
from shared.jobs.turn import Turn
from shared.model import Job
from shared.spending import budget, throttle
from shared.work import transport

DOWN = 3  # calls of one job that a model may answer with "not now" before the next model is asked

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class Answer:
    """A raw answer, the model that was asked for it, and the money put aside for it."""

    raw: bytes
    model: str
    reservation: budget.Reservation


def ask(job: Job, turn: Turn, developed: Sequence[Developed], held: Lease) -> Answer:
    """The answer of the first model that takes the question.

    The last model is always tried, unless it cannot draw the masks the task needs: a date in a
    table may be wrong, and the service says so itself. Raises what client.ask does, and Throttled.
    """
    *others, last = _models(job)
    for model in others:
        why = _without_masks(job, turn, model) or _retired(model) or _down(job, model)
        if not why:
            try:
                return _ask(job, model, turn, developed, held)
            except client.NoSuchModel as error:
                why = str(error)
        log.warning("the next model is asked: %s", why)
    if why := _without_masks(job, turn, last):
        raise Misdirected(why)
    if why := _retired(last):
        log.warning("%s; it is asked all the same", why)
    return _ask(job, last, turn, developed, held)


def _models(job: Job) -> list[str]:
    return [job.request["model"], *job.request.get("fallback_models", ())]


def _ask(job: Job, model: str, turn: Turn, developed: Sequence[Developed], held: Lease) -> Answer:
    if not models.known(model):
        _warn(f"models.toml does not know {model!r}: it is asked by [default]")
    throttle.heed(model)
    pictures = transport.prepared([each.for_model for each in developed])
    question = turn.question(job, model)
    with budget.reserved(_most(job, model, turn, developed)) as reservation:
        held.outlive(settings.current().model_timeout_seconds)
        with throttle.remembered(model), ledger.call(job, model, turn.number, held):
            return Answer(client.ask(model, question, pictures), model, reservation)


def _most(job: Job, model: str, turn: Turn, developed: Sequence[Developed]) -> float:
    """USD the call may cost; by the dearest price that is known where the model has none."""
    if models.find(model).price(datetime.now(UTC).date()) is None:
        _warn(f"no price is known for {model!r}: a budget counts the dearest one that is")
    return costs.reserved(job, model, [each.size for each in developed], turn)


def _without_masks(job: Job, turn: Turn, model: str) -> str:
    if turn.task.worker == "segment" and models.find(model).masks == "none":
        return f"{model} cannot draw masks, and {job.task} needs them"
    return ""


def _retired(model: str) -> str:
    end = models.find(model).retired
    if end and not settings.current().on_vertex and end <= datetime.now(UTC).date():
        return f"{model} was shut down on {end} by the Developer API"
    return ""


def _down(job: Job, model: str) -> str:
    if ledger.times_down(job, model) >= DOWN:
        return f"{model} was down {DOWN} times"
    return ""


@cache
def _warn(sentence: str) -> None:
    """Once in a process is enough."""
    log.warning("%s", sentence)
