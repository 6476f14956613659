"""What a new instance costs: until a function listens, and until its first answer.

Each function starts in a process of its own, as deployed, and gets one request: a worker a job, the
others their usual event. A worker's first answer includes a whole job, the decoder's start, and the
import of the model's client. `everything` is a function that imports what
all of them import and answers at once: the cost of one function for all.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

import requests

from bench import photo
from bench.emulated import emulated, upload
from bench.report import Report, Row, progress, ratio
from bench.served import Served, served
from local.gemini import replies
from shared.model import ImageRef, Size

WORKERS = {"detect": "detect", "segment": "segment", "describe": "caption"}
ALL = ("ingest", *WORKERS, "dead_letter", "gallery", "submit", "sweep", "everything")

_EVERYTHING = """\
import functions_framework
import PIL.Image, PIL.ImageCms, pillow_heif, requests, cryptography, httpcore2, standardwebhooks
from google import genai
from google.genai import types
from google.cloud import pubsub_v1, storage, tasks_v2

@functions_framework.http
def everything(request):
    return "done"
"""
_SMALL = Size(320, 240)


def run(rounds: int, functions: Iterable[str] = ALL) -> Report:
    """A row for each function: CPU seconds, and their ratio to the one that imports everything."""
    functions = tuple(functions)
    spent: dict[str, list[tuple[float, float, float]]] = {name: [] for name in functions}
    said = photo.answer(1, masks=True)
    with emulated(lambda _: replies.says(said)), tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "main.py")
        source.write_text(_EVERYTHING)
        for number in range(rounds + 1):  # the first round writes the bytecode
            for name in functions:
                progress(f"{name}, round {number} of {rounds}")
                took = _start(name, source if name == "everything" else None, number)
                spent[name] += [took] if number else []
    medians = {
        name: [statistics.median(column) for column in zip(*took, strict=True)]
        for name, took in spent.items()
    }
    rows = [_row(name, medians) for name in functions]
    return Report(f"Cold starts, median of {rounds} rounds; CPU seconds unless said", rows)


def _row(name: str, medians: dict[str, list[float]]) -> Row:
    listens, answered, wall = medians[name]
    everything, *_ = medians.get("everything", medians[name])
    return {
        "function": name,
        "until_it_listens": round(listens, 2),
        "of_everything": ratio(listens, everything),
        "until_first_answer": round(answered, 2),
        "wall_seconds": round(wall, 2),
    }


def _start(name: str, source: Path | None, number: int) -> tuple[float, float, float]:
    ask = _question(name, number)
    began = time.monotonic()
    with ExitStack() as running:
        function = running.enter_context(served(name, source, {"THREADS": "4"}))
        listens = function.cpu_seconds()
        ask(function)
        wall = time.monotonic() - began
        return listens, function.cpu_seconds(), wall


def _question(name: str, number: int) -> Callable[[Served], None]:
    """The function's usual request."""
    if name in ("gallery", "submit", "everything"):
        path = {"gallery": "api/results", "submit": "openapi.json"}.get(name, "")
        return lambda function: requests.get(function.url + path, timeout=60).raise_for_status()
    if name == "sweep":
        return lambda function: function.post({})
    small = photo.encoded(photo.picture(_SMALL), "JPEG")
    job = upload(f"{name}-{number}.jpg", small, WORKERS.get(name, "detect"))
    if name == "ingest":
        return lambda function: _finalize(function, job.images[0], len(small))
    return lambda function: function.deliver(job)  # to dead_letter, one that was given up


def _finalize(function: Served, ref: ImageRef, size: int) -> None:
    """Send the event of an upload, as Eventarc does."""
    function.post(*finalized(ref, size))


def finalized(ref: ImageRef, size: int) -> tuple[dict[str, object], dict[str, str]]:
    """Body and headers of the event of an upload (CloudEvents, HTTP binary mode)."""
    body: dict[str, object] = {
        "bucket": ref.bucket,
        "name": ref.name,
        "generation": str(ref.generation),
        "size": str(size),
        "contentType": "image/jpeg",
        "updated": "2026-01-01T00:00:00Z",
    }
    headers = {
        "ce-id": f"{ref.name}-{ref.generation}",
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{ref.bucket}",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.storage.object.v1.finalized",
    }
    return body, headers
