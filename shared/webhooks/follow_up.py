"""The task that comes next for a delivery. It may be queued again: its name dedups it."""

import time

from shared.border import cloud_tasks
from shared.webhooks import store
from shared.webhooks.attempt_id import AttemptId
from shared.webhooks.delivery import Delivery

_SLOT = 21_600.0  # seconds in which a lost attempt is queued once at most


def follow_up(delivery: Delivery) -> None:
    """Queue the task of the next attempt, or mark the delivery as dead."""
    if delivery.status == "pending":
        attempt = AttemptId.of(delivery)
        cloud_tasks.later("/attempt", attempt.encode(), delivery.due, _task(attempt, delivery.due))
    elif delivery.status == "dead":
        store.bury(delivery)


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


def _task(attempt: AttemptId, due: float) -> str:
    """The name of an attempt's task. A task that is long overdue was lost, and gets another name.

    Cloud Tasks refuses the old name for a day, even after the queue was purged. If the first task
    is still under way, the event may be posted twice.
    """
    now = time.time()
    return attempt.task if due > now - store.LATE else f"{attempt.task}_{now // _SLOT:.0f}"
