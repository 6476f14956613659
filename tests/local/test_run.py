"""`python -m local` as a user starts it: ready, samples, Ctrl-C, kill -9, and the next start."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from local import settings
from local.samples import job_files, photos
from testbed.cloud import PATIENCE, until
from testbed.contents import contents
from tests.jobs import SCHEMA
from tests.photos import jpeg

ROOT = Path(__file__).parents[2]
TASKS = ("detect", "segment", "caption")  # what recipes.toml asks of samples/
OF_ONE = {  # of a sample that has a recipe of its own
    "samples/receipt.jpg": ("read_text", "caption", "extract"),
    "samples/cup.png": ("detect", "caption", "moderate"),
    "samples/poster.jpg": ("redact",),
}
FORMATS = {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"}


@dataclass
class Local:
    """A local cloud in a process of its own."""

    process: "subprocess.Popen[str]"
    ready: dict
    client: storage.Client
    ready_file: Path

    def upload(self, name: str, data: bytes) -> None:
        self.client.bucket(self.ready["buckets"]["uploads"]).blob(name).upload_from_string(data)

    def lines_until(self, *words: str) -> list[str]:
        """What it prints until each of the words was in a line; killed if that takes too long."""
        lines: list[str] = []
        missing = {*words}
        alarm = threading.Timer(PATIENCE, self.process.kill)
        alarm.start()
        try:
            for line in self.process.stdout:
                lines.append(line.rstrip("\n"))
                missing -= {each for each in missing if each in line}
                if not missing:
                    return lines
        finally:
            alarm.cancel()
        raise AssertionError(f"it ended without {missing}: {lines}")

    def all_records(self) -> list[dict]:
        """The records so far."""
        results = self.ready["buckets"]["results"]
        found = contents(self.client, results, ending="/result.json")
        return [json.loads(data) for _, data in found]

    def records(self) -> dict[str, dict]:
        """The same by the name of the upload; each has one version and one job."""
        found = self.all_records()
        named = {each["images"][0]["name"]: each for each in found}
        assert len(named) == len(found)
        return named


@contextmanager
def local(data: Path, *arguments: str, **environment: str) -> Iterator[Local]:
    """Start `python -m local`; it is killed at the end unless it ended before."""
    ready_file = data / "ready.json"
    ready_file.unlink(missing_ok=True)
    data.mkdir(exist_ok=True, parents=True)
    command = [sys.executable, "-m", "local", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--ready-file", str(ready_file), *arguments],
        cwd=ROOT,
        env=clean() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            until(lambda: ready_file.exists() or process.poll() is not None)
            assert process.poll() is None, process.stdout.read()
            ready = json.loads(ready_file.read_text())
            client = storage.Client(
                project=ready["project"],
                credentials=AnonymousCredentials(),
                client_options={"api_endpoint": ready["storage"]},
            )
            yield Local(process, ready, client, ready_file)
        finally:
            process.kill()


@pytest.mark.days
@pytest.mark.slow
def test_all_samples_are_read_shown_and_told_of(tmp_path: Path) -> None:
    names = {f"samples/{photo.name}" for photo in photos()}
    jobs = {(name, task) for name in names for task in OF_ONE.get(name, TASKS)}
    wanted = len(jobs) + len(job_files())

    with local(tmp_path) as started:
        records = until(lambda: len(found := started.all_records()) == wanted and found)
        drawn = next(record for record in records if record["task"] == "detect")
        listed = requests.get(
            f"{started.ready['page']}/api/results", params={"limit": wanted}, timeout=180
        ).json()
        overlay = requests.get(
            f"{started.ready['page']}/file",
            params={"name": drawn["folder"] + "overlay.jpg"},
            timeout=180,
        )
        started.process.send_signal(signal.SIGINT)
        said = started.process.stdout.read()

    asked = {(record["images"][0]["name"], record["task"]) for record in records}
    assert asked >= jobs
    assert {task for _, task in asked - jobs} == {"compare"}
    for record in records:
        jsonschema.validate(record, SCHEMA)
        assert record["status"] == "done"
        assert record["usage"]["model"] == "offline-model"
        found = record["findings"]
        cannot = record["task"] == "moderate" and record["problems"]
        assert found["objects"] or found["text"] or found["answer"] or cannot
        masked = [thing["mask"] is not None for thing in found["objects"]]
        assert all(masked) == (record["task"] not in {"detect", "extract", "read_text"})
    assert {image["detected_type"] for each in records for image in each["images"]} == FORMATS
    assert {entry["id"] for entry in listed["entries"]} == {record["id"] for record in records}
    assert {entry["name"] for entry in listed["entries"]} == names
    assert overlay.content[:3] == b"\xff\xd8\xff"
    assert overlay.headers["X-Content-Type-Options"] == "nosniff"
    assert re.search(r"Ready in \d", said)
    assert "Warning" not in said
    assert len(re.findall(r"^  done ", said, re.MULTILINE)) == len(records)
    assert started.process.returncode == 0


@pytest.mark.slow
def test_after_kill_9_the_next_start_finishes_what_was_begun(tmp_path: Path) -> None:
    names = {f"{number}.jpg" for number in range(12)}
    brief = {"LEASE_SECONDS": "18", "MODEL_TIMEOUT_SECONDS": "15"}
    with local(tmp_path, "--no-samples", **brief) as first:
        for name in sorted(names):
            first.upload(name, jpeg((20, 200, 20), (640, 480)) + name.encode())
        until(lambda: len(first.records()) >= 2)
        first.process.kill()
        first.process.wait()

    with local(tmp_path, "--no-samples", **brief) as second:
        until(lambda: second.records().keys() == names)
        paid = [record["usage"]["paid_calls"] for record in second.records().values()]

    # A job whose lease the dead process held waits for it to run out; one in the middle of its
    # call may have paid twice. At most four are in hand at a time.
    assert sorted(paid)[: len(names) - 4] == [1] * (len(names) - 4)
    assert max(paid) <= 2


@pytest.mark.slow
def test_two_buckets_in_one_are_refused_with_a_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local", "--port", "0", "--data", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"UPLOADS_BUCKET": "one", "RESULTS_BUCKET": "one"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert ended.returncode == 1
    assert "must name three different buckets" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_vertex_ai_without_credentials_is_said_before_anything_is_uploaded(tmp_path: Path) -> None:
    said = "there are no Google Cloud credentials for Vertex AI. Photos wait"
    with local(
        tmp_path / "data",
        GOOGLE_GENAI_USE_VERTEXAI="true",
        GOOGLE_APPLICATION_CREDENTIALS="",
        CLOUDSDK_CONFIG=str(tmp_path),
        NO_GCE_CHECK="true",
    ) as started:
        told = started.lines_until("uploaded")

    assert [line for line in told if said in line.replace("There", "there")]


@pytest.mark.slow
def test_variables_set_to_nothing_are_as_good_as_not_set(tmp_path: Path) -> None:
    nothing = dict.fromkeys(settings.HEEDED, "")

    with local(tmp_path, "--no-samples", **nothing) as started:
        started.process.send_signal(signal.SIGTERM)
        said = started.process.stdout.read()

    assert started.ready["project"] == "darkroom-local"
    assert "offline model" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_another_name_is_let_in_if_the_command_line_says_so(tmp_path: Path) -> None:
    with local(tmp_path, "--no-samples", "--allow-host", "darkroom.test") as started:
        page = started.ready["page"]
        answered = [
            requests.get(page, headers={"Host": name}, timeout=180).status_code
            for name in ("darkroom.test", "evil.test")
        ]

    assert answered == [200, 403]


HANGS = """
import faulthandler, os, signal, sys, threading
from local.signals import catch_signals

faulthandler.dump_traceback_later(20, exit=True)
for step in range(60):
    wait, lines = catch_signals(), 0

    def strike(frame, event, argument):
        global lines
        lines += 1
        if lines == step:
            signal.raise_signal(signal.SIGINT)
        return strike

    late = threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGTERM))
    late.start()
    sys.settrace(strike)
    wait()
    sys.settrace(None)
    late.join()
"""


def test_a_signal_at_any_moment_of_the_wait_ends_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_help_has_an_example() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )

    assert "example:" in ended.stdout
    assert "--ready-file" in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(["--port", "80000"], "80000", id="a port too high"),
        pytest.param(["--port", "none"], "none", id="no port"),
        pytest.param(["--workers", "0"], "0", id="no workers"),
        pytest.param(["--allow-host", "a:80"], "a:80", id="a host with a port"),
        pytest.param(["--data", "README.md"], "README.md cannot hold", id="data in a file"),
        pytest.param(["--ready-file", "no/such/x"], "no/such/x cannot be", id="no such folder"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    tmp_path: Path, arguments: list[str], named: str
) -> None:
    ended = start_in_vain("--data", str(tmp_path), "--port", "0", *arguments)

    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    assert named in ended.stderr


@pytest.mark.slow
def test_a_second_cloud_on_the_same_data_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with local(tmp_path, "--no-samples"):
        ended = start_in_vain("--port", "0", "--data", str(tmp_path))

    assert ended.returncode == 1
    assert ended.stderr == f"{tmp_path} is in use by another local cloud; choose --data.\n"


def clean() -> dict[str, str]:
    """The environment of somebody who configured nothing."""
    return {name: value for name, value in os.environ.items() if name not in settings.HEEDED}


def start_in_vain(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=clean() | environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
