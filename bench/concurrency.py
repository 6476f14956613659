"""Jobs per minute of one worker process on one CPU, while the model takes its time.

Photos and model are the same; only the number of jobs at once differs. `cpu_ms` is what a job takes
of the CPU, so 60,000 divided by it is the most jobs a minute: a machine that has other work to do
gets less far, and does not change it much.
"""

import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bench import photo
from bench.emulated import emulated, upload
from bench.memory import peak
from bench.report import Report, Row, progress, ratio
from bench.served import Served, family, served
from local.gemini import replies
from shared.model import Job, Size

OBJECTS = 10
ROUNDS = 3  # jobs per place: enough that start and end weigh little


def run(
    at_once: Mapping[str, Iterable[int]], size: Size, seconds: float, one_by_one: int = 3
) -> Report:
    """A row for each number of jobs at once of each worker; each worker's first is one."""
    data = photo.encoded(photo.picture(size), "JPEG")
    rows: list[Row] = []
    for worker, numbers in at_once.items():
        counts = {1: one_by_one, **{places: places * ROUNDS for places in numbers}}
        rows += _rows(worker, counts, data, seconds)
    megapixels = size.width * size.height / 1e6
    title = (
        f"One worker process on one CPU, a model that takes {seconds:g} s, "
        f"{megapixels:.1f}-megapixel JPEGs, {OBJECTS} objects"
    )
    return Report(title, rows)


def _rows(worker: str, counts: Mapping[int, int], data: bytes, seconds: float) -> list[Row]:
    """A row for each number of jobs at once; `counts` are the jobs that are measured then."""
    said = replies.says(photo.answer(OBJECTS, masks=worker == "segment"))
    said = replace(said, delay=seconds)
    rows: list[Row] = []
    with emulated(lambda _: said):
        for places, count in counts.items():
            progress(f"{worker}, {places} at once")
            names = (f"{places}-{number}.jpg" for number in range(count + 1))
            jobs = [upload(name, data, worker) for name in names]
            rows.append(
                _row(worker, places, jobs, float(rows[0]["jobs_per_minute"]) if rows else None)
            )
    return rows


def _row(worker: str, places: int, jobs: list[Job], one_at_a_time: float | None) -> Row:
    with served(worker, settings={"THREADS": str(places)}) as function:
        for pid in family(function.process.pid):
            _pin(pid)
        function.deliver(jobs[0])  # the first job imports the model's client
        start, used = time.monotonic(), function.cpu_seconds()
        with ThreadPoolExecutor(places) as pool:
            list(pool.map(function.deliver, jobs[1:]))
        count = len(jobs) - 1
        per_minute = count / (time.monotonic() - start) * 60
        cpu = (function.cpu_seconds() - used) / count
        memory = _memory(function)
    return {
        "function": worker,
        "at_once": places,
        "jobs": count,
        "jobs_per_minute": round(per_minute, 1),
        "times_one": ratio(per_minute, one_at_a_time or per_minute),
        "cpu_ms": round(cpu * 1000),
        "memory_mib": memory,
    }


def _memory(function: Served) -> int:
    """The sum of the peaks of the worker and its decoders."""
    return sum(map(peak, family(function.worker())))


def _pin(pid: int) -> None:
    """Pin the process, its threads and its children to one CPU, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {min(os.sched_getaffinity(0))})
