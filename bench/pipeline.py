"""The functions of a checkout, from upload to webhook, each in a process of its own.

The emulators and the interpreter are this checkout's; functions, recipes and clients are those of
the measured one. What the queues would do is done here, so that every step can be measured alone.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from google.cloud import pubsub_v1
from google.cloud import storage as cloud_storage

from bench import wire
from bench.coldstart import finalized
from bench.emulated import emulated
from bench.served import ROOT, Served, served
from bench.wire import Log, Wire
from local import declaration
from local.gemini import replies
from shared.model import ImageRef
from testbed.cloud import pushed
from testbed.stage import variables
from testbed.target import Target, target

NAMES = {"detect": "detect", "segment": "segment", "caption": "describe"}  # workers by task
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  # of Standard Webhooks' examples
_PATIENCE = 120.0  # seconds
_MANY = 1000  # messages
Message = Mapping[str, Any]  # the body of a push request


class Script:
    """The model: says at once what it is told to say."""

    def __init__(self) -> None:
        self.answer = "[]"

    def __call__(self, _: object, /) -> Any:
        return replies.says(self.answer)


class Pipeline:
    """The functions of one checkout; `log` has their calls, unless they take the short way."""

    def __init__(
        self, root: Path, running: ExitStack, log: Log, settings: Mapping[str, str]
    ) -> None:
        self.log = log
        self._root = root
        self._running = running
        self._settings = settings
        self._numbers = count(1)
        self._up: dict[tuple[str, tuple[tuple[str, str], ...]], Served] = {}

    def function(self, name: str, **settings: str) -> Served:
        """A function with these settings, started when it is first asked for."""
        key = name, tuple(sorted(settings.items()))
        if key not in self._up:
            source = self._root / f"functions/{name}/main.py"
            mine = {**self._settings, **settings, "PYTHONPATH": str(self._root)}
            self._up[key] = self._running.enter_context(served(name, source, mine))
        return self._up[key]

    def upload(self, folder: str, data: bytes) -> ImageRef:
        """Upload a photo by a new name, which follows it: no two have the same bytes."""
        name = f"{folder}/{next(self._numbers):06}.jpg"
        return self.put(name, data + name.encode())

    def put(self, name: str, data: bytes) -> ImageRef:
        """Upload a file as it is."""
        with closing(cloud_storage.Client()) as client:
            blob = client.bucket(self._settings["UPLOADS_BUCKET"]).blob(name)
            blob.upload_from_string(data, "image/jpeg")
        return ImageRef(blob.bucket.name, blob.name, int(blob.generation))

    def job_file(self, asked: Mapping[str, object]) -> tuple[ImageRef, int]:
        """Upload a job file with these keys; where it is, and its size in bytes."""
        body = json.dumps(asked).encode()
        return self.put(f"jobs/{next(self._numbers):06}.job.json", body), len(body)

    def take_in(self, ref: ImageRef, size: int) -> None:
        """Tell ingest of an upload."""
        self.function("ingest").post(*finalized(ref, size))

    def message(self, topic: str) -> Message:
        """The newest message of a topic, as it is pushed; the others are dropped."""
        name = self._name(topic, "subscriptions")
        with pubsub_v1.SubscriberClient() as subscriber:
            pulled = subscriber.pull(subscription=name, max_messages=_MANY, timeout=_PATIENCE)
            received = list(pulled.received_messages)
            ids = [each.ack_id for each in received]
            subscriber.acknowledge(subscription=name, ack_ids=ids)
        if not received:
            raise SystemExit(f"nothing was queued for {topic}")
        newest = max((each.message for each in received), key=lambda each: each.publish_time)
        body = pushed(newest.data)
        body["message"]["attributes"] = dict(newest.attributes)
        return body

    def job(self, task: str, data: bytes) -> Message:
        """The message of a new photo's job, as this checkout's own ingest queues it."""
        self.take_in(self.upload("samples", data), len(data))  # a recipe asks three tasks of them
        return {each: self.message(worker) for each, worker in NAMES.items()}[task]

    def stored(self) -> int:
        """Bytes in the results and the state bucket."""
        with closing(cloud_storage.Client()) as client:
            buckets = self._settings["RESULTS_BUCKET"], self._settings["STATE_BUCKET"]
            return sum(int(blob.size) for each in buckets for blob in client.list_blobs(each))

    def _name(self, topic: str, kind: str) -> str:
        project, prefix = os.environ["GOOGLE_CLOUD_PROJECT"], self._settings["TOPIC_PREFIX"]
        return f"projects/{project}/{kind}/{prefix}-{topic}"

    def subscribe(self) -> None:
        """Make the subscriptions that `message` pulls from."""
        with pubsub_v1.SubscriberClient() as subscriber:
            for topic in (*NAMES.values(), "results"):
                subscriber.create_subscription(
                    name=self._name(topic, "subscriptions"), topic=self._name(topic, "topics")
                )


@contextmanager
def pipelines(
    roots: Mapping[str, Path], delay: float, *, direct: bool = False
) -> Iterator[tuple[Mapping[str, Pipeline], Script]]:
    """The pipelines of some checkouts by name, and their model.

    `direct`: calls are neither noted nor delayed, as no proxy is in their way.
    """
    script = Script()
    with ExitStack() as running:
        running.enter_context(emulated(script))
        receiver = running.enter_context(target())
        yield (
            {
                name: _pipeline(running, name, root, receiver, None if direct else Log(delay))
                for name, root in roots.items()
            },
            script,
        )


def _pipeline(
    running: ExitStack, name: str, root: Path, receiver: Target, log: Log | None
) -> Pipeline:
    """A pipeline with buckets, topics and a queue of its own; without a log, not observed."""
    if not (root / "functions").is_dir():
        raise SystemExit(f"{root} is no checkout: it has no functions/")
    folder = Path(running.enter_context(TemporaryDirectory()))
    noted = log or Log()
    notify = running.enter_context(Wire(noted, "notify"))
    own = {
        **{f"{role}_BUCKET": f"{role.lower()}-{name}" for role in ("UPLOADS", "RESULTS", "STATE")},
        "TOPIC_PREFIX": f"bench-{name}",
        "TASKS_QUEUE": f"projects/bench/locations/here/queues/{name}",
        "NOTIFY_URL": notify.url,
        "WEBHOOKS": str(folder / "webhooks.toml"),
        "BENCH_SECRET": _SECRET,
        "THREADS": "8",
    }
    with variables(own):
        declaration.make_buckets()
        declaration.make_topics()
        declaration.make_queue()
    hook = running.enter_context(Wire(noted, "webhook", receiver.url))
    row = f'name = "bench"\nurl = "{hook.url}"\nsecrets = ["BENCH_SECRET"]\n'
    (folder / "webhooks.toml").write_text(f"[[endpoint]]\n{row}")
    observed = _observed(running, log) if log else {}
    made = Pipeline(root.resolve(), running, noted, {**own, **observed})
    made.subscribe()
    notify.upstream = made.function("notify").url
    return made


def _observed(running: ExitStack, log: Log) -> dict[str, str]:
    """The addresses of proxies to the emulators."""
    storage = Wire(log, "storage", os.environ["STORAGE_EMULATOR_HOST"])
    tasks = Wire(log, "tasks", f"http://{os.environ['CLOUD_TASKS_EMULATOR_HOST']}")
    running.enter_context(storage)
    running.enter_context(tasks)
    return {
        "STORAGE_EMULATOR_HOST": storage.url,
        "CLOUD_TASKS_EMULATOR_HOST": tasks.url.removeprefix("http://"),
        "PUBSUB_EMULATOR_HOST": running.enter_context(
            wire.queue(log, os.environ["PUBSUB_EMULATOR_HOST"])
        ),
    }


def checkouts(against: Path | None) -> dict[str, Path]:
    """The paths of this checkout and the one that it is measured against, by short names."""
    return {"here": ROOT} | ({"there": against} if against else {})
