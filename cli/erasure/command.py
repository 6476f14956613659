"""The command `darkroom erase`."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from cli import errors, settings, words
from cli.erasure import finding, receipt
from cli.erasure.finding import Found, Wanted
from cli.erasure.receipt import Receipt
from cli.golden.golden_set import GoldenSet
from cli.golden.options import refused
from cli.output import agreed, as_json, lines
from cli.recipes import Json
from shared import erasing
from shared.border import uploads
from shared.erasing.errands import Errand

EPILOG = (
    "Examples: darkroom erase samples/duck.jpg; darkroom erase --metadata customer=42 --dry-run. "
    "Exit codes: 0 erased, or nothing was there; 1 no answer from the cloud; 2 wrong usage; 3 "
    "declined."
)
_DECLINED = 3
_BATCH = 500  # versions that are erased together
_PAUSE = 2.0  # seconds between two looks at what workers have


def erase(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Uploads, all their versions.")
    ] = None,
    *,
    prefix: Annotated[str, typer.Option(help="All uploads whose names begin with this.")] = "",
    metadata: Annotated[
        str, typer.Option(metavar="KEY=VALUE", help="All uploads with this metadata of their own.")
    ] = "",
    golden: Annotated[
        list[str] | None,
        typer.Option(metavar="SET", help="A golden set to take them out of, too; may be repeated."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be erased.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Erase photos with all that came of them: results, copies, answers, index, queued jobs.

    It cannot be undone. NAME#VERSION is one version. Job files that ask about a photo are erased
    with it; the other photos of a comparison keep their own results. A photo of the same name may
    be uploaded again.
    """
    settings.load(where)
    wanted = Wanted(tuple(names or ()), prefix, _pair(metadata))
    if not (wanted.names or prefix or metadata) or (wanted.names and (prefix or metadata)):
        raise typer.BadParameter("name uploads, or say --prefix or --metadata")
    with errors.reported(), refused():
        sets = [GoldenSet.open(each) for each in golden or ()]
        found = finding.find(wanted)
        if not json:
            _show(found)
        go = bool(found.uploads) and not dry_run
        if go and not (yes or agreed("Erase them? This cannot be undone.")):
            raise typer.Exit(_DECLINED)
        done = _erased(found, sets) if go else None
    if json:
        as_json(done or {"uploads": len(found.every), "jobs": found.jobs})
    elif done:
        _show_receipt(done)


def _pair(text: str) -> tuple[str, str] | None:
    key, sign, value = text.partition("=")
    if text and not (key and sign):
        raise typer.BadParameter("is not KEY=VALUE", param_hint="--metadata")
    return (key, value) if text else None


def _show(found: Found) -> None:
    if not found.uploads:
        lines("There is nothing of such a photo.")
        return
    several = words.several
    what = f"{several(len(found.uploads), 'version')} of photos, {several(found.jobs, 'job')}"
    lines(f"To be erased: {what}, and all that came of them.")
    for each in found.job_files:
        lines(f"  with the job file that asks about them: {each.ref.name}")


def _erased(found: Found, sets: Sequence[GoldenSet]) -> Receipt:
    names = {each.ref.name for each in found.uploads}
    counts = Counter({"golden": sum(each.erase(names) for each in sets)})
    every = found.every
    for start in range(0, len(every), _BATCH):
        counts += _batch(erasing.begin(every[start : start + _BATCH]), start, len(every))
    return receipt.made(len(every), found.jobs, counts)


def _batch(todo: list[Errand], before: int, of: int) -> Counter[str]:
    """Erase some versions; those that a worker has as soon as it is done with them."""
    counts = Counter(uploads=sum(uploads.delete(each.ref) for each in todo))
    while todo:
        ended = erasing.run(todo, lambda number: _tell(before + number, of))
        counts += Counter(ended.counts)
        todo = [each for each in todo if each.ref in ended.held]
        if todo:
            left = max(ended.held.values()) - time.time()
            what = words.several(len(todo), "photo")
            lines(f"... a worker has {what}: {max(left, 0):.0f} s at most", err=True)
            time.sleep(_PAUSE)
    return counts


def _tell(number: int, of: int) -> None:
    if number % 100 == 0:
        lines(f"... {number:,} of {of:,}", err=True)


def _show_receipt(done: Receipt) -> None:
    what = ", ".join(f"{count:,} {kind}" for kind, count in done.deleted.items() if count)
    lines(f"Erased: {what}.")
    lines(f"A sweep looks once more after {done.last_look}; until then it knows the names.")
    if done.restorable_until is None:
        lines("Until when your buckets can restore what was deleted is not known.")
    elif done.restorable_until > done.erased:
        lines(f"Your buckets can restore what was deleted until {done.restorable_until}.")
    for statement in done.bigquery:
        lines("No view in BigQuery has them any more. In 90 minutes this deletes their rows:")
        lines(*statement.splitlines())
    lines("It cannot take back:", *(f"  {each}" for each in done.cannot))
