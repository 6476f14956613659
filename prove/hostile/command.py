"""`python -m prove hostile`: all hostile input goes through the pipeline; the result is a table."""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from prove.hostile import pipeline
from prove.hostile.row import Row, table
from prove.hostile.scenarios import labels, names, requests, secrets
from prove.hostile.target import Outcome, Target, fuzz
from prove.hostile.targets import ALL
from prove.report import Part, say
from testbed import uploads
from testbed.cloud import cloud, serving

SCENARIOS = (names.rows, labels.rows, requests.rows, secrets.rows)

EXAMPLE = """\
example:
  python -m prove hostile
  python -m prove hostile --only fuzz --seed 7 --count 100000 --seconds 180
  python -m prove hostile --only fuzz --target patterns --target URLs --json found.json
"""


def main(arguments: list[str]) -> int:
    """Print each row as it ends; 1 if any outcome is not the expected one."""
    found = run(_parser().parse_args(arguments))
    say(found.sentence())
    return 0 if found.holds else 1


def run(chosen: argparse.Namespace | None = None) -> Part:
    """Run what was chosen, or all. It holds if every outcome is the expected one."""
    chosen = chosen or _parser().parse_args([])
    began = time.monotonic()
    # The functions' log is searched for secrets; printed, it would hide the table.
    logging.getLogger().addHandler(logging.NullHandler())
    rows: list[Row] = []
    for text in table(_noted(_rows(chosen), rows)):
        say(text)
    wrong = sum(not row.fits for row in rows)
    told = [asdict(row) for row in rows]
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1))
    figures = {"rows": len(rows), "not_as_they_must_be": wrong, "table": told}
    return Part("hostile", not wrong, time.monotonic() - began, figures)


def _noted(rows: Iterator[Row], kept: list[Row]) -> Iterator[Row]:
    for row in rows:
        kept.append(row)
        yield row


def _rows(chosen: argparse.Namespace) -> Iterator[Row]:
    if chosen.only in (None, "pipeline"):
        yield from _piped()
    if chosen.only in (None, "fuzz"):
        for target in ALL:
            if not chosen.target or target.name in chosen.target:
                yield _fuzzed(target, chosen.seed, chosen.count, chosen.seconds)


def _piped() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as servers:
        with cloud(servers) as mine:
            yield from pipeline.rows(mine, (*uploads.CASES, *uploads.LARGE))
        for scenario in SCENARIOS:
            with cloud(servers) as mine:
                yield from scenario(mine)


def _fuzzed(target: Target, seed: int, count: int, seconds: float) -> Row:
    outcome = fuzz(target, seed, count, seconds)
    for finding in outcome.findings[:3]:
        print(f"  {target.name} {finding.seed}/{finding.number}: {finding.what}", file=sys.stderr)
    return _row(outcome)


def _row(outcome: Outcome) -> Row:
    found = len(outcome.findings)
    got = f"{outcome.executions:,} in {outcome.seconds:.0f} s, {outcome.verdicts:,} verdicts"
    return Row(
        *(f"fuzz: {outcome.target}", "no finding", f"{found} findings, {got}", not found),
        *(outcome.slowest, outcome.grown_mib),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m prove hostile",
        description="Send hostile files, names, words and messages, and check every outcome.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=("pipeline", "fuzz"), help="run this half only")
    parser.add_argument("--seed", type=int, default=1, help="seed of the fuzzed inputs (1)")
    parser.add_argument("--count", type=int, default=2_000, help="inputs per target (2000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="most seconds per target (60)")
    names = ", ".join(each.name for each in ALL)
    parser.add_argument(
        *("--target",), action="append", metavar="NAME", help=f"fuzz only this target: {names}"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the rows to this file, too"
    )
    return parser
