"""Google's own Pub/Sub emulator, where it is installed.

It comes with `gcloud components install pubsub-emulator` (Debian: google-cloud-cli-pubsub-emulator)
and needs Java. The jar is started directly: gcloud's wrapper leaves Java running when it is ended.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

JAR = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar"
SDK_ROOTS = (
    "~/google-cloud-sdk",
    "/usr/lib/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "/usr/local/share/google-cloud-sdk",
    "/opt/homebrew/share/google-cloud-sdk",
    "/snap/google-cloud-cli/current",
)
START_SECONDS = 60.0


def find() -> Path | None:
    """The jar: PUBSUB_EMULATOR_JAR if set, else from the Cloud SDK; None also without Java."""
    if shutil.which("java") is None:
        return None
    if named := os.environ.get("PUBSUB_EMULATOR_JAR"):
        return Path(named)
    for root in (_gcloud_root(), *SDK_ROOTS):
        if root and (jars := sorted(Path(root).expanduser().glob(JAR))):
            return jars[-1]
    return None


@contextmanager
def running(jar: Path) -> Iterator[str]:
    """The address of an emulator that answers, ended together with the block."""
    port = _free_port()
    command = ["java", "-jar", str(jar), "--host=127.0.0.1", f"--port={port}"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for_answer(process, port)
            yield f"127.0.0.1:{port}"
        finally:
            _end(process)


def _gcloud_root() -> str:
    if shutil.which("gcloud") is None:
        return ""
    command = ["gcloud", "info", "--format=value(installation.sdk_root)"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for_answer(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        if process.poll() is not None:
            raise ChildProcessError(f"the emulator ended with code {process.returncode}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"the emulator did not answer within {START_SECONDS:g} s")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/v1/projects/demo-project/topics")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
