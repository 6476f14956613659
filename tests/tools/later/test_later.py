"""`python -m tools.later`: the calendar of all processes moves, and nothing else does."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.repository.dates import rows

ROOT = Path(__file__).parents[3]
TODAY = datetime.now(UTC).date()
THERE = TODAY + timedelta(days=400)

pytestmark = [
    pytest.mark.days,
    pytest.mark.skipif(
        sys.platform != "linux" or not shutil.which("cc"), reason="needs Linux and a C compiler"
    ),
]


def later(day: date, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools.later", "--to", str(day), *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def printed(day: date, code: str) -> str:
    ended = later(day, sys.executable, "-c", f"import datetime, os, subprocess, sys, time\n{code}")
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "print(datetime.date.today())",
        "print(datetime.datetime.now(datetime.UTC).date())",
        "print(datetime.date.fromtimestamp(time.time_ns() // 10**9))",
        "print(subprocess.check_output(['date', '-u', '+%F'], text=True))",
        "print(subprocess.check_output(['date', '-u', '+%F'], env={}, text=True))",
        "print(subprocess.check_output(['env', '-i', 'date', '-u', '+%F'], text=True))",
        "print(subprocess.check_output('exec date -u +%F', shell=True, env={}, text=True))",
        "os.spawnve(os.P_WAIT, '/bin/date', ['date', '-u', '+%F'], {})",
        "os.waitpid(os.posix_spawn('/bin/date', ['date', '-u', '+%F'], {}), 0)",
    ],
)
def test_it_is_that_day_in_every_process(code: str) -> None:
    assert printed(THERE, code) == str(THERE)


WAITS = {
    "a sleep": "time.sleep(0.2)",
    "an event": "import threading\nthreading.Event().wait(0.2)",
    "a lock": "import threading\nt = threading.Lock()\nt.acquire()\nt.acquire(timeout=0.2)",
    "a semaphore": "import multiprocessing as m\nm.Semaphore(0).acquire(timeout=0.2)",
    "a selector": "import select\nselect.select([], [], [], 0.2)",
    "a loop": "import asyncio\nasyncio.run(asyncio.sleep(0.2))",
    "a program": "subprocess.run(['sleep', '0.2'])",
    "a program that is given up": (
        "try:\n    subprocess.run(['sleep', '9'], timeout=0.2)\n"
        "except subprocess.TimeoutExpired:\n    pass"
    ),
    "gRPC": (
        "import grpc\nready = grpc.channel_ready_future(grpc.insecure_channel('127.0.0.1:1'))\n"
        "try:\n    ready.result(0.2)\nexcept grpc.FutureTimeoutError:\n    pass"
    ),
}


@pytest.mark.parametrize("wait", WAITS)
def test_a_wait_ends_as_on_any_day(wait: str) -> None:
    """One that waited for its moment in the kernel's calendar would not end at all."""
    measured = f"began = time.monotonic()\n{WAITS[wait]}\nprint(time.monotonic() - began >= 0.19)"

    assert printed(THERE, measured) == "True"


def test_files_keep_their_times(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")

    assert printed(THERE, f"print(int(os.stat({str(tmp_path / 'a')!r}).st_mtime))") == str(
        int((tmp_path / "a").stat().st_mtime)
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--to", "2020-01-01", "date"], "is not after today"),
        (["--to", "tomorrow", "date"], "invalid"),
        ([], "name a command"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], told: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.later", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert told in ended.stderr


def listed() -> Iterator[date]:
    """Each day from which Google's clients say something of this Python, and the day after all."""
    days = [*rows("Days that change something")]
    python = f"Python {sys.version_info.major}.{sys.version_info.minor},"
    yield from (min(row.days) for row in days if row.place.startswith(python))
    yield max(max(row.days) for row in days) + timedelta(days=1)


@pytest.mark.parametrize("day", [day for day in listed() if day > TODAY], ids=str)
def test_the_command_says_nothing_about_pythons_age(day: date) -> None:
    ended = later(day, sys.executable, "-m", "cli", "recipes", "check", "--json")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)
