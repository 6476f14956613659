"""The bytes that ingest reads of an upload, counted on the wire between it and storage."""

import os
from collections.abc import Iterable
from urllib.parse import urlsplit

from bench import photo
from bench.coldstart import finalized
from bench.counting import counting
from bench.emulated import emulated, upload
from bench.report import Report, Row, progress
from bench.served import Served, served
from local.gemini import replies
from shared.model import Size

_START = Size(1152, 864)


def run(megabytes: Iterable[float]) -> Report:
    """A row for each size of upload: the bytes that ingest received for it."""
    with emulated(lambda _: replies.boxes([])) as storage:
        port = urlsplit(storage.url).port or 80
        with counting(port) as counter:
            through = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{counter.port}"}
            with served("ingest", settings=through) as function:
                _taken(function, _file(0.2), "first.jpg")  # a process reads some things once
                rows: list[Row] = []
                for number, size in enumerate(megabytes):
                    progress(f"{size:g} MB")
                    before = counter.received
                    data = _file(size)
                    _taken(function, data, f"{number}.jpg")
                    rows.append(
                        {"upload_bytes": len(data), "read_bytes": counter.received - before}
                    )
    return Report("Bytes that ingest reads of an upload, headers included", rows)


def _file(megabytes: float) -> bytes:
    """A JPEG, padded behind its end to the wanted length."""
    start = photo.encoded(photo.picture(_START), "JPEG")
    return start + os.urandom(max(0, round(megabytes * 1e6) - len(start)))


def _taken(function: Served, data: bytes, name: str) -> None:
    job = upload(name, data)
    function.post(*finalized(job.images[0], len(data)))
