"""DuckDB and sqlglot, which only this package needs, and which are not installed by default."""

from importlib.util import find_spec

import typer

from cli.output import lines


def require() -> None:
    """End the command with 2 if they are not installed."""
    if not (find_spec("duckdb") and find_spec("sqlglot")):
        lines("This needs DuckDB and sqlglot: `make duckdb` installs them.", err=True)
        raise typer.Exit(2)
