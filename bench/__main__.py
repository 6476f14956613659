"""`make bench`: variants measured side by side in one run, printed as a table.

job          CPU time of a whole job in a worker, as a multiple of its codecs' time
pixels       the same without worker and storage, for photos of every size and format
requests     requests to storage, by class, and round trips in sequence, of each step
latency      how long a job takes, and a photo from upload to webhook, at 30 ms a call
peers        from answer to masks to overlay, against supervision
guide        the same against the example of Google's image guide, pixel by pixel
money        USD for 1,000 photos by tasks, model and tier, apart and in one call
scale        requests, time and CPU by the number of objects in a photo, and of photos in a job
memory       peak memory of a job
concurrency  jobs per minute of one worker process while the model takes 5 s
coldstart    what a new instance costs, for each function
ingest       bytes of an upload that are read before it is queued
cloud        the local cloud: results per second, and the time from upload to event
neighbours   how long a customer's photos take beside one whose budget is used up
gallery      how long the page's answers take among many records
page         the page in Chromium among 10,000 photos: first card, frames, memory
search       how long a search takes among many records, and what the sweep does for it
backfill     what the plan of a large archive takes: list requests, seconds, memory
together     three tasks of each sample photo apart and in one call: calls, tokens, cost, requests
alerts       which alert tells of which outage, and after how many minutes
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from bench import (
    alerts,
    backfill,
    cloud,
    coldstart,
    concurrency,
    gallery,
    guide,
    ingest,
    job,
    latency,
    memory,
    money,
    neighbours,
    page,
    peers,
    photo,
    pipeline,
    pixels,
    report,
    roundtrips,
    scale,
    search,
    together,
)
from bench.report import Report
from shared.model import Size
from testbed.alerting import policies

EXAMPLE = """\
example:
  make bench
  make bench ARGS="peers --quick"
  make bench ARGS="pixels --rounds 15 --megapixels 24 --json pixels.json"
  git worktree add ../before v1.0 && make bench ARGS="latency --against ../before"
"""
Measure = Callable[[argparse.Namespace], Report]


def main() -> None:
    chosen = _parser().parse_args()
    found = _FAMILIES[chosen.which](chosen)
    print(report.text(found))
    if chosen.json:
        written = json.dumps(report.document(chosen.which, found), indent=1)
        chosen.json.write_text(written + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("which", nargs="?", choices=_FAMILIES, default="job", metavar="NAME")
    parser.add_argument(
        "--quick", action="store_true", help="only a 12-megapixel JPEG, or the smallest case"
    )
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (7)")
    parser.add_argument(
        "--megapixels", type=int, choices=photo.SIZES, help="only photos of this size"
    )
    parser.add_argument("--photos", type=int, default=10_000, help="for the local cloud (10,000)")
    parser.add_argument(
        "--largest", action="store_true", help="scale: also as many photos as a question may have"
    )
    parser.add_argument(
        "--terraform",
        type=Path,
        default=policies.TERRAFORM,
        metavar="DIR",
        help="the folder whose alerts are tried (terraform/darkroom/)",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="DIR",
        help="job, requests, latency: another checkout, measured in turns with this one",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the table to this file, too"
    )
    return parser


def _sizes(chosen: argparse.Namespace) -> list[Size]:
    if chosen.megapixels:
        return [photo.SIZES[chosen.megapixels]]
    return [photo.SIZES[12]] if chosen.quick else [*photo.SIZES.values()]


def _size(chosen: argparse.Namespace) -> Size:
    """The one size of photo that whole workers are measured with."""
    return photo.SIZES[chosen.megapixels or 12]


def _roots(chosen: argparse.Namespace) -> dict[str, Path]:
    return pipeline.checkouts(chosen.against)


def _kinds(chosen: argparse.Namespace) -> tuple[str, ...]:
    return ("JPEG",) if chosen.quick else photo.KINDS


def _steps(chosen: argparse.Namespace) -> list[int]:
    """How many photos the local cloud has had at each measurement."""
    most = 100 if chosen.quick else chosen.photos
    return [step for step in (1, 100, 1_000, 10_000, 100_000) if step <= most]


_FAMILIES: dict[str, Measure] = {
    "alerts": lambda chosen: alerts.run(chosen.terraform, 5 if chosen.quick else 28),
    "job": lambda chosen: job.run(chosen.rounds, _size(chosen), _roots(chosen)),
    "pixels": lambda chosen: pixels.run(chosen.rounds, _sizes(chosen), _kinds(chosen)),
    "requests": lambda chosen: roundtrips.run(_size(chosen), _roots(chosen)),
    "latency": lambda chosen: latency.run(chosen.rounds, _size(chosen), _roots(chosen)),
    "money": lambda _: money.run(),
    "scale": lambda chosen: scale.run(
        scale.objects(quick=chosen.quick),
        scale.images(quick=chosen.quick, largest=chosen.largest),
    ),
    "peers": lambda chosen: peers.run(chosen.rounds, _sizes(chosen), _kinds(chosen), pixels.COUNTS),
    "guide": lambda chosen: guide.run(chosen.rounds, (10,) if chosen.quick else pixels.COUNTS),
    "memory": lambda chosen: memory.run(_sizes(chosen), _kinds(chosen)),
    "concurrency": lambda chosen: concurrency.run(
        {"detect": (40,)} if chosen.quick else {"detect": (8, 24, 40, 56), "segment": (8, 24)},
        photo.SIZES[chosen.megapixels or 12],
        5.0,
    ),
    "coldstart": lambda chosen: coldstart.run(1 if chosen.quick else chosen.rounds),
    "ingest": lambda _: ingest.run((0.2, 1, 10, 90)),
    "cloud": lambda chosen: cloud.run(_steps(chosen), 40, photo.SIZES[chosen.megapixels or 1]),
    "neighbours": lambda chosen: neighbours.run(
        chosen.rounds, photo.SIZES[chosen.megapixels or 1], 20 if chosen.quick else 60, 200
    ),
    "gallery": lambda chosen: gallery.run(chosen.rounds),
    "page": lambda chosen: page.run(
        chosen.rounds, _roots(chosen), 300 if chosen.quick else page.PHOTOS
    ),
    "search": lambda chosen: search.run(chosen.rounds, (20_000,) if chosen.quick else search.SIZES),
    "backfill": lambda _: backfill.run(),
    "together": lambda chosen: together.run(
        ("segment", "caption", "classify"), together.photos()[: 1 if chosen.quick else None]
    ),
}


if __name__ == "__main__":
    main()
