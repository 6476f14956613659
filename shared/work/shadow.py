"""Asks a job's shadow: a second model is asked the same about the same picture.

The job has ended by then: its record is there, and was announced. So only the delivery that wrote
the record asks, and at most once: a process that dies here is not followed by another one. Nothing
that goes wrong matters to the job.

| dies                              | asked again | what is left                                   |
|-----------------------------------|-------------|------------------------------------------------|
| before the line                   | no          | nothing                                        |
| after the line, before the answer | no          | the line: perhaps paid; the money is reserved  |
| after the answer, before the note | no          | the answer, which no note leads to             |
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared import settings
from shared.border import logs
from shared.border.gemini import client, models
from shared.errors import Busy, DeliverAgain, Erased, Unpaid
from shared.intake import budgets
from shared.jobs import costs, kept, ledger, shadows, tombstones
from shared.jobs.record import Record
from shared.jobs.shadows import Note
from shared.jobs.turn import Turn
from shared.model import Job, Shadow, Size
from shared.spending import allowance, brakes, budget, throttle
from shared.work import transport

LATEST = 300.0  # s after a delivery began by which a shadow has its answer, or is given up

log = logging.getLogger("darkroom")


@dataclass(frozen=True, slots=True)
class _Paid:
    usd: float | None
    seconds: float


def ask(job: Job, record: Record, pictures: Sequence[bytes], began: float) -> None:
    """Ask the shadow of a job that has just ended, if it has one, and keep the answer.

    `pictures` are the job's, as its model got them; `began` is when the delivery began, by the
    monotonic clock. Raises nothing.
    """
    if job.shadow is None or record.status != "done" or record.reused_from:
        return
    try:
        tombstones.heed(job)
        _noted(job, job.shadow, record, pictures, began)
    except Erased:
        log.info("no shadow: a photo of the job %s was erased", job.key)
    except Exception:  # the job has ended: whatever it is, it must not be delivered again for it
        log.exception("the shadow of job %s is lost", job.key)


def _noted(
    job: Job, shadow: Shadow, record: Record, pictures: Sequence[bytes], began: float
) -> None:
    outcome, paid = shadows.ASKED, None
    try:
        paid = _asked(job, shadow, record, pictures, began)
    except (DeliverAgain, Unpaid) as why:
        outcome = why.cause
        log.info("the shadow of job %s is dropped: %s", job.key, why)
    own = record.usage
    note = Note(
        job.key,
        shadows.today(),
        job.recipe,
        shadow.model,
        outcome,
        paid.usd if paid else None,
        paid.seconds if paid else None,
        own.model if own else "",
        own.cost_usd if own else None,
        record.timing.get("model", 0) / 1000,
    )
    logs.log(
        "shadow",
        job=job.key,
        recipe=job.recipe,
        model=shadow.model,
        outcome=outcome,
        shadow_usd=note.usd,
    )
    note.write()


def _asked(
    job: Job, shadow: Shadow, record: Record, pictures: Sequence[bytes], began: float
) -> _Paid:
    """Ask once, and keep the answer. Raises DeliverAgain and Unpaid if it cannot be asked now."""
    if time.monotonic() - began + settings.current().timeout("standard") > LATEST:
        raise Busy("the delivery took long; another call might not end in time")
    brakes.heed(job)
    limits = budgets.of_recipe(job.recipe)
    budget.heed(limits)
    same = {**job.request, "model": shadow.model, "fallback_models": []}
    asked = replace(job, request=same, tier="standard")
    model, turn = models.find(shadow.model, str(job.request.get("detail", ""))), Turn.first(asked)
    limited = throttle.name(model.name, "standard")
    seen = throttle.heed(limited, time.time())  # jobs that wait for the model go first
    sizes = [Size(each.width or 0, each.height or 0) for each in record.images]
    most = costs.reserved(asked, model, sizes, turn)
    prepared = transport.prepared(job, pictures)
    with allowance.reserved(most, limits, job.recipe, shadow.daily_usd) as held:
        now = time.time()
        with throttle.remembered(limited), ledger.shadow_call(job, model.name, held.place):
            raw = client.ask(model.name, turn.question(asked, model), prepared)
        seconds = round(time.time() - now, 3)
    answer = kept.paid(raw, "standard", held.metadata)
    budget.settle(held, costs.counted(answer, model.name))
    tombstones.heed(job)
    shadows.keep(job, answer)
    throttle.answered(limited, seen, now)
    return _Paid(costs.cost(answer, model.name), seconds)
