"""Fan-out: one delivery per endpoint, and its first attempt, before the event is acknowledged.

A process that dies here gets the event again. Whoever finds a delivery already written queues a
task for its attempt, under a name that dedups it. So every step can be repeated, and a crash at any
point loses nothing.
"""

import logging
import time
from concurrent.futures import Future, wait
from dataclasses import replace

from shared import beside, settings
from shared.errors import BadEvent
from shared.jobs import tombstones
from shared.messages.announcement import Announcement
from shared.webhooks import attempts, disabling, endpoints, store
from shared.webhooks.delivery import Delivery
from shared.webhooks.disabling import Seen
from shared.webhooks.endpoints import Endpoint
from shared.webhooks.follow_up import follow_up
from shared.webhooks.store import Entered

log = logging.getLogger("darkroom")


def take(event: Announcement) -> None:
    """Create a delivery of the event for every endpoint that takes it, and see to its attempt."""
    takers = [endpoint for endpoint in endpoints.every() if endpoint.takes(event)]
    if not takers:
        return
    kept, now = beside.start(store.keep, event), time.time()
    erased = beside.start(tombstones.has_erased, event.id)
    begun = [
        (
            endpoint,
            beside.start(store.enter, Delivery(endpoint.name, event.id, due=now)),
            beside.start(disabling.look, endpoint.name),
        )
        for endpoint in takers
    ]
    body = kept.result()
    seen_to = [] if erased.result() else [beside.start(_see_to, *each, body) for each in begun]
    wait(seen_to)  # so that the fault of one stops no other
    if erased.result() or tombstones.has_erased(event.id):
        wait([entered for _, entered, _ in begun])
        store.erase(event.id)
        return
    for endpoint, each in zip(takers, seen_to, strict=True):
        try:
            each.result()
        except BadEvent as why:
            log.warning("webhook %s, event %s is passed over: %s", endpoint.name, event.id, why)


def _see_to(
    endpoint: Endpoint, entered: Future[Entered], health: Future[Seen], body: bytes
) -> None:
    """Make the first attempt, or queue its task if this process should not wait for it."""
    delivery, generation = entered.result()
    if generation is None:
        follow_up(replace(delivery, due=delivery.due + _longest()))
    elif attempts.is_prompt(endpoint, seen := health.result()):
        attempts.make(endpoint, delivery, generation, seen, body)
    else:
        follow_up(delivery)


def _longest() -> float:
    """Seconds for which the process that wrote a delivery may be at its first attempt."""
    return settings.current().webhook_timeout_seconds
