"""Fan-out: one delivery per endpoint, written before its task is queued.

A process that finds a delivery already written queues its task again, under the same name. So
every step can be repeated, and a crash at any point loses nothing.
"""

import logging
import time

from shared.border import cloud_tasks
from shared.errors import BadEvent
from shared.messages.announcement import Announcement
from shared.webhooks import endpoints, store
from shared.webhooks.attempt_id import AttemptId
from shared.webhooks.delivery import Delivery

log = logging.getLogger("darkroom")
_SLOT = 21_600.0  # seconds in which a lost attempt is queued once at most


def take(event: Announcement) -> None:
    """Create a delivery of the event for every endpoint that takes it, and queue the tasks."""
    takers = [endpoint for endpoint in endpoints.every() if endpoint.takes(event)]
    if takers:
        store.keep(event)
    for endpoint in takers:
        try:
            follow_up(store.enter(Delivery(endpoint.name, event.id, due=time.time())))
        except BadEvent as why:
            log.warning("webhook %s, event %s is passed over: %s", endpoint.name, event.id, why)


def again(endpoint: str, event: str) -> bool:
    """Start a new round of a delivery, whatever its status; False if there is none."""
    while found := store.find(endpoint, event):
        delivery, generation = found
        anew = delivery.again(time.time())
        if store.replace(anew, generation):
            follow_up(anew)
            store.unbury(endpoint, event)
            return True
    return False


def follow_up(delivery: Delivery) -> None:
    """Queue the task of the next attempt, or mark the delivery as dead."""
    if delivery.status == "pending":
        attempt = AttemptId.of(delivery)
        cloud_tasks.later("/attempt", attempt.encode(), delivery.due, _task(attempt, delivery.due))
    elif delivery.status == "dead":
        store.bury(delivery)


def _task(attempt: AttemptId, due: float) -> str:
    """The name of an attempt's task. A task that is long overdue was lost, and gets another name.

    Cloud Tasks refuses the old name for a day, even after the queue was purged. If the first task
    is still under way, the event may be posted twice.
    """
    now = time.time()
    return attempt.task if due > now - store.LATE else f"{attempt.task}_{now // _SLOT:.0f}"
