"""Webhook attempts that were lost with their task, as when the queue was purged."""

import json
import time
from uuid import uuid4

from shared.border import pubsub
from shared.border.storage import STATE
from shared.messages.announcement import Announcement
from shared.sweep.rounds import Round
from shared.webhooks import endpoints, store

_EVERY = 21_600.0  # seconds: it lists every delivery, a thousand by request
_MARK = "sweep/webhooks.json"


def mend(this: Round) -> None:
    """Announce the events of overdue deliveries again, at most every six hours.

    notify then queues their attempts again; an endpoint that has the event knows its id.
    """
    if not endpoints.every() or not _is_due():
        return
    events = {event: event for _, event in store.overdue(this.now)}
    ended = this.each(_announce, events)
    this.counts["webhooks_queued"] += sum(ended.values())


def _announce(event: str) -> bool:
    """Publish the event again; False if its body is not kept any more."""
    try:
        body = store.body(event)
    except FileNotFoundError:
        return False
    pubsub.announce(*Announcement.kept(body).message())
    return True


def _is_due() -> bool:
    """Whether this sweep looks at deliveries; of two at once, one does."""
    last = STATE.get(_MARK)
    if last and last.updated > time.time() - _EVERY:
        return False
    body = json.dumps({"write": uuid4().hex}).encode()
    return STATE.swap(_MARK, body, last.generation if last else 0) is not None
