"""`darkroom export`: results in the formats of other tools."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import choices, errors, progress, settings, words
from cli.exporting import Export, Query
from cli.output import as_json, lines
from cli.recipes import Json
from cli.warehouse import needs
from shared import exports
from shared.exports import Choice
from shared.exports.folder import Folder, unfinished
from shared.model import Status

EPILOG = (
    "Examples: darkroom export --format coco --out shoes --prefix products/ --task segment; "
    "darkroom export --format csv --out all.csv. Every format: docs/exports.md. "
    "Exit codes: 0 exported; 1 not finished, continue with --resume; 2 wrong usage."
)


def export(
    *,
    format: Annotated[  # noqa: A002 - what it is called at the command line
        exports.Name,
        typer.Option(help="Tables write a file (parquet a folder), the others a folder."),
    ],
    out: Annotated[Path, typer.Option(metavar="PATH", help="The new file or folder.")],
    prefix: Annotated[str, typer.Option(help="Only uploads whose names begin with this.")] = "",
    since: Annotated[
        datetime | None, typer.Option(help="Only records from this time on (UTC).")
    ] = None,
    task: choices.Task = None,
    status: Annotated[
        Status | None, typer.Option(help="Only records with this status (tables).")
    ] = None,
    images: Annotated[
        exports.Images,
        typer.Option(help="copy: upright copies of the photos; link: a list of them."),
    ] = "link",
    labels: Annotated[
        str,
        typer.Option(metavar="A,B,...", help="Only these labels; their order sets the class ids."),
    ] = "",
    polygons: Annotated[
        bool, typer.Option("--polygons", help="Outlines instead of run lengths (coco).")
    ] = False,
    prefer: Annotated[
        Literal["corrections"] | None,
        typer.Option(help="corrections: what people corrected, in the place of the model's."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an unfinished export.")
    ] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Export results in the formats of other tools.

    A data set has each photo once: with masks if it has any, else with boxes. The tables (csv,
    jsonl, parquet, bigquery) have all records, fields those of forms.
    """
    listed = tuple(filter(None, (label.strip() for label in labels.split(","))))
    choice = Choice(format, images, polygons, listed, corrections=prefer == "corrections")
    _check(choice, status)
    ended = status or ("" if choice.table else "done")
    query = Query(prefix, words.recorded(since), task or "", ended)
    then = _parquet() if format == "parquet" else None
    _refuse(out, resume=resume, json=json)
    settings.load(where)
    with errors.reported():
        running = _opened(choice, query, out)
        with progress.bar(query.count, "exported") as step, _interruptible(out):
            running.run(step, then)
    counts = running.tally.counts
    if json:
        as_json(_facts(out, counts))
        return
    if not counts["read"]:
        lines("There are no such records.")
    main = "records" if choice.table else "photos"
    lines(*running.tally.sentences(main), f"Exported to {out}.")


def _parquet() -> Callable[[Path], None]:
    """What makes the tables of the rows, if there is what it needs."""
    needs.require()
    from cli.warehouse import parquet

    return parquet.make


def _facts(out: Path, counts: Mapping[str, int]) -> dict[str, object]:
    """The export as JSON; `counts` has the numbers of the summary, by kind."""
    return {"out": str(out), "counts": dict(counts)}


def _check(choice: Choice, status: Status | None) -> None:
    """End the command if the format does not take an option that was given."""
    if status and not choice.table:
        raise typer.BadParameter(
            f"{choice.format} exports only done records", param_hint="--status"
        )
    if choice.table and (choice.labels or choice.images == "copy"):
        raise typer.BadParameter(f"{choice.format} takes neither --labels nor --images copy")
    if choice.polygons and choice.format != "coco":
        raise typer.BadParameter("only coco takes it", param_hint="--polygons")


def _refuse(out: Path, *, resume: bool, json: bool) -> None:
    """End the command if the output exists already, finished or unfinished."""
    half = unfinished(out)
    if out.exists():
        if not resume:
            raise typer.BadParameter(f"{out} already exists", param_hint="--out")
        shutil.rmtree(half, ignore_errors=True)
        if json:
            as_json({"out": str(out), "counts": None})
        else:
            lines(f"{out} is finished.")
        raise typer.Exit
    if half.exists() and not resume:
        lines(f"{half} is an unfinished export: continue with --resume, or delete it.", err=True)
        raise typer.Exit(1)
    if not out.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")


def _opened(choice: Choice, query: Query, out: Path) -> Export:
    folder = Folder(out)
    mark = folder.restored()
    if mark is None:
        return Export.begun(choice, query, folder)
    try:
        return Export.resumed(choice, query, folder, mark)
    except ValueError as why:
        lines(f"It cannot be resumed: {why}.", err=True)
        raise typer.Exit(2) from None


@contextmanager
def _interruptible(out: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        lines(f"Interrupted. Continue {unfinished(out)} with --resume.", err=True)
        raise typer.Exit(1) from None
