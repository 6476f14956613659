"""Other people's clients against the local storage: every operation, as in the cloud.

`make clients` installs those that come from PyPI and npm; each is skipped where it is not.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.storage import StorageServer, serve
from local.storage.listing import Query
from local.storage.preconditions import Preconditions
from testbed.stage import variables
from tests.local.clients import commands
from tests.local.clients.outcomes import Client, digest, outcomes

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif("DARKROOM_CLIENTS" not in os.environ, reason="`make clients` runs these"),
]

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "clients"
INSTALLED = ROOT / os.environ.get("DARKROOM_CLIENTS", ".clients")
PYTHON = INSTALLED / "bin" / "python"
NODE = INSTALLED / "node_modules"
BUCKET = "uploads"
CONTENT = {
    "small": b"0123456789\r\n",
    "large": hashlib.shake_128(b"large").digest(19 << 20),
    "stream": hashlib.shake_128(b"stream").digest((3 << 20) + 17),
}
OPERATIONS = ("small", "large", "stream", "read", "range", "list", "copy", "delete")

Outcomes = dict[str, Any]


def _script(command: list[str | Path], *arguments: str) -> Callable[[Path], Outcomes]:
    def run(folder: Path) -> Outcomes:
        done = subprocess.run(
            [*command, BUCKET, folder, *arguments],
            cwd=ROOT,
            capture_output=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr.decode()
        told: Outcomes = json.loads(done.stdout)
        return told

    return run


def _command(client: Client) -> Callable[[Path], Outcomes]:
    return lambda folder: outcomes(client, folder)


# By client: what has to be there for it, and how it does every operation.
CLIENTS: dict[str, tuple[bool, Callable[[Path], Outcomes]]] = {
    "python": (True, _script([sys.executable, "-m", "tests.local.clients.official"])),
    "node": (
        NODE.is_dir() and shutil.which("node") is not None,
        _script(["node", HERE / "node.cjs"]),
    ),
    "node-simple": (
        NODE.is_dir() and shutil.which("node") is not None,
        _script(["node", HERE / "node.cjs"], "simple"),
    ),
    "gcsfs": (PYTHON.exists(), _script([PYTHON, HERE / "with_gcsfs.py"])),
    "smart_open": (PYTHON.exists(), _script([PYTHON, HERE / "with_smart_open.py"])),
    "rclone": (shutil.which("rclone") is not None, _command(commands.rclone(BUCKET))),
    "rclone-uniform": (
        shutil.which("rclone") is not None,
        _command(commands.rclone(BUCKET, "--gcs-bucket-policy-only")),
    ),
    "gcloud": (shutil.which("gcloud") is not None, _command(commands.gcloud(BUCKET))),
    "gcloud-gzip": (
        shutil.which("gcloud") is not None,
        _command(commands.gcloud(BUCKET, "--gzip-in-flight-all")),
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageServer]:
    root = tmp_path_factory.mktemp("clients")
    server = serve(root / "storage")
    server.store.create_bucket(BUCKET, {})
    with variables(_environment(server.url, root)):
        yield server
    server.close()


def _environment(url: str, root: Path) -> dict[str, str]:
    """Where each client looks for the storage, and that it needs no key for it."""
    return {
        "STORAGE_EMULATOR_HOST": url,
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",  # gRPC with TLS, whatever is set
        "NODE_PATH": str(NODE),
        "RCLONE_CONFIG_LOCAL_TYPE": "google cloud storage",
        "RCLONE_CONFIG_LOCAL_ENDPOINT": f"{url}/storage/v1/",
        "RCLONE_CONFIG_LOCAL_ANONYMOUS": "true",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{url}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_CONFIG": str(root / "gcloud"),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_PROJECT": "demo-project",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module", params=CLIENTS)
def told(request: pytest.FixtureRequest, server: StorageServer, folder: Path) -> Outcomes:
    """What one client says of every operation, done on a bucket that is empty."""
    there, run = CLIENTS[request.param]
    if not there:
        pytest.skip(f"{request.param} is not installed")
    for stored in server.store.list(BUCKET, Query())[0]:
        server.store.delete(BUCKET, stored.name, None, Preconditions())
    return run(folder)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_client_does_what_it_does_in_the_cloud(
    told: Outcomes, server: StorageServer, operation: str
) -> None:
    value = told[operation]

    assert not (isinstance(value, dict) and "error" in value), value["error"]
    match operation:
        case "read":
            assert value == digest(CONTENT["large"])
        case "range":
            assert value == "2345"
        case "list":
            assert value == ["in/large", "in/small", "in/stream"]
        case "copy":
            assert _content(server, "copied") == CONTENT["large"]
        case "delete":
            assert server.store.find(BUCKET, "in/small") is None
        case "large" | "stream":
            assert _content(server, f"in/{operation}") == CONTENT[operation]


def _content(server: StorageServer, name: str) -> bytes:
    _, file = server.store.open(BUCKET, name)
    with file:
        return file.read()
