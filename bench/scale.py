"""What grows with the objects of a photo, and with the photos of a question, at 30 ms a call.

Objects are boxes (`detect`), masks (`segment`), 100 of each at most, and lines (`read_text`), 1,000
at most. Each row is one job, done once before on another photo. Photos of a question are of a tenth
of a megapixel. What grows with the number of records is in the family `gallery`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench import photo, roundtrips, steps
from bench.cases import Case
from bench.pipeline import Pipeline, Script, checkouts, pipelines
from bench.report import Report, Row, progress
from bench.steps import Step
from shared.limits import MOST_IMAGES
from shared.model import Size

_LONGEST = 65_536  # tokens of an answer
_SMALL = Size(384, 288)
_MAP = 16  # pixels a side: many maps fit into an answer
_COMPARED = json.dumps({"comparison": "They show the same street."})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a job may have many of, and the key of a job file that says how many."""

    what: str
    task: str
    worker: str
    limit: str


KINDS = (
    Kind("boxes", "detect", "detect", "max_objects"),
    Kind("masks", "segment", "segment", "max_objects"),
    Kind("lines", "read_text", "describe", "max_lines"),
)


def images(*, quick: bool, largest: bool) -> tuple[int, ...]:
    """How many photos of one question are tried; the most that there may be take minutes."""
    if quick:
        return (2, 10)
    return (2, 10, 40, MOST_IMAGES) if largest else (2, 10, 40)


def objects(*, quick: bool) -> dict[str, tuple[int, ...]]:
    """How many objects are tried, by what they are."""
    some = (1, 10) if quick else (1, 10, 100)
    return {"boxes": some, "masks": some, "lines": some if quick else (*some, 1000)}


def run(things: Mapping[str, Sequence[int]], photos: Sequence[int]) -> Report:
    """A row for each number of objects, and for each number of photos in one question."""
    with pipelines({"here": checkouts(None)["here"]}, roundtrips.DELAY) as (each, script):
        pipeline = each["here"]
        rows = [
            row
            for kind in KINDS
            for row in _objects(pipeline, script, kind, things.get(kind.what, ()))
        ]
        rows += _images(pipeline, script, photos)
    growth = [
        f"{one['what']}: {many['count'] / one['count']:g} times as many take "
        f"{many['worker_ms'] / one['worker_ms']:.1f} times as long"
        for one, many in pairwise(rows)
        if one["what"] == many["what"]
    ]
    return Report(f"One job, {roundtrips.DELAY * 1000:.0f} ms before each call", rows, growth)


def _objects(
    pipeline: Pipeline, script: Script, kind: Kind, numbers: Sequence[int]
) -> Iterator[Row]:
    data = photo.encoded(photo.picture(photo.SIZES[1]), "JPEG")
    for count in numbers:
        progress(f"{count} {kind.what}")
        script.answer = photo.answer(count, masks=kind.what == "masks", side=_MAP)
        case = Case(kind.what, kind.task, script.answer, kind.worker)
        keys = {kind.limit: count, "max_output_tokens": _LONGEST}
        for _ in range(2):
            (worked,) = steps.ask(case, pipeline, data, **keys)
        yield _row(kind.what, count, None, worked)


def _images(pipeline: Pipeline, script: Script, numbers: Sequence[int]) -> Iterator[Row]:
    data = photo.encoded(photo.picture(_SMALL), "JPEG")
    script.answer = _COMPARED
    case = Case("compare", "compare", _COMPARED, "describe")
    steps.compare(case, pipeline, [data] * numbers[0])
    for count in numbers:
        progress(f"{count} images")
        ingested, worked = steps.compare(case, pipeline, [data] * count)
        yield _row("images", count, ingested, worked)


def _row(what: str, count: int, ingested: Step | None, worked: Step) -> Row:
    """A row; ingest is of interest only where it looks at each image."""
    return {
        "what": what,
        "count": count,
        "ingest_requests": ingested and roundtrips.requests([ingested]),
        "ingest_in_sequence": ingested and ingested.in_sequence,
        "ingest_ms": ingested and round(1000 * ingested.until_done),
        "worker_requests": roundtrips.requests([worked]),
        "worker_in_sequence": worked.in_sequence,
        "worker_ms": round(1000 * worked.until_done),
        "worker_cpu_ms": round(1000 * worked.cpu),
    }
