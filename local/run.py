"""The local cloud, from start to Ctrl-C."""

import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from local import (
    console,
    declaration,
    housekeeping,
    logs,
    model,
    pubsub,
    settings,
    signals,
    storage,
    tasks,
)
from local.functions import Functions, names
from local.ports import Ports, why_not
from local.progress import Progress
from local.storage.store import Store
from shared.border.gemini import client
from shared.border.proxies import spare_loopback
from shared.images import sandbox
from shared.settings import current, faults

PORT = 8080
PATIENCE = 60.0  # s for jobs under way at the end; a photo that is interrupted is paid for again
_NAMES = {
    "GOOGLE_CLOUD_PROJECT": "darkroom-local",
    "UPLOADS_BUCKET": "darkroom-uploads",
    "RESULTS_BUCKET": "darkroom-results",
    "STATE_BUCKET": "darkroom-state",
    "COPIES_BUCKET": "darkroom-copies",
    "CORRECTIONS": "named",  # whoever works on this machine may correct
    "TOPIC_PREFIX": "darkroom",
    "TASKS_QUEUE": "projects/darkroom-local/locations/local/queues/webhooks",
    "PRIVATE_ADDRESSES": "127.0.0.0/8,::1/128",  # a receiver of webhooks runs here, too
}


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command line."""

    port: int | None = None  # of the page; None: 8080, or any if that is taken
    data: Path = Path(".local")
    ready_file: Path | None = None
    workers: int = 4
    samples: bool = True
    one_write_a_second: bool = False  # of an object, as on Cloud Storage

    @property
    def samples_of(self) -> Path | None:
        """The data folder that may get the samples."""
        return self.data if self.samples else None


def run(options: Options, began: float) -> NoReturn:
    """Start what is not already set, print the addresses, and run until a signal."""
    settings.forget_empty()
    spare_loopback(os.environ)
    for name, value in _NAMES.items():
        os.environ.setdefault(name, value)
    _check_settings()
    ended = threading.Event()
    with ExitStack() as running:
        cloud = _start(options, running)
        running.callback(settings.write(options.data / "settings.json"))
        _print_addresses(options, cloud.functions, time.monotonic() - began)
        begin = threading.Thread(
            target=housekeeping.run,
            args=(cloud.functions, cloud.progress, ended, options.samples_of),
            name="housekeeping",
            daemon=True,
        )
        begin.start()
        cloud.wait()
        ended.set()
        signals.exit_on_signal()  # from the second Ctrl-C on; what is kept is on disk
        _print_stopping(jobs=cloud.functions.gate.shut())
    signals.exit_now()


def _check_settings() -> None:
    """Exit if a setting is malformed, or two contradict each other."""
    if wrong := [*faults("local", os.environ)]:
        raise SystemExit(f"The local cloud cannot start. {' '.join(wrong)}")


@dataclass(frozen=True, slots=True)
class _Cloud:
    """What was started and is needed later."""

    functions: Functions
    progress: Progress
    wait: Callable[[], None]  # until a signal


def _start(options: Options, running: ExitStack) -> _Cloud:
    ports = Ports(options.data / "ports.json")
    store = _start_storage(options.data, ports, running)
    if store is not None and options.one_write_a_second:
        store.pace.seconds = 1.0
    logs.configure(options.data)
    broker = _start_pubsub(options.data, ports, running)
    timers = _start_tasks(options.data, ports, running)
    running.enter_context(model.start(ports))
    warming = running.enter_context(ThreadPoolExecutor(1)).submit(_warm)
    declaration.make_buckets()
    declaration.make_topics()
    wait = signals.catch_signals()  # from now on there may be work under way
    functions = _start_functions(options, ports)
    running.callback(functions.close)
    declaration.make_queue()
    progress = Progress(declaration.make_subscriptions(functions), functions.url)
    running.callback(progress.close)
    _deliver(store, functions, [each for each in (timers, broker) if each], running)
    warming.result()
    return _Cloud(functions, progress, wait)


def _deliver(
    store: Store | None,
    functions: Functions,
    queues: list[pubsub.Broker | tasks.TasksServer],
    running: ExitStack,
) -> None:
    """Start deliveries to the functions; at the end stop them, and wait for requests under way."""
    running.callback(functions.gate.wait, PATIENCE)
    for queue in queues:
        running.callback(queue.hold)
        queue.release()
    uploads, ingest = os.environ["UPLOADS_BUCKET"], functions.address("ingest")
    if store is not None:
        events: storage.Trigger | storage.Poller = storage.Trigger(store, uploads, ingest)
    else:
        events = storage.Poller(os.environ["STORAGE_EMULATOR_HOST"], uploads, ingest)
        console.line("This storage sends no events; it is polled for new uploads.")
    running.callback(events.close)
    events.start()


def _warm() -> None:
    """Import what the first photo needs. Raises SystemExit if the model cannot be called."""
    try:
        client.warm()
    except (ImportError, ValueError) as error:  # the text names the setting or the missing package
        raise SystemExit(f"The model cannot be asked. {error}") from error
    sandbox.warm()


def _start_storage(data: Path, ports: Ports, running: ExitStack) -> Store | None:
    """The store, unless another emulator is set, which a Poller polls."""
    if "STORAGE_EMULATOR_HOST" in os.environ:
        return None
    try:
        watched = {os.environ["UPLOADS_BUCKET"]}
        server = storage.serve(data / "storage", ports.of("storage"), watched=watched)
    except BlockingIOError as error:
        raise SystemExit(f"{data} is in use by another local cloud; choose --data.") from error
    except OSError as error:
        raise SystemExit(f"{data} cannot hold photos and results: {error.strerror}.") from error
    running.callback(server.close)
    ports.keep("storage", server.url)
    os.environ["STORAGE_EMULATOR_HOST"] = server.url
    server.store.outbox.deletions = current().erase_with_uploads
    return server.store


def _start_pubsub(data: Path, ports: Ports, running: ExitStack) -> pubsub.Broker | None:
    """The broker, unless another emulator is set.

    It is held: messages of an earlier run would be pushed to that run's addresses.
    """
    if "PUBSUB_EMULATOR_HOST" in os.environ:
        return None
    try:
        keep = pubsub.Disk(data / "pubsub")
    except OSError as error:
        raise SystemExit(f"{data} cannot hold the queue: {error.strerror}.") from error
    running.callback(keep.close)
    broker = pubsub.Broker(keep=keep)
    broker.hold()
    server = pubsub.serve(broker, ports.of("pubsub"))
    running.callback(server.close)
    ports.keep("pubsub", server.address)
    os.environ["PUBSUB_EMULATOR_HOST"] = server.address
    return broker


def _start_tasks(data: Path, ports: Ports, running: ExitStack) -> tasks.TasksServer | None:
    if "CLOUD_TASKS_EMULATOR_HOST" in os.environ:
        return None
    server = tasks.serve(data / "tasks", ports.of("tasks"), held=True)
    running.callback(server.close)
    ports.keep("tasks", server.address)
    os.environ["CLOUD_TASKS_EMULATOR_HOST"] = server.address
    return server


def _start_functions(options: Options, ports: Ports) -> Functions:
    """At the port of the options, else that of the last start, 8080, or any free one."""
    if options.port is None:
        functions = Functions(ports.of("page", PORT), options.workers)
        ports.keep("page", functions.url, PORT)
        return functions
    if why := why_not(options.port):
        raise SystemExit(f"Port {options.port} cannot be had: {why}.")
    return Functions(options.port, options.workers)


def _print_addresses(options: Options, functions: Functions, seconds: float) -> None:
    """Write the ready file, and print the addresses."""
    ready = {
        "page": functions.url,
        "storage": os.environ["STORAGE_EMULATOR_HOST"],
        "pubsub": os.environ["PUBSUB_EMULATOR_HOST"],
        "tasks": os.environ["CLOUD_TASKS_EMULATOR_HOST"],
        "gemini": os.environ.get("GOOGLE_GEMINI_BASE_URL"),
        "project": os.environ["GOOGLE_CLOUD_PROJECT"],
        "buckets": declaration.buckets(),
        "topics": declaration.topics(),
        "functions": {name: functions.address(name) for name in names()},
    }
    if options.ready_file is not None:
        _write(options.ready_file, json.dumps(ready, indent=1))
    console.line(
        f"Ready in {seconds:.1f} s.\n"
        f"  page      {functions.url}\n"
        f"  submit    {functions.address('submit')}\n"
        f"  storage   STORAGE_EMULATOR_HOST={ready['storage']}\n"
        f"  queue     PUBSUB_EMULATOR_HOST={ready['pubsub']}\n"
        f"  tasks     CLOUD_TASKS_EMULATOR_HOST={ready['tasks']}\n"
        f"  uploads   gs://{os.environ['UPLOADS_BUCKET']}\n"
        f"  results   gs://{os.environ['RESULTS_BUCKET']}\n"
        f"  copies    gs://{os.environ['COPIES_BUCKET']}\n"
        f"  model     {model.describe()}\n"
        "Ctrl-C ends it.\n",
    )


def _print_stopping(jobs: int) -> None:
    os.write(1, signals.STOPPING)
    if jobs:
        console.line(f"Jobs under way end first: {jobs}. Ctrl-C again ends at once.")


def _write(file: Path, text: str) -> None:
    """Atomically: a reader never sees half a file."""
    written = file.with_suffix(".writing")
    try:
        written.write_text(text)
        written.replace(file)
    except OSError as error:
        raise SystemExit(f"{file} cannot be written: {error.strerror}.") from error
