"""The whole local cloud in a process of its own, started as `make run` does, that can be ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.cloud import storage as cloud_storage

from local import settings
from testbed import clients

ROOT = Path(__file__).parents[1]
_PATIENCE = 120.0  # seconds to start, and to end after Ctrl-C
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Whole:
    """A local cloud that was started over the files of `place`."""

    process: subprocess.Popen[bytes]
    place: Path

    def is_ready(self) -> bool:
        """Whether its ready file is there."""
        return self._ready_file.exists()

    def wait(self) -> dict[str, Any]:
        """Its ready file, once it is there. Raises TimeoutError, with the end of its log."""
        deadline = time.monotonic() + _PATIENCE
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"it did not start: {log(self.place)[-2_000:]}")
            time.sleep(_PAUSE)
        found: dict[str, Any] = json.loads(self._ready_file.read_text())
        return found

    def end(self, how: signal.Signals) -> int:
        """Send a signal to it and its children, as a terminal does; the exit code."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        return self.process.wait(_PATIENCE)

    @property
    def _ready_file(self) -> Path:
        return self.place / "ready.json"


@contextmanager
def started(place: Path, environment: Mapping[str, str]) -> Iterator[Whole]:
    """A local cloud that is starting; the block kills it at its end."""
    clean = {name: each for name, each in os.environ.items() if name not in settings.HEEDED}
    (place / "ready.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "local", "--port", "0", "--no-samples"]
    command += ["--data", str(place / "data"), "--ready-file", str(place / "ready.json")]
    with (place / "log").open("ab") as said:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**clean, **environment},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        whole = Whole(process, place)
        try:
            yield whole
        finally:
            whole.end(signal.SIGKILL)


def log(place: Path) -> str:
    """The log of all clouds that were started over these files."""
    return (place / "log").read_text(errors="replace")


@contextmanager
def client(ready: Mapping[str, Any]) -> Iterator[cloud_storage.Client]:
    """The official client, on that cloud's storage."""
    made = clients.of_storage(ready["storage"], ready["project"])
    try:
        yield made
    finally:
        made.close()
