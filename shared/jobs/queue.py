"""The queue of jobs: each goes to the topic of its task's worker."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from shared import tasks
from shared.border import pubsub
from shared.messages import events
from shared.model import Job

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


FIRST_BACKOFF = 10.0  # seconds before a message is delivered again, as in topics.tf
LONGEST_BACKOFF = 600.0


@dataclass(frozen=True, slots=True)
class Queued:
    """When a job was queued, in seconds since the epoch, and whether it was delivered before."""

    first: float = 0.0
    last: float = 0.0  # its message was published then
    again: bool = False

    @classmethod
    def by(cls, body: object) -> Self:
        """By the body of a Pub/Sub push request."""
        return cls(events.queued(body), events.published(body), events.attempt(body) > 1)

    def misses(self, turn: float, now: float) -> bool:
        """Whether the message, if it is turned back now, comes again only after that moment.

        The backoff doubles each time: it is as long as the message has waited so far, and the first
        one. False for a message that was turned back once at most: a new one would hardly come
        sooner.
        """
        waited = now - self.last
        backoff = min(waited + FIRST_BACKOFF, LONGEST_BACKOFF)
        return waited > 2 * FIRST_BACKOFF and turn < now + backoff


def put(jobs: Iterable[Job], queued: float | None = None) -> None:
    """Publish jobs, and wait until every one is published.

    `queued` is when they were queued for the first time, in seconds since the epoch; None: now.
    """
    since = str(time.time() if queued is None else queued)
    pubsub.publish(
        (tasks.find(job.task).worker, events.encode_job(job), {"task": job.task, "queued": since})
        for job in jobs
    )


def received(event: "CloudEvent", worker: str) -> Job | None:
    """The job in a Pub/Sub message, or None if it is another worker's. Raises BadEvent."""
    job = events.decode_job(events.message(event.data))
    return job if tasks.find(job.task).worker == worker else None
