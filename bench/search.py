"""The page's search among many records: by their entries, and by parts of the index.

All records are of one day. The storage runs in a process of its own, and each request to it takes
as long as in a network. What the sweep does for the parts is counted by running it.
"""

import multiprocessing
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from bench import made_up
from bench.report import Report, Row, ms, progress, ratio
from local import storage
from local.storage.objects import StoredObject
from local.storage.store import Store
from shared import sweep
from shared.border.storage import client
from shared.jobs import index
from shared.jobs.record import Record
from shared.jobs.wanted import Filter
from shared.web.gallery import search

SIZES = (100_000, 1_000_000)
DELAY = 0.03  # s of a request
_NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
_DAY = 86_400.0
_RARE = 40_000  # one record in so many has the label
_WORDS = [f"{first} {second}" for first in ("red", "old", "small", "open") for second in range(250)]
_SCREEN = 60  # records of a page
_SWEEPS = 96  # a day
_USD = {"A": 5e-6, "B": 4e-7}  # a request, Standard storage in one region
_QUESTIONS = {
    "a label of few": Filter("", "", "zebra", ""),
    "a label of none": Filter("", "", "okapi", ""),
    "a name of one": Filter("", "", "", "IMG_0000007"),
    "rejected ones": Filter("", "rejected", "", ""),
}


def run(rounds: int, sizes: tuple[int, ...] = SIZES) -> Report:
    """A row for each question and size; every page of the answer up to sixty matches."""
    rows: list[Row] = []
    notes = []
    for size in sizes:
        progress(f"{size:,} records")
        with _stored(size) as wire:
            slow = {
                name: _measured(wire, 1, partial(_listed, wanted))
                for name, wanted in _QUESTIONS.items()
            }
            notes.append(_made(wire, size))
            for name, wanted in _QUESTIONS.items():
                fast = _measured(wire, rounds, partial(_searched, wanted))
                rows.append(_row(size, name, slow[name], fast))
            notes.append(_idle(wire, size))
    return Report(f"A search at {DELAY * 1000:.0f} ms a request, median of {rounds}", rows, notes)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a search took: seconds of each round, requests of the last, and its matches."""

    seconds: list[float]
    requests: Counter[str]
    places: list[str]


@dataclass(slots=True)
class _Wire:
    """What goes to the storage: each request waits first, and is counted by its price."""

    delay: float = 0.0
    met: Counter[str] = field(default_factory=Counter)


class _Adapter(HTTPAdapter):
    def __init__(self, wire: _Wire) -> None:
        super().__init__(pool_maxsize=80)
        self._wire = wire

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        time.sleep(self._wire.delay)
        is_list = urlsplit(request.url or "").path.endswith("/o")
        self._wire.met["A" if is_list or request.method != "GET" else "B"] += 1
        return super().send(request, *args, **options)


@contextmanager
def _stored(size: int) -> Iterator[_Wire]:
    """The client's wire to a storage that has so many entries."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), size)
        context = multiprocessing.get_context("spawn")
        near, far = context.Pipe()
        process = context.Process(target=_serve, args=(Path(folder), far), daemon=True)
        process.start()
        roles = {f"{role.upper()}_BUCKET": role for role in ("uploads", "results", "state")}
        os.environ.update(roles, STORAGE_EMULATOR_HOST=near.recv())
        wire = _Wire()
        client.cache_clear()
        client()._http.mount("http://", _Adapter(wire))
        yield wire
        client().close()
        near.send("end")
        process.join()


def _serve(folder: Path, pipe: Connection) -> None:
    server = storage.serve(folder, watched=())
    pipe.send(server.url)
    pipe.recv()
    server.close()


def fill(folder: Path, size: int) -> None:
    """A storage with the entries of so many records of one day; no bytes, as entries have none."""
    store = Store(folder, "http://127.0.0.1", ())
    for bucket in ("uploads", "results", "state"):
        store.create_bucket(bucket, {})
    objects = _objects(size)
    while some := list(islice(objects, 10_000)):
        store._index.change((), some)
    store.close()


def _objects(size: int) -> Iterator[StoredObject]:
    random = Random(size)  # the same each time
    for number in range(size):
        told = record(number, size, random)
        entry = {"metadata": {"entry": index._encoded(index._entry(told))}}
        at = told.created
        yield StoredObject(
            *("state", index._name(told), number + 1, 1, 0, "AAAAAA=="),
            *("1B2M2Y8AsgTpgAmY7PhCfg==", None, at, at, entry),
        )


def record(number: int, size: int, random: Random) -> Record:
    """The record of a made-up photo; larger numbers are older."""
    name = f"shop/2026/IMG_{random.randrange(10**9):09}_{number:07}.jpg"
    labels = random.sample(_WORDS, 5) + ["zebra"] * (number % _RARE == _RARE - 1)
    return made_up.record(name, labels, _NEWEST - timedelta(seconds=number * _DAY / size))


def _measured(wire: _Wire, rounds: int, search_once: Callable[[], list[str]]) -> Measured:
    seconds, places = [], []
    wire.delay = DELAY
    for _ in range(rounds):
        wire.met.clear()
        start = time.perf_counter()
        places = search_once()
        seconds.append(time.perf_counter() - start)
    wire.delay = 0.0
    return Measured(seconds, Counter(wire.met), places)


def _listed(wanted: Filter) -> list[str]:
    """One listing of the whole index, page after page, as without parts."""
    return [each.at for each in islice(filter(wanted.takes, index.newest()), _SCREEN)]


def _searched(wanted: Filter) -> list[str]:
    found = list[index.Entry]()
    after: str | None = ""
    while after is not None and len(found) < _SCREEN:
        page = search.page(wanted, after, _SCREEN - len(found))
        found, after = found + page.entries, page.next
    return [each.at for each in found]


def _row(size: int, question: str, slow: Measured, fast: Measured) -> Row:
    if slow.places != fast.places:
        raise AssertionError(f"parts find {len(fast.places)} for {question!r}: not what is there")
    return {
        "records": size,
        "search_for": question,
        "found": len(fast.places),
        "entries_ms": ms(statistics.median(slow.seconds)),
        "parts_ms": ms(statistics.median(fast.seconds)),
        "least_ms": ms(min(fast.seconds)),
        "most_ms": ms(max(fast.seconds)),
        "ratio": ratio(statistics.median(fast.seconds), statistics.median(slow.seconds)),
        "entries_requests": slow.requests.total(),
        "parts_requests": fast.requests.total(),
        "usd_per_1000": round(1_000 * _usd(fast.requests), 4),
    }


def _made(wire: _Wire, size: int) -> str:
    """What it costs to make the parts, by making them."""
    wire.met.clear()
    sweeps = made = 0
    while parts := _sweep().index_parts:
        sweeps, made = sweeps + 1, made + parts
    return f"{size:,} records: {made} parts by {sweeps} sweeps and {_told(wire.met, 1)}"


def _idle(wire: _Wire, size: int) -> str:
    wire.met.clear()
    _sweep()
    return f"{size:,} records: a day of sweeps with nothing new makes {_told(wire.met, _SWEEPS)}"


def _sweep() -> sweep.Swept:
    return sweep.run(older_than=900, younger_than=8 * _DAY)


def _told(met: Counter[str], times: int) -> str:
    kinds = {kind: times * met[kind] for kind in _USD}
    told = " and ".join(f"{count:,} requests of class {kind}" for kind, count in kinds.items())
    return f"{told}: ${times * _usd(met):.4f}"


def _usd(met: Counter[str]) -> float:
    return sum(price * met[kind] for kind, price in _USD.items())
