"""The local cloud in this process: real clients, real wire, names of its own for each test."""

import base64
import json
import os
import time
import uuid
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import requests
from google.api_core.exceptions import NotFound
from google.cloud import pubsub_v1
from google.cloud import storage as cloud_storage

from local import declaration, gemini, pubsub, storage, tasks
from local import functions as local_functions
from local.functions import Functions
from local.pubsub import Broker
from shared import naming
from shared.border import cloud_tasks as shared_schedule
from shared.border import pubsub as shared_pubsub
from shared.border import storage as shared_storage
from shared.border.gemini import client as shared_gemini
from shared.intake import recipes
from shared.messages import events
from shared.model import ImageRef, Job
from testbed import grants
from testbed.contents import contents
from testbed.host import Host, Services, host
from testbed.stage import variables

T = TypeVar("T")
PATIENCE = 180.0  # seconds until a test gives up waiting: many, because a machine may be busy


@dataclass(frozen=True)
class Servers:
    """The emulators that all tests of a session share."""

    storage: storage.StorageServer
    pubsub: str  # host:port
    broker: Broker | None  # None: it is Google's emulator
    gemini: gemini.GeminiServer
    tasks: tasks.TasksServer
    ask: "Switch"

    def services(self) -> Services:
        """Their addresses."""
        return Services(
            storage=self.storage.url,
            model=self.gemini.url,
            tasks=f"http://{self.tasks.address}",
            pubsub=self.pubsub,
        )


class Switch:
    """The model that the session's server asks: the running test sets it."""

    model: gemini.Model

    def __call__(self, question: gemini.Question, /) -> gemini.Reply:
        return self.model(question)


class Cloud:
    """One test's cloud."""

    def __init__(self, servers: Servers, functions: Functions, trigger: storage.Trigger) -> None:
        self.servers = servers
        self.functions = functions
        self.trigger = trigger
        self.client = cloud_storage.Client()
        self.model = gemini.ScriptedModel()
        servers.ask.model = self.model

    def script(self, *replies: gemini.Reply, otherwise: gemini.Model | None = None) -> None:
        """Set the model's replies from now on."""
        self.model = gemini.ScriptedModel(*replies, otherwise=otherwise)
        self.servers.ask.model = self.model

    def upload(self, name: str, data: bytes, content_type: str | None = "image/jpeg") -> ImageRef:
        """Upload with the official client."""
        blob = self.client.bucket(os.environ["UPLOADS_BUCKET"]).blob(name)
        blob.upload_from_string(data, content_type)
        return ImageRef(blob.bucket.name, blob.name, int(blob.generation))

    def record(self, ref: ImageRef, patience: float = PATIENCE) -> dict[str, Any]:
        """The terminal record of an upload's one job, once it is announced."""
        (job,) = recipes.jobs(ref)
        return self.record_of(job, patience)

    def record_of(self, job: Job, patience: float = PATIENCE) -> dict[str, Any]:
        """The terminal record of a job, once it is announced."""
        until(lambda: self.state(naming.announced(job.key)) is not None, patience)
        (found,) = self.records(job.images[0])
        return found

    def records(self, ref: ImageRef) -> list[dict[str, Any]]:
        """Every terminal record of an upload."""
        results = os.environ["RESULTS_BUCKET"]
        return [
            found
            for _, data in contents(self.client, results, ending="/result.json")
            for found in [json.loads(data)]
            if any(
                (image["name"], image["generation"]) == (ref.name, ref.generation)
                for image in found["images"]
            )
        ]

    def results(self) -> list[str]:
        """The names of everything in the results bucket."""
        return [blob.name for blob in self.client.list_blobs(os.environ["RESULTS_BUCKET"])]

    def result(self, name: str) -> bytes:
        found: bytes = self._blob("RESULTS_BUCKET", name).download_as_bytes()
        return found

    def state(self, name: str) -> bytes | None:
        try:
            found: bytes = self._blob("STATE_BUCKET", name).download_as_bytes()
        except NotFound:
            return None
        return found

    def _blob(self, bucket: str, name: str) -> cloud_storage.Blob:
        return self.client.bucket(os.environ[bucket]).blob(name)

    def deliver(
        self, job: Job, function: str = "detect", queued: float | None = None
    ) -> requests.Response:
        """Push a job to its worker, as the queue would."""
        body = pushed(events.encode_job(job))
        if queued is not None:
            body["message"]["attributes"] = {"queued": str(queued)}
        return requests.post(self.functions.address(function), json=body, timeout=180)

    def announced(self) -> list[dict[str, Any]]:
        """The announcements that wait in the results subscription: attributes and data."""
        name = declaration.subscriptions()["results"]
        found = []
        with pubsub_v1.SubscriberClient() as subscriber:
            while received := _pull(subscriber, name):
                ids = [each.ack_id for each in received]
                subscriber.acknowledge(subscription=name, ack_ids=ids)
                found += [each.message for each in received]
        return [
            {"attributes": dict(each.attributes), "data": json.loads(each.data)} for each in found
        ]


def _pull(subscriber: pubsub_v1.SubscriberClient, name: str) -> list[Any]:
    """The messages that wait now. No wait for more would be long enough on a busy machine."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The return_immediately flag", DeprecationWarning)
        reply = subscriber.pull(
            subscription=name, max_messages=100, return_immediately=True, retry=None
        )
    return list(reply.received_messages)


def pushed(data: bytes) -> dict[str, Any]:
    """The body of a push request."""
    message = {
        "data": base64.b64encode(data).decode(),
        "messageId": "1",
        "publishTime": "2026-01-01T00:00:00Z",
    }
    return {"message": message, "subscription": "projects/darkroom-test/subscriptions/by-hand"}


def until(true: Callable[[], T], patience: float = PATIENCE, pause: float = 0.02) -> T:
    """What `true` returns, once it is true; fails the test after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (value := true()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(pause)
    return value


@contextmanager
def environment(
    servers: Servers, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[None]:
    """Sets the emulators' official variables, names for buckets and topics, and these settings."""
    mark = uuid.uuid4().hex[:8]
    mine = {
        "STORAGE_EMULATOR_HOST": servers.storage.url,
        "PUBSUB_EMULATOR_HOST": servers.pubsub,
        "GOOGLE_GEMINI_BASE_URL": servers.gemini.url,
        "GEMINI_API_KEY": "test",
        "GOOGLE_CLOUD_PROJECT": "darkroom-test",
        "UPLOADS_BUCKET": f"uploads-{mark}",
        "RESULTS_BUCKET": f"results-{mark}",
        "STATE_BUCKET": f"state-{mark}",
        "COPIES_BUCKET": f"copies-{mark}",
        "CORRECTIONS": "named",
        "TOPIC_PREFIX": f"t-{mark}",
        "MODEL": "scripted-model",
        "CLOUD_TASKS_EMULATOR_HOST": servers.tasks.address,
        "TASKS_QUEUE": f"projects/darkroom-test/locations/local/queues/q-{mark}",
        "NOTIFY_URL": "",  # set by the functions, once they have an address
        "PRIVATE_ADDRESSES": "127.0.0.0/8,::1/128",
        **settings,
    }
    with variables(mine):
        yield


@contextmanager
def cloud(servers: Servers) -> Iterator[Cloud]:
    """A cloud for one test; it ends when nothing of it is under way any more."""
    with environment(servers), ExitStack() as running:
        declaration.make_buckets()
        declaration.make_topics()
        running.enter_context(_guarded())
        functions = Functions(port=0, at_once=8)
        running.callback(functions.close)
        functions._server.app = grants.called(functions._server.app, local_functions.names())
        declaration.make_subscriptions(functions)
        running.callback(_pause, declaration.make_queue())
        running.callback(_drop_subscriptions)
        trigger = storage.Trigger(
            servers.storage.store, os.environ["UPLOADS_BUCKET"], functions.address("ingest")
        )
        running.callback(trigger.close)
        trigger.start()
        mine = Cloud(servers, functions, trigger)
        running.callback(mine.client.close)
        yield mine


@contextmanager
def _guarded() -> Iterator[None]:
    """Functions do in the buckets what Terraform grants them; anything else fails the test."""
    client = shared_storage.client()
    guard = grants.Guard(shared_storage._CONNECTIONS)
    for scheme in ("https://", "http://"):
        client._http.mount(scheme, guard)
    yield
    assert guard.refused == []


@contextmanager
def paced(servers: Servers) -> Iterator[None]:
    """An object takes one write a second, as on Cloud Storage."""
    servers.storage.store.pace.seconds = 1.0
    try:
        yield
    finally:
        servers.storage.store.pace.seconds = 0.0


@contextmanager
def hosted(servers: Servers, place: Path, **settings: str) -> Iterator[Host]:
    """The functions, with these settings, in a process of their own that can be killed."""
    with host(servers.services(), settings, place / "host") as started:
        started.wait()
        yield started


def _pause(queue: str) -> None:
    with declaration.tasks_client() as client:
        client.pause_queue(name=queue)


def _drop_subscriptions() -> None:
    with pubsub_v1.SubscriberClient() as subscriber:
        for name in declaration.subscriptions().values():
            subscriber.delete_subscription(subscription=name)


@contextmanager
def serving(root: Path, watched: Collection[str] | None = None) -> Iterator[Servers]:
    """All servers; storage keeps the events of `watched` buckets, or of all."""
    with ExitStack() as running:
        address, broker = _queue(running)
        started = running.enter_context(beside(address, broker, root, watched))
        _forget_clients()
        running.callback(_forget_clients)
        yield started


@contextmanager
def beside(
    address: str, broker: Broker | None, root: Path, watched: Collection[str] | None = None
) -> Iterator[Servers]:
    """The other servers, for a Pub/Sub that runs at `address`."""
    with ExitStack() as running:
        files = storage.serve(root, watched=watched)
        running.callback(files.close)
        ask = Switch()
        model = running.enter_context(gemini.serve(ask))
        timers = tasks.serve()
        running.callback(timers.close)
        yield Servers(files, address, broker, model, timers, ask)


def _forget_clients() -> None:
    """Close the clients that shared/ caches in this process: they know the servers of before."""
    for made in (shared_storage.client, shared_gemini._made):
        if made.cache_info().currsize:
            made().close()
            made.cache_clear()
    for generated in (shared_schedule._client, shared_pubsub._client):
        if generated.cache_info().currsize:
            generated().transport.close()
            generated.cache_clear()


def _queue(running: ExitStack) -> tuple[str, Broker | None]:
    if os.environ.get("DARKROOM_TEST_PUBSUB") == "google":
        from testbed import google_pubsub

        jar = google_pubsub.find()
        assert jar, "DARKROOM_TEST_PUBSUB=google needs java and the emulator's jar"
        return running.enter_context(google_pubsub.running(jar)), None
    broker = Broker()
    server = pubsub.serve(broker)
    running.callback(server.close)
    return server.address, broker
