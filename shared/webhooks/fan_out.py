"""The line that deliveries stand in: entered once, and never without somebody to see to them.

A delivery is written before its task is queued, and whoever meets it again makes sure of the task.
So every step can be repeated, and can end anywhere.
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
    """Put an event in line for every endpoint that wants to hear of it."""
    wanting = [endpoint for endpoint in endpoints.every() if endpoint.takes(event)]
    if wanting:
        store.keep(event)
    for endpoint in wanting:
        try:
            follow_up(store.enter(Delivery(endpoint.name, event.id, due=time.time())))
        except BadEvent as why:
            log.warning("webhook %s, event %s is passed over: %s", endpoint.name, event.id, why)


def again(endpoint: str, event: str) -> bool:
    """Put a delivery in line anew, wherever it stands; False if there is none."""
    while found := store.find(endpoint, event):
        delivery, generation = found
        anew = delivery.again(time.time())
        if store.replace(anew, generation):
            follow_up(anew)
            store.unbury(endpoint, event)
            return True
    return False


def follow_up(delivery: Delivery) -> None:
    """What a delivery's state asks for: a task for its next attempt, or the mark of the dead."""
    if delivery.status == "pending":
        attempt = AttemptId.of(delivery)
        cloud_tasks.later("/attempt", attempt.encode(), delivery.due, _task(attempt, delivery.due))
    elif delivery.status == "dead":
        store.bury(delivery)


def _task(attempt: AttemptId, due: float) -> str:
    """The name of a turn's task. One that should have run long ago was lost, and gets another.

    The service remembers the old name for a day, also after the queue was purged. Should the first
    task be on its way after all, the event may be posted twice.
    """
    now = time.time()
    return attempt.task if due > now - store.LATE else f"{attempt.task}_{now // _SLOT:.0f}"
