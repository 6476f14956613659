"""What commands print: lines and tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence

import typer

from shared import codec
from shared.words import shown

_WIDE = 1000  # columns; in a file or a pipe each row stays on one line


def lines(*texts: str, err: bool = False) -> None:
    """Print lines, with control characters escaped."""
    for text in texts:
        typer.echo(shown(text), err=err)


def table(headings: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table: as wide as the terminal, or one line per row where there is none."""
    from rich.console import Console  # a tenth of a second, paid only to draw a table
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(shown(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDE, soft_wrap=False).print(drawn)


def as_json(facts: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(codec.plain(facts), indent=2))


def as_json_lines(many: Iterable[object]) -> None:
    """Print one JSON document per line."""
    for facts in many:
        typer.echo(json.dumps(codec.plain(facts)))


def agreed(question: str) -> bool:
    """Whether the operator says yes; without a terminal the answer is no."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        return False
