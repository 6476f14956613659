"""The page's answers when there are a hundred records, and when there are a hundred thousand.

Answers come over the wire, from functions and a storage that run here; entries are put into the
store directly, to save time.
"""

import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from threading import Thread

import functions_framework
import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from bench import made_up
from bench.report import Report, Row, ms, progress, ratio
from local import storage
from local.storage.objects import Draft
from local.storage.store import Store
from shared import codec
from shared.jobs import index
from shared.jobs.record import Record

SIZES = (100, 100_000)
_RARE = 1_000  # one entry in this many has the label that is asked for
_WITH_RECORDS = 100  # only the newest have records; no question reads the others'
_NEWEST = datetime(2020, 1, 1, tzinfo=UTC)
_NAMES = {
    "GOOGLE_CLOUD_PROJECT": "darkroom-bench",
    "UPLOADS_BUCKET": "uploads",
    "MODEL": "gemini-3.8-flash",
    "RESULTS_BUCKET": "results",
    "STATE_BUCKET": "state-100",
}
_QUESTIONS = {
    "first screen": "api/results",
    "one label in 1,000": "api/results?label=rare",
    "first exported row": "api/export?format=csv",
}


def run(rounds: int, sizes: tuple[int, int] = SIZES) -> Report:
    """A row for each question: milliseconds by number of records."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        server = storage.serve(Path(folder), watched=())
        running.callback(server.close)
        os.environ.update(_NAMES, STORAGE_EMULATOR_HOST=server.url)
        for bucket in ("uploads", "results", *map(_state, sizes)):
            server.store.create_bucket(bucket, {})
        for size in sizes:
            progress(f"{size:,} records")
            enter(server.store, _state(size), size)
        for number in range(_WITH_RECORDS):
            told = record(number)
            draft = Draft("results", told.folder + "result.json", {})
            put(server.store, draft, codec.encode(told))
        rows = _rows(_served(running), rounds, sizes)
    return Report(f"Answers of the page, median of {rounds} rounds", rows)


def _served(running: ExitStack) -> str:
    """The address of the function, served until the stack is closed."""
    source = Path(__file__).parents[1] / "functions" / "gallery" / "main.py"
    app = functions_framework.create_app("gallery", str(source))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    running.callback(server.server_close)
    serving = Thread(target=server.serve_forever)
    serving.start()
    running.callback(serving.join)
    running.callback(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}/"


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the table is the output."""


def enter(store: Store, bucket: str, count: int) -> None:
    """Put that many entries into a state bucket, a second apart."""
    for number in range(count):
        told = record(number)
        entry = {"entry": index._encoded(index._entry(told))}
        put(store, Draft(bucket, index._name(told), {"metadata": entry}), b"")


def _rows(page: str, rounds: int, sizes: tuple[int, int]) -> list[Row]:
    rows: list[Row] = []
    for question, path in _QUESTIONS.items():
        few, many = _medians(page + path, rounds, sizes)
        named = dict(zip((f"{size}_ms" for size in sizes), (ms(few), ms(many)), strict=True))
        rows.append({"question": question, **named, "ratio": ratio(many, few)})
    return rows


def _medians(url: str, rounds: int, sizes: tuple[int, int]) -> list[float]:
    spent: list[list[float]] = [[] for _ in sizes]
    for _ in range(rounds):
        for size, times in zip(sizes, spent, strict=True):
            os.environ["STATE_BUCKET"] = _state(size)
            while (seconds := _seconds(url)) is None:
                continue
            times.append(seconds)
    return [statistics.median(times) for times in spent]


def _seconds(url: str) -> float | None:
    """Seconds until the line that is waited for; None while an earlier export still ends."""
    start = time.perf_counter()
    with requests.get(url, stream=True, timeout=60) as answer:
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            return None
        answer.raise_for_status()
        lines = answer.iter_lines()
        for _ in range(_lines(url)):
            next(lines)
        return time.perf_counter() - start


def _lines(url: str) -> int:
    """How many lines of the answer to wait for: a table's first line has its columns' names."""
    return 2 if "export" in url else 1


def _state(size: int) -> str:
    return f"state-{size}"


def put(store: Store, draft: Draft, body: bytes) -> None:
    with store.spool() as spool:
        spool.write(body)
        store.put(draft, spool)


def record(number: int) -> Record:
    """The record of a made-up photo; larger numbers are older."""
    labels = [*(f"thing {each}" for each in range(5)), *["rare"] * (number % _RARE == _RARE - 1)]
    return made_up.record(f"shop/{number:06}.jpg", labels, _NEWEST - timedelta(seconds=number))
