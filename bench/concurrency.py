"""Jobs per minute of one worker process on one CPU, while the model takes its time.

Photos and model are the same; only the number of jobs at once differs.
"""

import os
import time
from collections.abc import Iterable
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

ROUNDS = 3  # jobs per place: enough that start and end weigh little


def run(at_once: Iterable[int], size: Size, seconds: float, one_by_one: int = 3) -> Report:
    """A row for each number of jobs at once; the first is one."""
    said = replace(replies.says(photo.answer(10, masks=False)), delay=seconds)
    data = photo.encoded(photo.picture(size), "JPEG")
    rows: list[Row] = []
    with emulated(lambda _: said):
        for places in (1, *at_once):
            progress(f"{places} at once")
            count = one_by_one if places == 1 else places * ROUNDS
            jobs = [upload(f"{places}-{number}.jpg", data) for number in range(count)]
            rows.append(_row(places, jobs, float(rows[0]["jobs_per_minute"]) if rows else None))
    megapixels = size.width * size.height / 1e6
    title = (
        f"One worker process on one CPU, a model that takes {seconds:g} s, "
        f"{megapixels:.1f}-megapixel JPEGs"
    )
    return Report(title, rows)


def _row(places: int, jobs: list[Job], one_at_a_time: float | None) -> Row:
    with served("detect", settings={"THREADS": str(places)}) as function:
        for pid in family(function.process.pid):
            _pin(pid)
        function.deliver(jobs[0])  # the first job imports the model's client
        start = time.monotonic()
        with ThreadPoolExecutor(places) as pool:
            list(pool.map(function.deliver, jobs[1:]))
        per_minute = (len(jobs) - 1) / (time.monotonic() - start) * 60
        memory = _memory(function)
    return {
        "at_once": places,
        "jobs": len(jobs) - 1,
        "jobs_per_minute": round(per_minute, 1),
        "times_one": ratio(per_minute, one_at_a_time or per_minute),
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
