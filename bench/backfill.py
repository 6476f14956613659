"""What a plan of a large archive takes: list requests, seconds and memory of the command."""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.report import Report, Row, progress
from local import storage
from local.storage.objects import Draft
from local.storage.store import Store
from testbed.proxy import FaultProxy

SIZES = (1_000, 100_000)
_ROOT = Path(__file__).parents[1]
_NAMES = {
    "GOOGLE_CLOUD_PROJECT": "darkroom-bench",
    "UPLOADS_BUCKET": "uploads",
    "RESULTS_BUCKET": "results",
    "STATE_BUCKET": "state",
    "TOPIC_PREFIX": "bench",
    "MODEL": "gemini-3.8-flash",
}


def run(sizes: tuple[int, ...] = SIZES) -> Report:
    """A row for each number of uploads, half of which have a record."""
    return Report("darkroom backfill plan, by the number of uploads", [_row(n) for n in sizes])


def _row(size: int) -> Row:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        server = storage.serve(Path(folder), watched=())
        running.callback(server.close)
        for bucket in ("uploads", "results", "state"):
            server.store.create_bucket(bucket, {})
        progress(f"{size:,} uploads")
        for number in range(size):
            _put(server.store, number)
        front = running.enter_context(FaultProxy(server.url))
        first, second = _plan(front.url), _plan(front.url)
        lists = sum("/o?" in met.path and met.method == "GET" for met in front.log) // 2
    return {
        "uploads": size,
        "jobs": first["jobs"],
        "list_requests": lists,
        "seconds": first["seconds"],
        "peak_mb": first["peak_mb"],
        "same_plan": first["plan"] == second["plan"] and not second["new"],
    }


def _put(store: Store, number: int) -> None:
    """An upload of one byte; every second one has a record of its question's kind."""
    name = f"{number % 100:02}/{number:07}.jpg"
    generation = _stored(store, Draft("uploads", name, {"contentType": "image/jpeg"}), b"x")
    if number % 2:
        record = f"{name}/{generation}/detect-{number:012x}/result.json"
        _stored(store, Draft("results", record, {"metadata": {"status": "done"}}), b"{}")


def _stored(store: Store, draft: Draft, body: bytes) -> int:
    with store.spool() as spool:
        spool.write(body)
        return store.put(draft, spool).generation


def _plan(url: str) -> dict[str, object]:
    """The plan, made by the command in a process of its own."""
    asked = [sys.executable, "-c", _MEASURED, "backfill", "plan", "--json"]
    environment = {**os.environ, **_NAMES, "STORAGE_EMULATOR_HOST": url}
    began = time.perf_counter()
    done = subprocess.run(asked, cwd=_ROOT, env=environment, capture_output=True, check=True)
    seconds = round(time.perf_counter() - began, 1)
    found: dict[str, object] = json.loads(done.stdout)
    peak = int(done.stderr.split()[-1]) // 1024
    return {**found, "seconds": seconds, "peak_mb": peak}


_MEASURED = """
import atexit, resource, sys
from cli.app import app
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
atexit.register(lambda: print(used(), file=sys.stderr))
app()
"""
