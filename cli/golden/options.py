"""The options that the commands of golden sets share, and their errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cli.golden.manifest import BadSet
from cli.output import lines

Golden = Annotated[
    str,
    typer.Option("--golden", metavar="SET", help="The set's folder, here or gs://BUCKET/FOLDER."),
]
Who = Annotated[
    str | None,
    typer.Option(metavar="PERSON", help="Who looked at it and says that it is true."),
]
DraftedBy = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="The model that made it, if nobody looked at it."),
]


@contextmanager
def refused() -> Iterator[None]:
    """Print why a set or its folder cannot be used so, and end the command with 1."""
    try:
        yield
    except BadSet as why:
        lines(f"{why}.", err=True)
        raise typer.Exit(1) from why
    except OSError as why:
        lines(f"{why.filename}: {why.strerror}.", err=True)
        raise typer.Exit(1) from why
