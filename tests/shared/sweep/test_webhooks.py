"""Deliveries whose task is lost, or which cannot be read."""

import time
from dataclasses import replace

from google.api_core.exceptions import NotFound

from shared import sweep
from shared.border.storage import STATE
from shared.webhooks import store
from testbed.cloud import until
from testbed.target import Target
from tests.shared.webhooks.hooks import Hooks, announcement, event_id, ids


def test_a_delivery_whose_task_was_purged_is_found_by_the_sweep(
    hooked: Hooks, shop: Target
) -> None:
    shop.script[:] = [503]
    hooked.endpoints(shop=shop.url)
    event = hooked.tell()
    hooked.tried("shop", event, 1)
    purged(hooked, "shop", event)
    found, generation = store.find("shop", event)
    assert store.replace(replace(found, due=time.time() - 7200), generation)
    shop.script[:] = []

    first, second = (sweep.run(older_than=3600) for _ in range(2))

    assert (first.webhooks_queued, second.webhooks_queued) == (1, 0)
    assert hooked.ended("shop", event).status == "delivered"
    assert ids(shop.wait(2)) == [event, event]


def purged(hooked: Hooks, endpoint: str, event: str) -> None:
    """As `gcloud tasks queues purge` leaves it: no task, and its name taken for a day."""
    for task in until(lambda: hooked.waiting(endpoint, event)):
        try:
            hooked.tasks.delete_task(name=task.name)
        except NotFound:
            continue


def test_a_delivery_that_waits_for_its_time_is_no_lost_one(hooked: Hooks, shop: Target) -> None:
    shop.script[:] = [503]
    hooked.endpoints(shop=shop.url)
    event = hooked.tell()
    hooked.tried("shop", event, 1)

    assert sweep.run(older_than=3600).webhooks_queued == 0
    assert len(until(lambda: hooked.waiting("shop", event))) == 1


def test_a_delivery_that_cannot_be_read_hinders_no_other_endpoint(
    hooked: Hooks, shop: Target
) -> None:
    hooked.endpoints(broken=shop.url, shop=shop.url)
    message = announcement()
    event = event_id(message)
    STATE.keep(f"webhooks/deliveries/broken/{event}.json", b"no delivery")

    hooked.push(message)

    assert hooked.ended("shop", event).status == "delivered"
    assert ids(shop.asked) == [event]
    assert sweep.run(older_than=3600).failed == 0
