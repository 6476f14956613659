"""kill -9 between any two steps of the protocol, then carry on.

The steps are seen on the wire: a proxy before storage and one before the model kill the process
that serves the functions, either when a step's request is there (it is not carried out), or once it
was carried out and before the process hears of it.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from local import declaration, storage
from local.gemini import replies
from tests.cloud import Cloud, Servers, environment, until
from tests.faults import FaultProxy
from tests.photos import jpeg

ROOT = Path(__file__).parents[1]
THING = {"box_2d": [100, 100, 500, 500], "label": "thing"}

# The writes of a worker in their order. Reads change nothing, so to die before a read is to die
# after the write before it; to die after the announcement is to die before its mark.
WRITES = ["lease", "ledger", "answer", "overlay", "thumbnail", "record", "index", "mark"]


@dataclass(frozen=True)
class Elsewhere:
    """The functions in a process of their own, behind proxies."""

    url: str
    files: FaultProxy
    model: FaultProxy
    pid_file: Path

    def address(self, name: str) -> str:
        return f"{self.url}/{name}/"

    def up(self) -> bool:
        try:
            return requests.get(f"{self.url}/detect/", timeout=5).status_code == 405
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        os.kill(int(self.pid_file.read_text()), signal.SIGKILL)

    def die_at(self, proxy: FaultProxy, path: str, number: int, moment: str) -> None:
        """kill -9 when that POST to this path comes, "before" or "after" it takes effect."""
        proxy.rule("POST", path, times=number)
        if moment == "before":
            proxy.rule("POST", path, before=self.kill, reset=True)
        else:
            proxy.rule("POST", path, after=self.kill, lost=True)


@pytest.fixture(scope="module")
def mortal(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud whose functions can be killed."""
    with ExitStack() as running:
        running.enter_context(environment(servers))
        files = running.enter_context(FaultProxy(servers.storage.url))
        model = running.enter_context(FaultProxy(servers.gemini.url))
        place = tmp_path_factory.mktemp("worker")
        functions = Elsewhere(f"http://127.0.0.1:{_free_port()}", files, model, place / "pid")
        running.enter_context(_process(functions))
        declaration.make_buckets()
        declaration.make_topics()
        declaration.make_subscriptions(functions)
        trigger = storage.Trigger(
            servers.storage.store, os.environ["UPLOADS_BUCKET"], functions.address("ingest")
        )
        running.callback(trigger.close)
        trigger.start()
        yield Cloud(servers, functions, trigger)


@contextmanager
def _process(functions: Elsewhere) -> Iterator[None]:
    port = functions.url.rpartition(":")[2]
    environment = os.environ | {
        "STORAGE_EMULATOR_HOST": functions.files.url,
        "GOOGLE_GEMINI_BASE_URL": functions.model.url,
        "LEASE_SECONDS": "1.5",
        "MODEL_TIMEOUT_SECONDS": "0.5",
    }
    command = [sys.executable, "-m", "tests.worker", port, str(functions.pid_file)]
    with (functions.pid_file.with_name("log")).open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
        try:
            until(functions.up)
            yield
        finally:
            process.kill()
            process.wait()
            functions.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def assert_done_once(cloud: Cloud, name: str, *, asked: int) -> None:
    ref = cloud.upload(name, jpeg())

    record = cloud.record(ref)

    folder = record["folder"]
    mine = [result for result in cloud.results() if result.startswith(folder)]
    assert record["status"] == "done"
    assert len(cloud.records(ref)) == 1
    assert mine == [folder + name for name in ("overlay.jpg", "result.json", "thumbnail.jpg")]
    assert len(cloud.model.questions) == asked
    assert asked <= record["usage"]["paid_calls"] <= 2


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", WRITES)
def test_a_worker_killed_at_a_write_ends_the_job_all_the_same(
    mortal: Cloud, step: str, moment: str
) -> None:
    mortal.script(otherwise=lambda _: replies.boxes([THING]))
    functions = mortal.functions
    functions.die_at(functions.files, "/upload/", WRITES.index(step), moment)

    unkept = (step, moment) == ("answer", "before")
    assert_done_once(mortal, f"{moment} {step}.jpg", asked=2 if unkept else 1)


@pytest.mark.parametrize(("moment", "asked"), [("before", 1), ("after", 2)])
def test_a_worker_killed_at_the_paid_call_pays_again_only_if_it_was_answered(
    mortal: Cloud, moment: str, asked: int
) -> None:
    mortal.script(otherwise=lambda _: replies.boxes([THING]))
    functions = mortal.functions
    functions.die_at(functions.model, ":generateContent", 0, moment)

    assert_done_once(mortal, f"{moment} the call.jpg", asked=asked)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("write", range(4), ids=["lease", "record", "index", "mark"])
def test_ingest_killed_at_a_rejection_rejects_all_the_same(
    mortal: Cloud, write: int, moment: str
) -> None:
    mortal.script()
    functions = mortal.functions
    functions.die_at(functions.files, "/upload/", write, moment)

    ref = mortal.upload(f"{moment} {write}.txt", b"not a photo at all")

    assert mortal.record(ref)["reason"]["code"] == "unsupported_type"
    assert len(mortal.records(ref)) == 1


@pytest.mark.parametrize("step", ["lease", "answer", "record"])
def test_a_write_whose_answer_is_lost_is_known_again(mortal: Cloud, step: str) -> None:
    mortal.script(otherwise=lambda _: replies.boxes([THING]))
    mortal.functions.files.rule("POST", "/upload/", times=WRITES.index(step))
    mortal.functions.files.rule("POST", "/upload/", lost=True)

    assert_done_once(mortal, f"lost {step}.jpg", asked=1)
