"""`darkroom query`: SQL over the results, by the views that BigQuery has."""

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import typer

from cli import errors, progress, settings, words
from cli.exporting import Query
from cli.output import as_json_lines, lines, table
from cli.warehouse import needs, reading
from shared import codec
from shared.exports.text import as_json, in_cell
from shared.words import shown

EPILOG = (
    'Examples: darkroom query "SELECT label, COUNT(*) AS objects FROM objects GROUP BY label"; '
    'darkroom query "SELECT * FROM failures" --format csv. Views and columns: docs/bigquery.md. '
    "Exit codes: 0 shown; 1 the query failed, or no answer from the cloud; 2 wrong usage, or "
    "DuckDB is not installed."
)
_AT_ONCE = 1_000  # rows


def query(
    sql: Annotated[
        str, typer.Argument(help="One SELECT in BigQuery's dialect over the views.", metavar="SQL")
    ],
    *,
    format: Annotated[  # noqa: A002 - what it is called at the command line
        Literal["table", "csv", "json"], typer.Option(help="json: an object per line.")
    ] = "table",
    since: Annotated[
        datetime | None, typer.Option(help="Only records from this time on (UTC).")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Also what had no room in a record's event.")
    ] = False,
    where: settings.Option = None,
) -> None:
    """Answer a question about the results in SQL.

    The views are those of BigQuery, over the same rows: results, objects, fields, costs, failures.
    The query can only read them.
    """
    needs.require()
    from cli.warehouse import dialect

    try:
        translated = dialect.query(sql)
    except dialect.BadQuery as why:
        raise typer.BadParameter(str(why), param_hint="SQL") from why
    settings.load(where)
    with TemporaryDirectory(prefix="darkroom-") as folder:
        place = Path(folder)
        with errors.reported():
            read = _read(Query("", words.recorded(since), "", ""), place / "rows", whole=whole)
        _tell(read)
        _answer(place, translated, format)


def _read(records: Query, rows: Path, *, whole: bool) -> reading.Read:
    with progress.bar(records.count, "read") as step:
        return reading.write(records, rows, step, whole=whole)


def _tell(read: reading.Read) -> None:
    """Say what the rows lack."""
    if read.cut:
        several = words.several(read.cut, "record").capitalize()
        lines(f"{several} had no room in an event: is_cut marks them, --whole reads all.", err=True)
    if read.missing:
        lines(f"{words.several(read.missing, 'record').capitalize()} could not be read.", err=True)


def _answer(place: Path, sql: str, form: str) -> None:
    from cli.warehouse import database

    database.make(place / "rows", place / "database")
    with database.sealed(place / "database") as connection:
        try:
            found = connection.execute(sql)
            headings = [each[0] for each in found.description]
            _print(headings, _rows(found), form)
        except database.FAULTS as error:
            lines(f"The query failed: {_first(error)}", err=True)
            raise typer.Exit(1) from error


def _rows(found: Any) -> Iterator[Sequence[Any]]:
    while many := found.fetchmany(_AT_ONCE):
        yield from many


def _print(headings: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> None:
    match form:
        case "json":
            as_json_lines(dict(zip(headings, row, strict=True)) for row in rows)
        case "csv":
            for row in chain([headings], rows):
                typer.echo(_csv([_cell(each) for each in row]), nl=False, color=True)
        case _:
            table(headings, ([_cell(each) for each in row] for row in rows))


def _cell(value: Any) -> str:
    """A value as text; nothing for NULL."""
    match codec.plain(value):
        case None:
            return ""
        case str(text):
            return text
        case other:
            return as_json(other)


def _csv(cells: Sequence[str]) -> str:
    """A line for a spreadsheet; at a terminal without control characters."""
    stream, safe = io.StringIO(), shown if sys.stdout.isatty() else str
    csv.writer(stream).writerow(safe(in_cell(each)) for each in cells)
    return stream.getvalue()


def _first(error: BaseException) -> str:
    return str(error).partition("\n")[0]
