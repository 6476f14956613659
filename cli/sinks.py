"""The subscriptions that write results into BigQuery; docs/bigquery.md."""

import os
from typing import TYPE_CHECKING, Any

from google.cloud import pubsub_v1

if TYPE_CHECKING:
    from google.pubsub_v1.types import Subscription

_ONCE: Any = {"timeout": 10.0, "retry": None}  # seconds


def find() -> list["Subscription"]:
    """Those of the results topic. Raises GoogleAPIError: NotFound if there is no such topic."""
    project, prefix = os.environ["GOOGLE_CLOUD_PROJECT"], os.environ["TOPIC_PREFIX"]
    topic = f"projects/{project}/topics/{prefix}-results"
    with pubsub_v1.PublisherClient() as publisher, pubsub_v1.SubscriberClient() as subscriber:
        names = publisher.list_topic_subscriptions(topic=topic, **_ONCE)
        found = [subscriber.get_subscription(subscription=each, **_ONCE) for each in names]
    return [each for each in found if each.bigquery_config.table]


def tables() -> list[str]:
    """The tables that they write to, as "project.dataset.table"."""
    return [each.bigquery_config.table.replace(":", ".") for each in find()]
