"""A function in a process of its own, as it is when deployed: one worker process with threads."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from shared.messages import events
from shared.model import Job
from testbed.cloud import pushed

ROOT = Path(__file__).parents[1]
_DEPLOYED = {"MALLOC_ARENA_MAX": "2"}  # terraform/darkroom/functions.tf
_PATIENCE = 120.0  # seconds for a process to come up


@dataclass(frozen=True, slots=True)
class Served:
    """A running function; `process` is the one that started the worker."""

    process: "subprocess.Popen[bytes]"
    url: str

    def post(self, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        """Send it an event; raises requests.HTTPError if the answer is not 2xx."""
        requests.post(self.url, json=body, headers=headers, timeout=600).raise_for_status()

    def deliver(self, job: Job) -> None:
        """Push a job as the queue does, and wait until it is done."""
        self.post(pushed(events.encode_job(job)))

    def worker(self) -> int:
        """The process id of the worker."""
        return children(self.process.pid)[0]

    def cpu_seconds(self) -> float:
        """What its processes have used, all their threads included.

        A process's clock id is its pid inverted, with the kind of clock (Linux:
        clock_getcpuclockid(3)).
        """
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in family(self.process.pid))


@contextmanager
def served(
    function: str, source: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """The function of that name, up as soon as it listens."""
    source = source or ROOT / f"functions/{function}/main.py"
    port = _free_port()
    process = subprocess.Popen(
        (
            *(str(Path(sys.executable).with_name("functions-framework")), "--target", function),
            *("--source", str(source), "--host", "127.0.0.1", "--port", str(port)),
        ),
        env={**os.environ, "PYTHONPATH": str(ROOT), **_DEPLOYED, **(settings or {})},
    )
    try:
        _wait(process, port)
        yield Served(process, f"http://127.0.0.1:{port}/")
    finally:
        process.terminate()
        process.wait()


def children(pid: int) -> list[int]:
    """The running processes that it started (Linux: proc(5))."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family(pid: int) -> list[int]:
    """The process and all its descendants, those started by its threads included."""
    below = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):
            below += [int(each) for each in (task / "children").read_text().split()]
    return [pid, *(each for child in below for each in family(child))]


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0 and children(process.pid):
                return
        time.sleep(0.01)
    raise SystemExit("the function did not come up")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
