"""The calls of each step, counted on the wire between the functions and the emulators.

`in sequence` are the round trips that the next step waits for: the most calls of which each began
after the one before had ended, to storage, queue and receiver alike, up to the last message. A
redelivery has no next step; it is counted up to its answer. Class A and B are what Cloud Storage
bills; the rest is free. Each process looks for rate limits, for brakes and for new records every
five seconds, one request each: they are of no step, and not counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench import photo, steps
from bench.cases import BOXES, CAPTION, MASKS, Case
from bench.pipeline import Pipeline, Script, pipelines
from bench.report import Report, Row, progress
from bench.steps import Step
from bench.wire import Billed
from shared.model import Size

DELAY = 0.03  # seconds before each call
JOBS = (BOXES, MASKS, CAPTION)
WEBHOOK = "upload to webhook"
_BUDGET = {"DAILY_BUDGET_USD": "1000"}
Act = Callable[[Pipeline, bytes], list[Step]]

ACTS: Mapping[str, tuple[Case, Act]] = {
    "ingest, a photo": (BOXES, steps.take_in),
    "ingest, no photo": (BOXES, steps.refuse),
    **{case.name: (case, partial(steps.work, case, {})) for case in JOBS},
    **{f"{case.name}, with a budget": (case, partial(steps.work, case, _BUDGET)) for case in JOBS},
    "a job delivered again": (BOXES, partial(steps.work_again, BOXES)),
    WEBHOOK: (BOXES, steps.webhook),
}


def run(size: Size, roots: Mapping[str, Path], names: Iterable[str] = tuple(ACTS)) -> Report:
    """A row for each step; the second time that a process does it counts."""
    data = photo.encoded(photo.picture(size), "JPEG")
    with pipelines(roots, DELAY) as (each, script):
        rows = [_row(name, each, script, data) for name in names]
    return Report(f"Requests of each step, {DELAY * 1000:.0f} ms before each", rows)


def done(pipeline: Pipeline, script: Script, name: str, data: bytes) -> list[Step]:
    """The steps of a row, done now."""
    case, act = ACTS[name]
    script.answer = case.answer
    return act(pipeline, data)


def requests(found: Sequence[Step], billed: Billed | None = None) -> int:
    """How many storage requests are billed so, or in all."""
    return sum(
        call.to == "storage" and billed in (None, call.billed)
        for step in found
        for call in step.calls
    )


def _row(name: str, each: Mapping[str, Pipeline], script: Script, data: bytes) -> Row:
    progress(name)
    row: dict[str, object] = {"step": name}
    for where, pipeline in each.items():
        done(pipeline, script, name, data)
        found = done(pipeline, script, name, data)
        cells = {
            "storage": requests(found),
            "class_a": requests(found, "A"),
            "class_b": requests(found, "B"),
            "free": requests(found, "free"),
            "messages": sum(call.to in ("queue", "tasks") for step in found for call in step.calls),
            "in_sequence": sum(step.in_sequence for step in found),
        }
        row |= {key if where == "here" else f"{where}_{key}": n for key, n in cells.items()}
    return row
