"""Pub/Sub, the border: jobs go to their worker's topic, results to the results topic."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from google.cloud import pubsub_v1

from shared import settings, tasks
from shared.border import tracing
from shared.messages import events
from shared.model import Job

if TYPE_CHECKING:
    from google.cloud.pubsub_v1.publisher.futures import Future


def put(jobs: Iterable[Job]) -> None:
    """Publish jobs, and wait until the queue has every one of them."""
    waiting = [
        _publish(tasks.find(job.task).worker, events.encode_job(job), {"task": job.task})
        for job in jobs
    ]
    for published in waiting:
        published.result(timeout=60)


def announce(attributes: Mapping[str, str], data: bytes) -> None:
    """Publish a CloudEvent to the results topic, and wait until it is there."""
    _publish("results", data, attributes).result(timeout=60)


def _publish(topic: str, data: bytes, attributes: Mapping[str, str]) -> "Future":
    """Publish, with the trace that led here."""
    return _client().publish(_topic(topic), data, **attributes, **tracing.carrier())


def _topic(name: str) -> str:
    prefix = settings.current().topic_prefix
    return f"projects/{settings.current().google_cloud_project}/topics/{prefix}-{name}"


@cache
def _client() -> pubsub_v1.PublisherClient:
    # A batch of one leaves at once; the default waits 10 ms for company that seldom comes.
    return pubsub_v1.PublisherClient(pubsub_v1.types.BatchSettings(max_messages=1))
