"""Peak memory of a job, in the worker and in the decoder beside it.

A fresh worker process is deployed as in the cloud, and takes one job. Peaks are the kernel's own
(VmHWM). `idle` is the worker before its first job; `both` adds the two peaks, which need not come
at the same time: it is an upper bound.
"""

from collections.abc import Iterable
from pathlib import Path

from bench import photo
from bench.emulated import emulated, upload
from bench.report import Report, Row, progress
from bench.served import family, served
from local.gemini import replies
from shared.model import Size

FUNCTION_MIB = 1024
OBJECTS = 10
_SETTINGS = {"THREADS": "8", "MAX_DECODE_SECONDS": "60"}


def run(sizes: Iterable[Size], kinds: Iterable[str]) -> Report:
    """A row for each photo: MiB of peak resident memory."""
    kinds = tuple(kinds)
    said = photo.answer(OBJECTS, masks=False)
    with emulated(lambda _: replies.says(said)):
        rows = [
            _row(kind, size, photo.encoded(shown, kind))
            for size, shown in ((size, photo.picture(size)) for size in sizes)
            for kind in kinds
        ]
    title = f"Peak memory of a job, overlay 2048, {OBJECTS} objects, MiB"
    return Report(title, rows)


def _row(kind: str, size: Size, data: bytes) -> Row:
    progress(f"{kind}, {size.width} x {size.height}")
    job = upload(f"photo-{size.width}.{kind.lower()}", data)
    with served("detect", settings=_SETTINGS) as function:
        worker = function.worker()
        idle = peak(worker)
        function.deliver(job)
        _, *decoders = family(worker)
        most, decoder = peak(worker), sum(map(peak, decoders))
    return {
        "format": kind,
        "megapixels": round(size.width * size.height / 1e6, 1),
        "file_mib": round(len(data) / 2**20, 1),
        "idle": idle,
        "worker": most,
        "decoder": decoder,
        "both": most + decoder,
        "fits_1_gib": "yes" if most + decoder <= FUNCTION_MIB else "no",
    }


def peak(pid: int) -> int:
    """The process's peak of resident memory, in MiB (Linux: proc(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024)
    raise OSError(f"the system does not say how much memory process {pid} had")
