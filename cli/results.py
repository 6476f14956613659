"""`darkroom results`: the records of an upload, or the newest of many."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Annotated

import typer

from cli import choices, errors, settings, uploads, words
from cli.output import as_json_lines, lines, table
from cli.recipes import Json
from shared import tasks
from shared.jobs import index, records
from shared.jobs.index import Entry
from shared.jobs.record import Record

EPILOG = (
    "Examples: darkroom results samples/duck.jpg; darkroom results 'samples/**' --json. Exit "
    "codes: 0 shown; 1 there is none, or no answer from the cloud; 2 wrong usage."
)
_ALL = "/**"


def results(
    name: Annotated[
        str | None, typer.Argument(help="An upload, or FOLDER/** for the newest of a folder.")
    ] = None,
    *,
    generation: Annotated[
        int | None, typer.Option(min=1, help="Only this version (default: the newest).")
    ] = None,
    task: choices.Task = None,
    every: Annotated[bool, typer.Option("--all", help="Show all versions.")] = False,
    prefix: Annotated[
        str | None, typer.Option(help="Show the newest of names that begin with this ('': all).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many of the newest.")] = 20,
    after: Annotated[str, typer.Option(help="Continue after this place in the list.")] = "",
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Show the records of an upload, or the newest of many (--prefix or FOLDER/**).

    With --json, prints the records themselves, one per line (JSON Lines).
    """
    if name is not None and name.endswith(_ALL):
        prefix, name = name.removesuffix("**"), None
    if (name is None) == (prefix is None):
        raise typer.BadParameter("name one upload, or many with --prefix or FOLDER/**")
    settings.load(where)
    with errors.reported():
        if prefix is not None:
            _many(_newest(prefix, task, limit, after), limit, json=json)
        else:
            _one(str(name), _wanted(str(name), generation, task, every=every), json=json)


def _wanted(text: str, generation: int | None, task: str | None, *, every: bool) -> list[Record]:
    typed, version = uploads.place(text)
    name, wanted = uploads.as_stored(typed), generation or version
    versions = [wanted] if wanted else records.generations(name)
    found = [
        record for each in versions[: None if every else 1] for record in records.of(name, each)
    ]
    return [record for record in found if tasks.is_of(record.task, task or "")]


def _newest(prefix: str, task: str | None, limit: int, after: str) -> list[Entry]:
    entries = index.newest(after=after, prefix=prefix)
    return list(islice((each for each in entries if tasks.is_of(each.task, task or "")), limit))


def _one(name: str, found: Sequence[Record], *, json: bool) -> None:
    if not found:
        _end(f"{name!r} has no such records; `darkroom explain` says why.")
    if json:
        as_json_lines(found)
    else:
        table(("version", "task", "status", "found", "cost", "took", "folder"), map(_row, found))


def _many(entries: Sequence[Entry], limit: int, *, json: bool) -> None:
    if not entries:
        _end("There are no such records.")
    if json:
        as_json_lines(filter(None, (records.in_folder(each.folder) for each in entries)))
        return
    table(("created", "name", "task", "status", "found", "cost"), map(_line, entries))
    if len(entries) == limit:
        lines(f"For older ones add: --after {entries[-1].at}", err=True)


def _row(record: Record) -> Iterable[str]:
    return (
        str(record.photo.generation),
        record.task,
        record.status,
        record.reason.code if record.reason else words.found(record),
        words.money(record.usage.cost_usd) if record.usage else "",
        f"{record.timing.get('total', 0) / 1000:.1f} s",
        record.folder,
    )


def _line(entry: Entry) -> Iterable[str]:
    return (
        entry.created[:16].replace("T", " "),
        entry.name,
        entry.task,
        entry.status,
        words.glance(entry.cannot or "") or entry.reason or _found(entry),
        "" if entry.cost_usd is None else words.money(entry.cost_usd),
    )


def _found(entry: Entry) -> str:
    return words.glance(entry.text or ", ".join(entry.labels)) or "nothing"


def _end(sentence: str) -> None:
    lines(sentence, err=True)
    raise typer.Exit(1)
