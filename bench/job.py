"""One whole job in a worker, against the codec floor: CPU time of all the worker's processes.

The worker runs under Functions Framework, as deployed, and the emulators answer at once. The floor
is the fastest codec at hand (see floor.py). All of them, and the other checkout, take turns.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median

from bench import photo
from bench.cases import CASES, Case
from bench.floor import floors
from bench.pipeline import Pipeline, Script, pipelines
from bench.pixels import OVERLAY
from bench.report import Report, Row, ms, progress
from bench.served import family
from bench.timing import Ratio, Spent, cpu, timed, turns
from shared.model import Size

_JOBS = 3  # a turn
_LATER = 0.1  # seconds in which threads end what they do after the answer


def run(rounds: int, size: Size, roots: Mapping[str, Path]) -> Report:
    """A row for each kind of job: milliseconds of CPU, and multiples of the floor."""
    data = photo.encoded(photo.picture(size), "JPEG")
    with pipelines(roots, 0.0, direct=True) as (each, script):
        rows = [_row(case, each, script, data, rounds) for case in CASES]
    megapixels = size.width * size.height / 1e6
    return Report(
        f"A whole job in a worker against the codec floor: CPU time, {megapixels:.1f}-megapixel "
        f"JPEG, median of {rounds} rounds",
        rows,
    )


def _row(case: Case, each: Mapping[str, Pipeline], script: Script, data: bytes, rounds: int) -> Row:
    progress(case.name)
    script.answer = case.answer
    variants: dict[str, Callable[[], Spent]] = {
        f"floor {name}": timed(way) for name, way in floors(data, "JPEG", OVERLAY).items()
    }
    for name, pipeline in each.items():
        variants[name] = partial(_spent, pipeline, case, data)
    runs = {name: [one.cpu for one in of] for name, of in turns(variants, rounds).items()}
    floor = min((of for name, of in runs.items() if "floor" in name), key=median)
    here, there = runs["here"], runs.get("there")
    row = {
        "job": case.name,
        "floor_ms": ms(median(floor)),
        "job_ms": ms(median(here)),
        **Ratio.of(here, floor).row("of_floor"),
    }
    if there is None:
        return row
    return {**row, "there_ms": ms(median(there)), **Ratio.of(here, there).row("of_there")}


def _spent(pipeline: Pipeline, case: Case, data: bytes) -> Spent:
    """What one job takes, on the average of a few."""
    jobs = [pipeline.job(case.task, data) for _ in range(_JOBS)]
    worker = pipeline.function(case.worker)
    before, start = cpu(family(worker.process.pid)), time.perf_counter()
    for job in jobs:
        worker.post(job)
    wall = time.perf_counter() - start
    time.sleep(_LATER)
    return Spent((cpu(family(worker.process.pid)) - before) / _JOBS, wall / _JOBS)
