"""`darkroom upload`: files and folders into the uploads bucket."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli import errors, interrupt, recipes, settings, words
from cli.output import as_json_lines, lines
from cli.recipes import Json
from cli.uploading import files
from cli.uploading.files import File
from cli.uploading.sending import Sender
from cli.uploading.tally import Tally
from cli.uploading.waiting import Waiting
from shared.intake import job_file
from shared.jobs.record import Record
from shared.words import ending

EPILOG = (
    "Examples: darkroom upload photo.jpg; darkroom upload holiday/ --to 2026 --wait; "
    "darkroom upload archive --dry-run. Exit codes: 0 every file is there; 1 some are not, or with "
    "--wait some ended without a result; 2 wrong usage."
)
_NAME = 40  # columns


def upload(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", exists=True, help="Files, and folders with all in them."),
    ],
    *,
    to: Annotated[
        str, typer.Option(metavar="PREFIX", help="The folder in the bucket (default: none).")
    ] = "",
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Custom metadata of each file; may be repeated."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace uploads that have other bytes.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Show the results as they come, until all are there.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")
    ] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Upload photos and job files, in parallel; run it again to send what is still missing.

    A file that is there already is skipped, and one that is no photo is refused before anything of
    it is sent. Hidden files in folders are skipped. With --json the last line is the summary;
    with --wait, the records come before it, one per line.
    """
    sender = Sender(recipes.pairs(metadata or []), overwrite, dry_run)
    prefix = _prefix(to)
    settings.load(where)
    tally, waiting = Tally(dry_run), Waiting()
    sound = _send(lambda: files.found(paths, prefix), sender, tally, waiting)
    if sound and wait and not dry_run:
        sound = _await(waiting, "" if json else tally.sum(), json=json)
    _report(tally, json=json)
    raise typer.Exit(0 if sound and tally.is_clean else 1)


def _prefix(to: str) -> str:
    if to.startswith("gs://"):
        raise typer.BadParameter(
            "name a folder inside the uploads bucket, such as 2026/summer", param_hint="--to"
        )
    return f"{to.strip('/')}/" if to.strip("/") else ""


Found = Callable[[], Iterator[File]]


def _send(found: Found, sender: Sender, tally: Tally, waiting: Waiting) -> bool:
    """Send all files, job files after the photos that they name; False if some are left."""
    try:
        with errors.reported(), interrupt.heard() as check, _progress(found) as show:
            for are_job_files in (False, True):
                some = (file for file in found() if job_file.is_one(file.name) is are_job_files)
                if are_job_files and tally.counts["failed"] and any(some):
                    lines("Job files were not sent: a photo of theirs may be missing.", err=True)
                    return False
                with closing(sender.outcomes(some)) as outcomes:
                    for outcome in outcomes:
                        tally.add(outcome)
                        waiting.add(outcome)
                        show(tally.counts.total())
                        check()
    except KeyboardInterrupt:
        lines("Interrupted. Run it again to send the rest.", err=True)
        return False
    except typer.Exit:
        lines("Not all files were sent. Run it again to send the rest.", err=True)
        return False
    return True


def _report(tally: Tally, *, json: bool) -> None:
    if json:
        as_json_lines([tally.facts()])
    else:
        lines(*tally.lists(), tally.sum())


def _await(waiting: Waiting, heading: str, *, json: bool) -> bool:
    """Print the records as they come; whether all are done."""
    sound = True
    try:
        if heading:
            lines(heading)
        with errors.reported():
            for record in waiting.records():
                sound = sound and record.status == "done"
                if json:
                    as_json_lines([record])
                else:
                    lines(_line(record))
    except KeyboardInterrupt:
        lines("Interrupted. The photos are uploaded; `darkroom results` has the rest.", err=True)
        return False
    except typer.Exit:
        lines("The photos are uploaded; `darkroom results` has the rest.", err=True)
        return False
    if count := waiting.unasked:
        lines(f"Never asked about: {words.several(count, 'file')} that lay there before.", err=True)
    return sound


def _line(record: Record) -> str:
    """What became of a photo, or of the question in a job file, in one line."""
    asked = record.request.get("job_file")
    name = ending(str(asked["name"] if asked else record.photo.name), _NAME)
    cost = f", {words.money(record.usage.cost_usd)}" if record.usage else ""
    told = (
        f"{record.reason.code}: {record.reason.sentence}"
        if record.reason
        else f"{words.found(record)}{cost} -> {record.folder}"
    )
    return f"{record.status:<8}  {name:<{_NAME}}  {record.task:<9} {told}"


@contextmanager
def _progress(found: Found) -> Iterator[Callable[[int], None]]:
    """A progress bar, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # a tenth of a second, paid only to draw
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    said = TextColumn("{task.completed:,} of {task.total:,} files")
    columns = (BarColumn(), said, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("files", total=sum(1 for _ in found()))
        yield lambda count: progress.update(bar, completed=count)
