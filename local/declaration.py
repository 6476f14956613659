"""The buckets, topics, subscriptions and queue, as terraform/ makes them on Google Cloud."""

import os
from datetime import timedelta

from google.api_core.exceptions import AlreadyExists, Conflict
from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1, storage, tasks_v2
from google.protobuf import field_mask_pb2  # type: ignore[import-untyped]
from google.pubsub_v1 import types

from local import retention
from local.functions import WORKERS, Functions

ACK_DEADLINE = 600  # s; longer than a lease, which is longer than a worker's own deadline
ATTEMPTS = 100  # many, as refusals while the model is rate limited count, too
_UPDATED = ("push_config", "ack_deadline_seconds", "retry_policy", "dead_letter_policy")
BACKOFF = (0.5, 60.0)  # s; the cloud's begins at 10, too long to wait for at a terminal


def buckets() -> dict[str, str]:
    """The buckets by role."""
    roles = ("uploads", "results", "state", "copies")
    return {role: os.environ[f"{role.upper()}_BUCKET"] for role in roles}


def topics() -> dict[str, str]:
    """Every topic's full name, by what it carries."""
    project, prefix = os.environ["GOOGLE_CLOUD_PROJECT"], os.environ["TOPIC_PREFIX"]
    return {
        name: f"projects/{project}/topics/{prefix}-{name}"
        for name in (*WORKERS, "results", "dead-letter")
    }


def make_buckets() -> None:
    """Create the buckets that are missing, and set what each keeps."""
    client = storage.Client()
    for role, name in buckets().items():
        bucket = client.bucket(name)
        kept = retention.settings(role)
        bucket.versioning_enabled = kept["versioning"]["enabled"]
        bucket.lifecycle_rules = kept["lifecycle"]["rule"]
        try:
            client.create_bucket(bucket)
        except Conflict:
            bucket.patch()


def make_topics() -> None:
    """Create the topics that are missing."""
    with pubsub_v1.PublisherClient() as publisher:
        for name in topics().values():
            try:
                publisher.create_topic(name=name)
            except AlreadyExists:
                continue


def subscriptions() -> dict[str, str]:
    """Every subscription's full name: one per topic, and a second one of the results for notify."""
    names = {name: topic.replace("/topics/", "/subscriptions/") for name, topic in topics().items()}
    return {**names, "notify": names["results"].removesuffix("results") + "notify"}


def make_subscriptions(functions: Functions) -> str:
    """Create the push subscriptions, and return the pull subscription to the results."""
    policy = types.DeadLetterPolicy(
        dead_letter_topic=topics()["dead-letter"], max_delivery_attempts=ATTEMPTS
    )
    with pubsub_v1.SubscriberClient() as subscriber:
        for name in WORKERS:
            endpoint = functions.address(name)
            _subscribe(subscriber, name, push=endpoint, dead_letter_policy=policy)
        _subscribe(subscriber, "dead-letter", push=functions.address("dead_letter"))
        _subscribe(subscriber, "notify", "results", push=functions.address("notify"))
        return _subscribe(subscriber, "results")


def make_queue() -> str:
    """Create the queue of webhook attempts, and return its name.

    Tasks that an earlier run left are redirected to the functions of this one.
    """
    name = os.environ["TASKS_QUEUE"]
    place = name.rpartition("/queues/")[0]
    with tasks_client() as client:
        try:
            client.create_queue(parent=place, queue=_endless(name))
        except Conflict:
            _redirect(client, name, os.environ["NOTIFY_URL"])
    return name


def _endless(name: str) -> tasks_v2.Queue:
    """A queue that retries for ever: the name of a task that was given up stays taken."""
    return tasks_v2.Queue(name=name, retry_config=tasks_v2.RetryConfig(max_attempts=-1))


def tasks_client() -> tasks_v2.CloudTasksClient:
    """The official client, on the emulator."""
    rest = tasks_v2.CloudTasksClient.get_transport_class("rest")
    host = os.environ["CLOUD_TASKS_EMULATOR_HOST"]
    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]
    return tasks_v2.CloudTasksClient(
        transport=rest(host=host, url_scheme="http", credentials=anonymous)
    )


def _redirect(client: tasks_v2.CloudTasksClient, queue: str, address: str) -> None:
    view = tasks_v2.Task.View.FULL
    for task in client.list_tasks(request={"parent": queue, "response_view": view}):
        path = task.http_request.url.rpartition("/")[2]
        if task.http_request.url != f"{address}/{path}":
            request = tasks_v2.HttpRequest(task.http_request, url=f"{address}/{path}")
            moved = tasks_v2.Task(http_request=request, schedule_time=task.schedule_time)
            client.create_task(parent=queue, task=moved)
            client.delete_task(name=task.name)


def _subscribe(
    subscriber: pubsub_v1.SubscriberClient,
    name: str,
    topic: str | None = None,
    *,
    push: str = "",
    **settings: object,
) -> str:
    wanted = types.Subscription(
        name=subscriptions()[name],
        topic=topics()[topic or name],
        push_config=types.PushConfig(push_endpoint=push),
        ack_deadline_seconds=ACK_DEADLINE,
        retry_policy=types.RetryPolicy(
            minimum_backoff=timedelta(seconds=BACKOFF[0]),
            maximum_backoff=timedelta(seconds=BACKOFF[1]),
        ),
        **settings,
    )
    try:
        subscriber.create_subscription(request=wanted)
    except AlreadyExists:  # of an earlier run, whose functions had another address
        subscriber.update_subscription(
            subscription=wanted, update_mask=field_mask_pb2.FieldMask(paths=_UPDATED)
        )
    return str(wanted.name)
