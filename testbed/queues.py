"""The topics and subscriptions of a lane, in the Pub/Sub of PUBSUB_EMULATOR_HOST."""

from datetime import timedelta

from google.cloud import pubsub_v1
from google.pubsub_v1 import types

from local.functions import WORKERS

PROJECT = "darkroom-prove"
_ACK_DEADLINE = 600  # s, as in the cloud


def make(
    prefix: str, pushes: list[tuple[str, str, str]], backoff: tuple[float, float]
) -> list[str]:
    """Create a lane's topics, and push subscriptions by (name, topic, URL); returns their names.

    Each subscription of a topic gets every message: two of them deliver everything twice.
    """
    with pubsub_v1.PublisherClient() as publisher, pubsub_v1.SubscriberClient() as subscriber:
        for name in (*WORKERS, "results", "dead-letter"):
            publisher.create_topic(name=_topic(prefix, name))
        return [_subscribe(subscriber, prefix, backoff, *push) for push in pushes]


def drop(subscriptions: list[str]) -> None:
    """Delete subscriptions: this ends their pushes."""
    with pubsub_v1.SubscriberClient() as subscriber:
        for name in subscriptions:
            subscriber.delete_subscription(subscription=name)


def _subscribe(
    subscriber: pubsub_v1.SubscriberClient,
    prefix: str,
    backoff: tuple[float, float],
    name: str,
    topic: str,
    url: str,
) -> str:
    made = subscriber.create_subscription(
        request=types.Subscription(
            name=f"projects/{PROJECT}/subscriptions/{prefix}-{name}",
            topic=_topic(prefix, topic),
            push_config=types.PushConfig(push_endpoint=url),
            ack_deadline_seconds=_ACK_DEADLINE,
            retry_policy=types.RetryPolicy(
                minimum_backoff=timedelta(seconds=backoff[0]),
                maximum_backoff=timedelta(seconds=backoff[1]),
            ),
        )
    )
    return str(made.name)


def _topic(prefix: str, name: str) -> str:
    return f"projects/{PROJECT}/topics/{prefix}-{name}"
