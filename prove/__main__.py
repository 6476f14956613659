"""`make prove`: the protocol keeps its promises, and the proof finds bugs; figures for both.

faults: a process dies at every step. bugs: seeded bugs must be found. chaos: a storm of faults.
backfill: its release dies at every step, and again and again among 500 jobs.
restarts: the whole local cloud, queue and all, is ended at random moments and started again.
model: every state that the protocol can reach.
waits: how long jobs wait for a model with a quota, simulated.
hostile: harmful files, names, words and messages; `hostile --help` lists its options.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from prove import backfill, bugs, chaos, faults, restarts, waits
from prove.hostile import command as hostile
from prove.model import check
from prove.report import Part, say
from prove.storm import Plan
from testbed import stage

EXAMPLE = """\
example:
  make prove
  make prove ARGS="chaos --jobs 50 --seed 7"
  make prove ARGS="restarts --rounds 20 --seed 7"
  make prove ARGS="faults --queue ours --json faults.json"
"""
PARTS = ("faults", "bugs", "chaos", "backfill", "restarts", "model", "waits", "hostile")
_SMALLER = 10  # times fewer jobs in the storm on Google's emulator


def main() -> int:
    """Run the parts that are asked for; 1 if a promise was broken or a bug was not found."""
    if sys.argv[1:2] == ["hostile"]:  # hostile has its own options
        return hostile.main(sys.argv[2:])
    parser = _parser()
    chosen = parser.parse_args()
    wanted = chosen.parts or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    # A shell that starts this with & ignores Ctrl-C for it and for all its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    parts = list(_all(chosen, wanted))
    say("")
    for part in parts:
        say(part.sentence())
    say(f"{time.monotonic() - began:.0f} s in all.")
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(part) for part in parts], indent=1))
    return 0 if all(part.holds for part in parts) else 1


def _all(chosen: argparse.Namespace, wanted: list[str]) -> Iterator[Part]:
    """The parts; the model search runs beside the others, which mostly wait."""
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        searching = beside.submit(check.run) if "model" in wanted else None
        if chosen.queue != "google" and {"faults", "bugs", "chaos", "backfill"} & set(wanted):
            with stage.ours() as ours:
                yield from _run(_on_ours(ours, chosen), wanted)
        if chosen.queue != "ours" and {"faults", "chaos"} & set(wanted):
            yield from _on_googles(chosen, wanted)
        if "restarts" in wanted:
            say("\nrestarts")
            yield restarts.run(chosen.rounds, chosen.seed)
        if "waits" in wanted:
            say("\nwaits")
            yield waits.run()
        if searching:
            yield searching.result()
    if "hostile" in wanted:
        say("\nhostile")
        yield hostile.run()


def _on_ours(ours: stage.Stage, chosen: argparse.Namespace) -> dict[str, Callable[[], Part]]:
    plan = Plan(jobs=chosen.jobs, seed=chosen.seed)
    return {
        "faults": lambda: faults.run(ours),
        "bugs": lambda: bugs.run(ours),
        "chaos": lambda: chaos.run(ours, plan),
        "backfill": lambda: backfill.run(ours, seed=chosen.seed),
    }


def _on_googles(chosen: argparse.Namespace, wanted: list[str]) -> Iterator[Part]:
    with stage.googles() as googles:
        if googles is None:
            say("SKIPPED: Google's Pub/Sub emulator, or Java, is not installed.")
            return
        plan = Plan(jobs=max(1, chosen.jobs // _SMALLER), seed=chosen.seed, stalls=1)
        parts: dict[str, Callable[[], Part]] = {
            "faults": lambda: faults.run(googles, name="faults on Google's Pub/Sub emulator"),
            "chaos": lambda: chaos.run(googles, plan, name="chaos on Google's Pub/Sub emulator"),
        }
        yield from _run(parts, wanted)


def _run(parts: dict[str, Callable[[], Part]], wanted: list[str]) -> Iterator[Part]:
    for name, part in parts.items():
        if name in wanted:
            say(f"\n{name}")
            yield part()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m prove",
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (all)")
    parser.add_argument("--jobs", type=int, default=200, help="jobs of the storm (200)")
    parser.add_argument(
        "--rounds", type=int, default=200, help="times that the local cloud is ended (200)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of every random choice (1)")
    parser.add_argument(
        "--queue",
        choices=("ours", "google", "both"),
        default="both",
        help="which Pub/Sub emulator (both)",
    )
    parser.add_argument("--json", type=Path, help="write the results to this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
