"""Webhook attempts that were lost with their task, as when the queue was purged."""

import time
from functools import partial

from shared.border import pubsub
from shared.border.storage import Listed
from shared.messages.announcement import Announcement
from shared.sweep.cursor import Cursor, Place
from shared.sweep.rounds import MOST, Round
from shared.webhooks import endpoints, store

_EVERY = 21_600.0  # seconds: it lists every delivery, a thousand by request
_SHARE = 0.6  # of the time, of which the leases had a half; the uploads get the rest


def mend(this: Round) -> None:
    """Announce the events of overdue deliveries again, at most every six hours.

    notify then queues their attempts again; an endpoint that has the event knows its id. A sweep
    that stops before the end is gone on with by the next one.
    """
    if not endpoints.every():
        return
    cursor = Cursor.of("webhooks")
    is_due = cursor.place.after or cursor.updated < time.time() - _EVERY
    if is_due and cursor.mark(Place()):  # of two sweeps at once, one looks at deliveries
        kept = store.deliveries(cursor.place.after)
        last = this.over(kept, partial(_batch, this), share=_SHARE, most=MOST)
        if last:
            Cursor.of("webhooks").move(Place(last.name))


def _batch(this: Round, deliveries: list[Listed]) -> None:
    overdue = (store.overdue(each, this.now) for each in deliveries)
    events = {found[1]: found[1] for found in overdue if found}
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
