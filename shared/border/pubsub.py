"""Pub/Sub, the border: publishes messages to topics."""

from collections.abc import Iterable, Mapping
from functools import cache

from google.cloud import pubsub_v1

from shared import settings
from shared.border import tracing

_DEADLINE = 60.0  # seconds to publish a message


def announce(attributes: Mapping[str, str], data: bytes) -> None:
    """Publish a CloudEvent to the results topic, and wait until it is published."""
    publish([("results", data, attributes)])


def publish(messages: Iterable[tuple[str, bytes, Mapping[str, str]]]) -> None:
    """Publish messages, each to a topic and with attributes, and wait until all are published.

    Each carries the trace of the current request. After a time-out the next message goes by a new
    connection: the last one may be dead, and nothing would say so.
    """
    under_way = [
        _client().publish(_topic(topic), data, **attributes, **tracing.carrier())
        for topic, data, attributes in messages
    ]
    try:
        for published in under_way:
            published.result(timeout=_DEADLINE)
    except TimeoutError:
        _client.cache_clear()
        raise


def _topic(name: str) -> str:
    prefix = settings.current().topic_prefix
    return f"projects/{settings.current().google_cloud_project}/topics/{prefix}-{name}"


@cache
def _client() -> pubsub_v1.PublisherClient:
    # A batch of one is sent at once; the default waits 10 ms for more messages.
    return pubsub_v1.PublisherClient(pubsub_v1.types.BatchSettings(max_messages=1))
