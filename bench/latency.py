"""The wall time of one step when each call takes 30 ms more, and the model answers at once.

`done` is when the function has answered, `told` when the next step was told: by the announcement,
or by the webhook. What the queues themselves take is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench import photo
from bench.pipeline import Pipeline, Script, pipelines
from bench.report import Report, Row, progress
from bench.roundtrips import DELAY, JOBS, WEBHOOK, done
from bench.timing import Ratio, turns
from shared.model import Size

_STEPS = (*(case.name for case in JOBS), WEBHOOK)


@dataclass(frozen=True, slots=True)
class _Took:
    """Seconds."""

    done: float
    told: float


def run(rounds: int, size: Size, roots: Mapping[str, Path]) -> Report:
    """A row for each job, and one from upload to webhook: medians by the clock."""
    data = photo.encoded(photo.picture(size), "JPEG")
    with pipelines(roots, DELAY) as (each, script):
        rows = [_row(name, each, script, data, rounds) for name in _STEPS]
    megapixels = size.width * size.height / 1e6
    title = (
        f"Wall time at {DELAY * 1000:.0f} ms a call, {megapixels:.1f}-megapixel JPEG, "
        f"median of {rounds} rounds"
    )
    return Report(title, rows)


def _row(name: str, each: Mapping[str, Pipeline], script: Script, data: bytes, rounds: int) -> Row:
    progress(name)
    runs = turns(
        {where: partial(_took, pipeline, script, name, data) for where, pipeline in each.items()},
        rounds,
    )
    here, there = runs["here"], runs.get("there")
    told = [one.told for one in here]
    row = {
        "step": name,
        "done_ms": round(1000 * median(one.done for one in here)),
        "told_ms": round(1000 * median(told)),
        "told_low": round(1000 * min(told)),
        "told_high": round(1000 * max(told)),
    }
    if there is None:
        return row
    return {
        **row,
        "there_done_ms": round(1000 * median(one.done for one in there)),
        "there_told_ms": round(1000 * median(one.told for one in there)),
        **Ratio.of([one.done for one in here], [one.done for one in there]).row("done_ratio"),
        **Ratio.of(told, [one.told for one in there]).row("told_ratio"),
    }


def _took(pipeline: Pipeline, script: Script, name: str, data: bytes) -> _Took:
    found = done(pipeline, script, name, data)
    return _Took(sum(one.until_done for one in found), sum(one.until_told for one in found))
