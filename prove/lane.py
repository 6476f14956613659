"""A cloud of its own, whose functions can be killed, and whose queue delivers several times.

Lanes run at the same time and share one Pub/Sub. This is why a lane makes its buckets, queue and
subscriptions by addresses, and not with testbed.cloud.environment, which sets this process's own
variables; and its subscriptions differ, since they deliver everything several times.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from urllib.parse import quote

import requests
from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage as cloud_storage
from google.cloud import tasks_v2

from local.storage import cloudevent
from prove.voice import Voice
from shared.model import ImageRef
from testbed import clients, queues
from testbed.cloud import beside
from testbed.host import Host, host
from testbed.proxy import FaultProxy
from testbed.rules import Rules
from testbed.stage import Stage
from testbed.target import Target, target

LEASE = 3.0  # seconds
MODEL_TIMEOUT = 2.0  # seconds
UPLOADS, RESULTS, STATE = "uploads", "results", "state"
_TASKS = f"projects/{queues.PROJECT}/locations/local/queues/webhooks"
_SETTINGS = {
    "GEMINI_API_KEY": "none",
    "UPLOADS_BUCKET": UPLOADS,
    "RESULTS_BUCKET": RESULTS,
    "STATE_BUCKET": STATE,
    "TASKS_QUEUE": _TASKS,
    "PRIVATE_ADDRESSES": "127.0.0.0/8",
    "LEASE_SECONDS": str(LEASE),
    "MODEL_TIMEOUT_SECONDS": str(MODEL_TIMEOUT),
    "SWEEP_OLDER_THAN_SECONDS": "0",
    "HOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # the example of Standard Webhooks
}
_HOOKS = """\
[[endpoint]]
name = "shop"
url = "{url}/hook"
secrets = ["HOOK_SECRET"]
"""
_NUMBERS = count(1)
_PAUSE = 0.05  # seconds
_FAR = 1.0  # seconds ahead; a webhook's second attempt is due 5 s after the first


@dataclass(frozen=True, slots=True)
class Lane:
    """The services, one host or several, and a receiver of announcements and webhooks."""

    stage: Stage
    hosts: Sequence[Host]
    voice: Voice
    receiver: Target  # of webhooks
    door: FaultProxy  # in front of it
    ears: Target  # gets every announcement
    storage: str  # URL
    client: cloud_storage.Client
    timers: tasks_v2.CloudTasksClient
    subscriptions: Sequence[str]
    copies: int  # deliveries of everything, at least
    events: int  # of these, of an upload's event; each queues the upload's jobs
    sender: ThreadPoolExecutor
    sending: list[Future[None]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> Host:
        """The only host."""
        (mine,) = self.hosts
        return mine

    def clear(self) -> None:
        """Let everything pass from now on."""
        for each in self.hosts:
            each.clear()
        self.door.clear()
        self.voice.say()

    def upload(self, name: str, data: bytes) -> ImageRef:
        """Upload an object, and deliver its event."""
        ref = self.put(name, data)
        self.send(ref)
        return ref

    def put(self, name: str, data: bytes) -> ImageRef:
        """Upload an object."""
        blob = self.client.bucket(UPLOADS).blob(name)
        blob.upload_from_string(data, "image/jpeg")
        return ImageRef(UPLOADS, name, int(blob.generation))

    def send(self, ref: ImageRef) -> None:
        """Deliver the event of an upload, each copy until a 2xx answers it."""
        url = f"{self.storage}/storage/v1/b/{ref.bucket}/o/{quote(ref.name, safe='')}"
        event = requests.get(url, timeout=10).json()
        for number in range(self.events):
            address = self.hosts[number % len(self.hosts)].address("ingest")
            self.sending.append(self.sender.submit(_deliver, address, event, self.closing))

    def at_rest(self) -> bool:
        """Whether everything that was ever queued is acknowledged."""
        return (
            all(sent.done() for sent in self.sending)
            and not self.backlog()
            and not list(self.timers.list_tasks(parent=_TASKS))
        )

    def backlog(self) -> int:
        """How many messages our own Pub/Sub still has for this lane."""
        if self.stage.broker is None:
            return 0
        waiting = self.stage.broker.backlog()
        return sum(waiting[name] for name in self.subscriptions)

    def hurry(self) -> None:
        """Run the tasks of webhooks that wait for their next attempt at once."""
        for task in self.timers.list_tasks(parent=_TASKS):
            if task.schedule_time.timestamp() > time.time() + _FAR:
                try:
                    self.timers.run_task(name=task.name)
                except NotFound:  # its attempt is over
                    continue

    def sweep(self) -> None:
        """Call the sweep, as Cloud Scheduler would."""
        requests.post(self.hosts[0].address("sweep"), timeout=60).raise_for_status()


def _deliver(address: str, event: Mapping[str, object], closing: threading.Event) -> None:
    """Post an upload's event until a 2xx answers it, as Eventarc does."""
    delay = 0.1
    while not _taken(address, event) and not closing.wait(delay):
        delay = min(2 * delay, 1.0)


def _taken(address: str, event: Mapping[str, object]) -> bool:
    headers = cloudevent.headers(event)
    try:
        return requests.post(address, json=event, headers=headers, timeout=600).ok
    except requests.ConnectionError:
        return False


@contextmanager
def lane(
    stage: Stage,
    copies: int,
    settings: Mapping[str, str] = MappingProxyType({}),
    rules: Sequence[Mapping[str, Rules]] = ({},),
    backoff: tuple[float, float] = (0.1, 0.5),
    write_seconds: float = 0.0,
) -> Iterator[Lane]:
    """A lane where everything is delivered `copies` times; it has a host for each of `rules`.

    With one host the event of an upload is delivered several times, and each makes a message of its
    job. With several hosts, and on Google's emulator, the jobs have several subscriptions instead:
    Google's stops pushing to a subscription when several messages of it are refused. `settings` are
    more environment variables of the functions; `backoff` is the least and the most seconds until a
    refused delivery is made again. An object takes one write in `write_seconds`.
    """
    by_events = len(rules) == 1 and stage.broker
    events, jobs = (copies, 1) if by_events else (1, copies)
    prefix = f"lane{next(_NUMBERS)}"
    with ExitStack() as running:
        place = Path(running.enter_context(TemporaryDirectory(prefix="prove-")))
        servers = running.enter_context(
            beside(stage.address, stage.broker, place / "storage", watched=())
        )
        servers.storage.store.pace.seconds = write_seconds
        servers.ask.model = voice = Voice()
        receiver, ears = running.enter_context(target()), running.enter_context(target())
        door = running.enter_context(FaultProxy(receiver.url))
        hooks = place / "webhooks.toml"
        hooks.write_text(_HOOKS.format(url=door.url))
        settings = {**_SETTINGS, "TOPIC_PREFIX": prefix, "WEBHOOKS": str(hooks), **settings}
        services = servers.services()
        hosts = [
            running.enter_context(
                host(services, settings, place / f"host-{number}", mine, worker="prove.worker")
            )
            for number, mine in enumerate(rules)
        ]
        for each in hosts:
            each.wait()
        client = _storage(servers.storage.url)
        running.callback(client.close)
        timers = running.enter_context(_timers(servers.tasks.address))
        subscriptions = queues.make(prefix, _pushes(hosts, ears, jobs, copies), backoff)
        running.callback(queues.drop, subscriptions)
        sender = running.enter_context(ThreadPoolExecutor(4 * copies))
        made = Lane(
            stage=stage,
            hosts=hosts,
            voice=voice,
            receiver=receiver,
            door=door,
            ears=ears,
            storage=servers.storage.url,
            client=client,
            timers=timers,
            subscriptions=subscriptions,
            copies=copies,
            events=events,
            sender=sender,
        )
        running.callback(made.closing.set)
        yield made


def _pushes(
    hosts: Sequence[Host], ears: Target, jobs: int, results: int
) -> list[tuple[str, str, str]]:
    """The push subscriptions: `jobs` of jobs, `results` of results, one of results to `ears`."""
    wanted = (("detect", "detect", jobs), ("notify", "results", results))
    return [
        *(
            (f"{function}-{number}", topic, hosts[number % len(hosts)].address(function))
            for function, topic, copies in wanted
            for number in range(copies)
        ),
        ("told", "results", f"{ears.url}/"),
    ]


def _storage(url: str) -> cloud_storage.Client:
    client = clients.of_storage(url, queues.PROJECT)
    for name in (UPLOADS, RESULTS, STATE):
        client.create_bucket(name)
    return client


@contextmanager
def _timers(address: str) -> Iterator[tasks_v2.CloudTasksClient]:
    rest = tasks_v2.CloudTasksClient.get_transport_class("rest")
    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
    endless = tasks_v2.RetryConfig(max_attempts=-1)
    with tasks_v2.CloudTasksClient(
        transport=rest(host=address, url_scheme="http", credentials=nobody)
    ) as client:
        place = _TASKS.rpartition("/queues/")[0]
        queue = tasks_v2.Queue(name=_TASKS, retry_config=endless)
        client.create_queue(parent=place, queue=queue)
        yield client
