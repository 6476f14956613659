"""What tests of the sweep share: messages that are lost, and clients that go through a proxy."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from google.cloud import pubsub_v1

from local import declaration
from shared.border import storage
from testbed.cloud import Cloud

HOUR = 3600.0


@contextmanager
def losing_messages(cloud: Cloud) -> Iterator[None]:
    """The workers' topics have no subscription for a while: published messages are lost."""
    with pubsub_v1.SubscriberClient() as subscriber:
        subscriber.delete_subscription(subscription=declaration.subscriptions()["detect"])
    yield
    declaration.make_subscriptions(cloud.functions)


@contextmanager
def clients_by(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Makes new storage clients that connect to that address."""
    made = storage.client
    for address in (url, os.environ["STORAGE_EMULATOR_HOST"]):
        made().close()
        made.cache_clear()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        if address == url:
            yield
