"""Pub/Sub, the border: messages are published to topics."""

from collections.abc import Iterable, Mapping
from functools import cache

from google.cloud import pubsub_v1

from shared import settings
from shared.border import tracing

_DEADLINE = 60.0  # seconds for a message to be taken


def announce(attributes: Mapping[str, str], data: bytes) -> None:
    """Publish a CloudEvent to the results topic, and wait until it is there."""
    publish([("results", data, attributes)])


def publish(messages: Iterable[tuple[str, bytes, Mapping[str, str]]]) -> None:
    """Publish messages, each to a topic and with attributes, and wait until all are there.

    Each carries the trace of the request that led here.
    """
    under_way = [
        _client().publish(_topic(topic), data, **attributes, **tracing.carrier())
        for topic, data, attributes in messages
    ]
    for published in under_way:
        published.result(timeout=_DEADLINE)


def _topic(name: str) -> str:
    prefix = settings.current().topic_prefix
    return f"projects/{settings.current().google_cloud_project}/topics/{prefix}-{name}"


@cache
def _client() -> pubsub_v1.PublisherClient:
    # A batch of one leaves at once; the default waits 10 ms for company that seldom comes.
    return pubsub_v1.PublisherClient(pubsub_v1.types.BatchSettings(max_messages=1))
