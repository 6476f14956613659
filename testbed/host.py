"""The functions in a process of their own that can be killed, with proxies around it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

import requests

from testbed.intermediary import Intermediary
from testbed.proxy import FaultProxy
from testbed.relay import Relay
from testbed.rules import Rules

ROOT = Path(__file__).parents[1]
_UP = HTTPStatus.METHOD_NOT_ALLOWED  # what a running function answers to GET
_PATIENCE = 180.0  # seconds to start
_TOLD = 2_000  # characters of the log
_NOTHING: Mapping[str, Rules] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Services:
    """The addresses of the services that the functions use."""

    storage: str  # URLs ...
    model: str
    tasks: str
    pubsub: str  # ... and host:port


@dataclass(frozen=True, slots=True)
class Host:
    """One process, started again whenever it dies, and the proxies around it."""

    files: FaultProxy
    model: FaultProxy
    tasks: FaultProxy
    queue: Relay
    front: FaultProxy  # in front of the functions
    pid_file: Path
    process: subprocess.Popen[bytes]  # it starts the one that serves

    def address(self, function: str) -> str:
        """The URL of that function."""
        return f"{self.front.url}/{function}/"

    def proxy(self, name: str) -> Intermediary:
        """One of the proxies."""
        found: Intermediary = getattr(self, name)
        return found

    def clear(self) -> None:
        """Let everything pass from now on."""
        for each in (self.files, self.model, self.tasks, self.queue, self.front):
            each.clear()

    def pid(self) -> int:
        """The id of the process that serves now, or served last."""
        return int(self.pid_file.read_text())

    def wait(self) -> None:
        """Wait until the functions are up. Raises TimeoutError, with the end of their log."""
        deadline = time.monotonic() + _PATIENCE
        while not _is_up(self.front.upstream):
            if self.process.poll() is not None or time.monotonic() > deadline:
                last = self.pid_file.with_name("log").read_text()[-_TOLD:]
                raise TimeoutError(f"the functions did not start within {_PATIENCE:g} s: {last}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Send SIGKILL."""
        _send(self.pid(), signal.SIGKILL)

    def stall(self, seconds: float) -> None:
        """Stop the process for so many seconds."""
        pid = self.pid()
        _send(pid, signal.SIGSTOP)
        time.sleep(seconds)
        _send(pid, signal.SIGCONT)


@contextmanager
def host(
    services: Services,
    settings: Mapping[str, str],
    place: Path,
    rules: Mapping[str, Rules] = _NOTHING,
    worker: str = "testbed.worker",
) -> Iterator[Host]:
    """A host that is starting, with these environment variables and its files under `place`.

    `rules` are its proxies', by the names of their fields; `worker` is the module that serves.
    """
    port = _free_port()
    place.mkdir()
    with ExitStack() as running:

        def proxy(name: str, upstream: str) -> FaultProxy:
            return running.enter_context(FaultProxy(upstream, rules.get(name)))

        files, model = proxy("files", services.storage), proxy("model", services.model)
        tasks, front = proxy("tasks", services.tasks), proxy("front", f"http://127.0.0.1:{port}")
        queue = running.enter_context(Relay(services.pubsub, rules.get("queue")))
        environment = {
            "STORAGE_EMULATOR_HOST": files.url,
            "GOOGLE_GEMINI_BASE_URL": model.url,
            "CLOUD_TASKS_EMULATOR_HOST": tasks.url.removeprefix("http://"),
            "PUBSUB_EMULATOR_HOST": queue.address,
            "NOTIFY_URL": f"{front.url}/notify",
            **settings,
        }
        pid_file = place / "pid"
        process = running.enter_context(_process(worker, port, pid_file, environment))
        yield Host(files, model, tasks, queue, front, pid_file, process)


@contextmanager
def _process(
    worker: str, port: int, pid_file: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", worker, str(port), str(pid_file)]
    with pid_file.with_name("log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            if pid_file.exists():
                _send(int(pid_file.read_text()), signal.SIGKILL)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has just died
        os.kill(pid, number)


def _is_up(url: str) -> bool:
    try:
        return requests.get(f"{url}/detect/", timeout=5).status_code == _UP
    except requests.ConnectionError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
