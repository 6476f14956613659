"""The views over rows of the raw table, in a DuckDB database that can neither be changed nor left.

What a query may do is settled by DuckDB: the database is opened to be read, without files, network
and extensions, and that cannot be switched back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cli.warehouse import dialect, views

FAULTS = (duckdb.Error,)
_TYPES = {"STRING": "VARCHAR", "TIMESTAMP": "TIMESTAMPTZ"}
_MOST_BYTES = 1 << 30  # of a row: DuckDB reads it whole
_SEALED = {
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "python_enable_replacements": "false",
}
_UTC = "SET TimeZone = 'UTC'"  # a day is a day by UTC, as in BigQuery
_LOCKED = "SET lock_configuration = true"


def make(rows: Path, database: Path) -> None:
    """Make a database of the rows, as the raw table is loaded: JSON lines."""
    columns = {name: _TYPES[kind] for name, kind in views.COLUMNS.items()}
    with duckdb.connect(database) as connection:
        connection.execute(
            "CREATE TABLE raw AS SELECT * FROM read_json($rows, columns = $columns, "
            "format = 'newline_delimited', maximum_object_size = $most)",
            {"rows": str(rows), "columns": columns, "most": _MOST_BYTES},
        )
        for macro in dialect.MACROS:
            connection.execute(f"CREATE MACRO {macro}")
        for name in views.NAMES:
            connection.execute(f"CREATE VIEW {name} AS {dialect.view(name)}")


@contextmanager
def sealed(database: Path) -> Iterator[Any]:
    """A connection that reads this database and nothing else."""
    with duckdb.connect(database, read_only=True, config=_SEALED) as connection:
        connection.execute(f"{_UTC}; {_LOCKED}")
        yield connection


def write_parquet(database: Path, folder: Path, views: Mapping[str, str]) -> None:
    """Write views to NAME.parquet in the folder; each is sorted as it says after its name."""
    with duckdb.connect(database, read_only=True) as connection:
        connection.execute(_UTC)
        for name, order in views.items():
            file = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(
                f"COPY (FROM {name} ORDER BY {order}) "
                f"TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
            )
