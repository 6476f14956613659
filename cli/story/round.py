"""A round: one job of an upload, and its state."""

from dataclasses import dataclass

from cli import rounds
from cli.story import waiting
from cli.story.waiting import Waiting
from shared import naming
from shared.border.storage import STATE
from shared.jobs import records
from shared.jobs.record import Record
from shared.model import Job
from shared.webhooks import endpoints, store
from shared.webhooks.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Round:
    """A job with its record, or with what it waits for. Times are seconds since the epoch."""

    job: Job
    record: Record | None
    waiting: Waiting | None
    announced: float | None = None
    deliveries: tuple[Delivery, ...] = ()
    redriven: float | None = None  # when the next round was queued

    @property
    def status(self) -> str:
        """done, rejected, failed or waiting."""
        return self.record.status if self.record else "waiting"


def every(job: Job) -> tuple[Round, ...]:
    """The rounds of a job, oldest first, as far as they were queued."""
    found = of(job, records.find(job))
    later = every(rounds.following(job)) if found.redriven else ()
    return (found, *later)


def of(job: Job, record: Record | None) -> Round:
    """The state of a job."""
    if record is None:
        return Round(job, None, waiting.of(job))
    mark = STATE.get(naming.announced(job.key))
    return Round(
        job,
        record,
        None,
        announced=mark.updated if mark else None,
        deliveries=_deliveries(record.id),
        redriven=rounds.queued(job) if record.status != "done" else None,
    )


def _deliveries(event: str) -> tuple[Delivery, ...]:
    """The delivery of an event to each of today's endpoints."""
    found = (store.find(endpoint.name, event) for endpoint in endpoints.every())
    return tuple(each[0] for each in found if each)
