"""Pub/Sub, the border: jobs go to their worker's topic, results to the results topic."""

import os
from collections.abc import Iterable, Mapping
from functools import cache

from google.cloud import pubsub_v1

from shared import events, task
from shared.model import Job


def put(jobs: Iterable[Job]) -> None:
    """Publish jobs, and wait until the queue has every one of them."""
    waiting = [
        _client().publish(_topic(task.find(job.task).worker), events.encode_job(job), task=job.task)
        for job in jobs
    ]
    for published in waiting:
        published.result(timeout=60)


def announce(attributes: Mapping[str, str], data: bytes) -> None:
    """Publish a CloudEvent to the results topic, and wait until it is there."""
    _client().publish(_topic("results"), data, **attributes).result(timeout=60)


def _topic(name: str) -> str:
    prefix = os.environ["TOPIC_PREFIX"]
    return f"projects/{os.environ['GOOGLE_CLOUD_PROJECT']}/topics/{prefix}-{name}"


@cache
def _client() -> pubsub_v1.PublisherClient:
    # A batch of one leaves at once; the default waits 10 ms for company that seldom comes.
    return pubsub_v1.PublisherClient(pubsub_v1.types.BatchSettings(max_messages=1))
