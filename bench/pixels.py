"""The pixels of one job, against the codec floor: `job` without the worker around it.

It is all that a worker does except for asking and storing: decode in the child process, read
the answer, draw and encode the overlay and its thumbnail, write masks and record. The floor is the
fastest codec at hand; all take turns in every round.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from bench import photo
from bench.floor import floors
from bench.report import Report, Row, ms, progress, ratio
from bench.timing import Spent, medians, timed
from shared import answers, codec, overlay
from shared.images import sandbox
from shared.jobs.record import Record
from shared.limits import Limits
from shared.masks import file
from shared.model import ImageRef, Job, Photo, Result, Size
from shared.work import artifacts

OVERLAY, MODEL = 2048, 1024
COUNTS = (1, 10, 50)
_LIMITS = Limits(memory_bytes=2**31, cpu_seconds=60)


def run(rounds: int, sizes: Iterable[Size], kinds: Iterable[str]) -> Report:
    """CPU time of jobs by size, format, task and number of objects, as multiples of the floor's."""
    rows = [_row(size, kind, rounds) for size in sizes for kind in kinds]
    title = f"The pixels of a job against the codec floor: CPU, overlay {OVERLAY}, {rounds} rounds"
    return Report(title, rows)


def whole(data: bytes, answer: str, side: int | None = OVERLAY) -> bytes:
    """Make everything that comes of a photo and an answer, masks where the answer has some."""
    developed = sandbox.develop(data, _LIMITS, side, MODEL)
    read = partial(answers.masked_objects, threshold=127) if "mask" in answer else answers.objects
    findings = read(answer, developed.size, 100)
    overlay.draw(developed.working, findings, developed.size)
    made = overlay.encode(developed.working)
    overlay.encode(artifacts.shrunk(developed.working))
    for found in findings.objects:
        if found.mask:
            file.png(found.mask)
    ref = ImageRef("uploads", "photo", 1)
    of = replace(Photo.of(ref), width=developed.size.width, height=developed.size.height)
    ended = Result(Job((ref,), "segment", {}), "done", photos=(of,), findings=findings)
    codec.encode(Record.of(ended), indent=1)
    return made


def _row(size: Size, kind: str, rounds: int) -> Row:
    progress(f"{kind}, {size.width} x {size.height}")
    data = photo.encoded(photo.picture(size), kind)
    variants: dict[str, Callable[[], Spent]] = {
        f"floor {name}": timed(way) for name, way in floors(data, kind, OVERLAY).items()
    }
    for masks in (False, True):
        for count in COUNTS:
            said = photo.answer(count, masks=masks)
            variants[_name(count, masks=masks)] = timed(partial(whole, data, said), sandbox.pids)
    spent = {name: one for name, one in medians(variants, rounds).items() if one}
    codec = min((name for name in spent if "floor" in name), key=lambda name: spent[name].cpu)
    jobs = {
        name: ratio(one.cpu, spent[codec].cpu) for name, one in spent.items() if "floor" not in name
    }
    return {
        "format": kind,
        "megapixels": round(size.width * size.height / 1e6, 1),
        "floor_by": codec.removeprefix("floor "),
        "floor_ms": ms(spent[codec].cpu),
        **jobs,
    }


def _name(count: int, *, masks: bool) -> str:
    return f"{count}_{'masks' if masks else 'boxes'}"
