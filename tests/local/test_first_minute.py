"""The first minute with a real model: whatever is in the way is said in a sentence, in time."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from google.api_core.exceptions import GoogleAPICallError

from local import gemini, waits
from local.logs import NAME
from local.progress import line
from shared.errors import WaitCause
from shared.jobs.cause import Cause
from shared.jobs.record import Record
from shared.jobs.unfinished import Listing, Unfinished
from shared.model import ImageRef, Job, Result, Verdict
from shared.words import glance, shown
from testbed.cloud import until
from testbed.target import target
from tests.local.test_run import ROOT, Local, clean, local
from tests.photos import jpeg

KEY = "API key not valid. Please pass a valid API key."


@contextmanager
def answering(status: int, message: str) -> Iterator[str]:
    """A service that answers every call with this error; its base URL."""

    said = {"error": {"code": status, "message": message, "status": "SOME"}}
    with target(
        (status, {"Content-Type": "application/json"}, json.dumps(said).encode())
    ) as service:
        yield service.url


def nowhere() -> str:
    """An address at which nothing answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def explained(started: Local, name: str) -> str:
    file = Path(started.ready_file).with_name("settings.json")
    return subprocess.run(
        [sys.executable, "-m", "cli", "explain", name, "--settings", str(file)],
        cwd=ROOT,
        env=clean(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def waited_for(started: Local) -> list[str]:
    """The causes that the page shows."""
    told = requests.get(f"{started.ready['page']}/api/waiting", timeout=30).json()
    return [cause["sentence"] for cause in told["causes"]]


def assert_said_everywhere(data: Path, sentence: str, **environment: str) -> None:
    """The terminal before anything is uploaded, and with the photos that wait; page; explain."""
    with local(data, **{"GEMINI_API_KEY": "wrong", **environment}) as started:
        before = started.lines_until("uploaded  samples/butterfly.jpg")
        during = started.lines_until("wait.")
        shown_there = until(lambda: waited_for(started))
        told = until(lambda: sentence in (text := explained(started, "samples/duck.jpg")) and text)
        started.process.send_signal(signal.SIGINT)
        rest = started.process.stdout.read()

    assert any(sentence in each and "Photos wait until" in each for each in before)
    assert any(sentence in each and "photo" in each for each in during)
    assert any(sentence in each for each in shown_there)
    assert "nothing was charged" in told
    assert "Traceback" not in "\n".join([*before, *during, rest])
    assert started.process.returncode == 0
    assert (data / NAME).stat().st_size > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        pytest.param(400, KEY, f"Gemini refuses the key: {KEY.rstrip('.')}", id="400"),
        pytest.param(403, "No permission.", "Gemini does not permit the call", id="403"),
        pytest.param(
            404, "models/gemini-9 is not found.", "Gemini has no model 'gemini-9'", id="404"
        ),
        pytest.param(503, "Overloaded.", "Gemini is down or overloaded (503)", id="503"),
    ],
)
def test_a_refusal_is_said_before_the_first_upload_and_while_photos_wait(
    tmp_path: Path, status: int, message: str, sentence: str
) -> None:
    with answering(status, message) as url:
        assert_said_everywhere(tmp_path, sentence, GOOGLE_GEMINI_BASE_URL=url, MODEL="gemini-9")


@pytest.mark.slow
def test_a_service_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert_said_everywhere(tmp_path, "Gemini cannot be reached", GOOGLE_GEMINI_BASE_URL=nowhere())


@pytest.mark.slow
def test_a_proxy_that_lets_nothing_through_is_said(tmp_path: Path) -> None:
    with answering(403, "Not you.") as proxy:
        assert_said_everywhere(
            tmp_path,
            "Gemini cannot be reached through the proxy 127.0.0.1: ",
            GOOGLE_GEMINI_BASE_URL="https://generativelanguage.invalid",
            https_proxy=proxy,
            no_proxy="127.0.0.1,localhost",
        )


@pytest.mark.slow
def test_when_the_service_takes_the_key_after_all_it_is_said_and_all_goes_on(
    tmp_path: Path,
) -> None:
    place = {"GOOGLE_GEMINI_BASE_URL": nowhere(), "GEMINI_API_KEY": "good"}
    port = int(place["GOOGLE_GEMINI_BASE_URL"].rpartition(":")[2])

    with local(tmp_path, **place) as started:
        started.lines_until("wait.")
        with gemini.serve(gemini.OfflineModel(), port):
            lines = started.lines_until("Gemini answers again.", "photos, ")

    (last,) = [line for line in lines if line.startswith("10 photos, 29 results in ")]
    assert last.endswith(f"Open {started.ready['page']}")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no process's limits can be set")
def test_a_full_disk_is_one_sentence_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    large = os.urandom(500_000)
    with local(tmp_path, "--no-samples") as started:
        resource.prlimit(started.process.pid, resource.RLIMIT_FSIZE, (200_000, -1))
        with pytest.raises(GoogleAPICallError) as refused:
            started.upload("large.jpg", large)
        answer = requests.post(f"{started.ready['page']}/submit/", data=jpeg() + large, timeout=60)
        resource.prlimit(started.process.pid, resource.RLIMIT_FSIZE, (-1, -1))
        started.upload("small.jpg", jpeg())
        lines = started.lines_until("small.jpg")
        started.upload("large.jpg", large)
        started.process.send_signal(signal.SIGINT)
        rest = started.process.stdout.read()

    assert refused.value.code == 507
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
    assert len([each for each in lines if "The disk is full" in each]) == 1
    assert "Traceback" not in "\n".join([*lines, rest])


def test_ctrl_c_ends_it_at_any_moment_of_the_start(tmp_path: Path) -> None:
    for tenths in (1, 3, 6, 10, 20):
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "--port", "0", "--data", str(tmp_path)],
            cwd=ROOT,
            env=clean(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        until(lambda pid=process.pid: _handles_signals(pid))
        time.sleep(tenths / 10)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)

        assert "Traceback" not in said
        assert "Stopping" in said
        assert process.returncode == 0


def _handles_signals(pid: int) -> bool:
    """Whether a process sees to its own end; where nobody can tell, after a while."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        time.sleep(0.5)
        return True
    caught = next(each for each in status.read_text().splitlines() if each.startswith("SigCgt"))
    term = 1 << (signal.SIGTERM - 1)  # Python catches SIGINT by itself
    return bool(int(caught.split()[1], 16) & term)


@pytest.mark.slow
def test_samples_whose_upload_was_interrupted_come_at_the_next_start(tmp_path: Path) -> None:
    with local(tmp_path) as first:
        first.lines_until("uploaded  samples/butterfly.jpg")
        first.process.kill()
        first.process.wait()
    with local(tmp_path) as second:
        lines = second.lines_until("photos, ")

    names = {each.split()[1] for each in lines if each.startswith("  uploaded ")}
    assert "samples/butterfly.jpg" not in names
    assert "samples/compare.job.json" in names


# -- lines ----------------------------------------------------------------------------------------


def waiting(kind: WaitCause, *names: str) -> Listing:
    cause = Cause(kind, f"The {kind} sentence")
    jobs = [
        Unfinished(name, "b", name, 1, "detect", "m", "standard", False, 0.0, cause)
        for name in names
    ]
    return Listing(tuple(jobs), complete=True)


def test_a_cause_is_told_once_then_every_half_minute_and_its_end_once() -> None:
    looked = waits.Waits()
    told: list[tuple[float, str]] = []

    for second in range(80):
        seen = waiting("key_refused", "a", "b") if second < 70 else Listing((), complete=True)
        told += [(second, each) for each in looked.look(seen, float(second))]

    assert told == [
        (2, "The key_refused sentence. 2 photos wait."),
        (32, "The key_refused sentence. 2 photos wait."),
        (62, "The key_refused sentence. 2 photos wait."),
        (74, "Gemini takes the key again."),
    ]


def test_a_cause_that_comes_and_goes_is_not_told_more_often() -> None:
    looked = waits.Waits()
    told = []

    for second in range(60):
        seen = waiting("throttled", "a") if second % 3 else Listing((), complete=True)
        told += looked.look(seen, float(second))

    assert told == ["The throttled sentence. One photo waits."] * 2


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[31mred", "a\u202egnp.jpg", "two\nlines", "bell\x07", "\u2066isolate\u2069", "\x9b1m"],
)
def test_a_name_that_could_steer_a_terminal_is_printed_as_it_is_spelled(hostile: str) -> None:
    job = Job((ImageRef("uploads", hostile, 1),), "detect", {})

    assert line(rejected(job, f"No bytes in {hostile}.")).isprintable()
    assert shown(hostile).isprintable()


def rejected(job: Job, sentence: str) -> Record:
    return Record.of(Result(job, "rejected", Verdict("empty", sentence)))


def test_a_long_name_keeps_its_column_and_a_comparison_its_job_file() -> None:
    job = Job((ImageRef("uploads", "folder/" + "x" * 90 + "/end.jpg", 1),), "compare", {})
    of_file = replace(job, request={"job_file": {"name": "pair.job.json"}})

    asked, photo = (line(rejected(each, "No bytes.")) for each in (of_file, job))

    assert "pair.job.json" in asked
    assert "/end.jpg" in photo
    assert asked.index("compare") == photo.index("compare")


def test_a_text_is_cut_behind_a_word() -> None:
    assert glance("a duck on the water", 12) == "a duck on…"
    assert glance("a duck", 12) == "a duck"
    assert glance("x" * 40, 12) == "x" * 11 + "…"
