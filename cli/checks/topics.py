"""Checks Pub/Sub: every topic exists and delivers as the protocol needs it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import NotFound
from google.cloud import pubsub_v1

from cli import words
from cli.checks.finding import Check, Finding, ok, warning, wrong
from shared import settings, tasks

if TYPE_CHECKING:
    from google.pubsub_v1.types import Subscription

_DEAD = "dead-letter"
_ATTEMPTS = 20  # each nack of a waiting job counts; with fewer attempts such a job is given up
_ONCE: Any = {"timeout": 10.0, "retry": None}  # seconds
_MEND = "`terraform apply` restores it."


def look() -> Iterator[Finding]:
    """The findings of each topic and its subscriptions."""
    workers = sorted({tasks.find(name).worker for name in tasks.names()})
    with ExitStack() as clients:
        publisher = clients.enter_context(pubsub_v1.PublisherClient())
        subscriber = clients.enter_context(pubsub_v1.SubscriberClient())
        for name in (*workers, "results", _DEAD):
            yield from _topic(publisher, subscriber, name, worker=name in workers)


def _topic(
    publisher: pubsub_v1.PublisherClient,
    subscriber: pubsub_v1.SubscriberClient,
    name: str,
    *,
    worker: bool,
) -> Iterator[Finding]:
    topic = _full(name)
    try:
        names = list(publisher.list_topic_subscriptions(topic=topic, **_ONCE))
    except NotFound:
        yield wrong(f"The topic {topic} does not exist.", _MEND)
        return
    if not names:
        yield wrong(f"The topic {topic} has no subscription: what is published is lost.", _MEND)
        return
    found = [subscriber.get_subscription(subscription=each, **_ONCE) for each in names]
    faults = [fault for each in found for fault in _faults(each, name, worker=worker)]
    if not any(each.push_config.push_endpoint for each in found):
        faults.append(wrong(f"No subscription pushes {topic} to a function.", _MEND))
    yield from faults
    if not faults:
        yield ok(f"{name} exists, with {words.several(len(found), 'subscription')}.")


def _faults(found: "Subscription", name: str, *, worker: bool) -> Iterator[Finding]:
    """The faults of a push subscription; pull subscriptions are not ours."""
    if not found.push_config.push_endpoint:
        return
    short = found.name.rpartition("/")[2]
    held = settings.current().lease("flex")  # the longest
    if found.ack_deadline_seconds < held:
        yield wrong(
            f"{short} waits {found.ack_deadline_seconds} s for an answer, and a lease lasts "
            f"up to {held:g} s: a job would be delivered again while it is worked on.",
            _MEND,
        )
    if "retry_policy" not in found:
        yield warning(f"{short} has no retry policy: a refused message comes back at once.", _MEND)
    if worker:
        yield from _dead_letters(found, short, name)


def _dead_letters(found: "Subscription", short: str, name: str) -> Iterator[Finding]:
    policy = found.dead_letter_policy
    if not policy.dead_letter_topic:
        yield wrong(f"{short} has no dead-letter topic: a job of {name} may be lost.", _MEND)
    elif policy.dead_letter_topic != _full(_DEAD):
        yield wrong(f"{short} sends dead letters to {policy.dead_letter_topic}, not ours.", _MEND)
    elif policy.max_delivery_attempts < _ATTEMPTS:
        yield wrong(
            f"{short} gives up after {policy.max_delivery_attempts} deliveries, and at least "
            f"{_ATTEMPTS} are needed: a job that only waits is delivered often.",
            _MEND,
        )


def _full(name: str) -> str:
    project, prefix = os.environ["GOOGLE_CLOUD_PROJECT"], os.environ["TOPIC_PREFIX"]
    return f"projects/{project}/topics/{prefix}-{name}"


CHECK = Check(
    "topics",
    look,
    needs=("GOOGLE_CLOUD_PROJECT", "TOPIC_PREFIX"),
    permission="pubsub.topics.get and pubsub.subscriptions.get",
)
