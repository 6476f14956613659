"""The views over rows of the raw table, as DuckDB has them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.warehouse import views

Ask = Callable[[str], list[dict[str, Any]]]  # SQL of BigQuery to rows
WHEN = "2026-11-23T09:31:10.020Z"


def needs_duckdb(test: Callable[..., None]) -> Callable[..., None]:
    """Marks a test that `make duckdb` runs, and `make test` does not."""
    return pytest.mark.duckdb(pytest.mark.usefixtures("duckdb")(test))


def written(
    attributes: Mapping[str, str], data: bytes, at: str = WHEN, message: str = "1"
) -> dict[str, str]:
    """The row that a BigQuery subscription writes of a message."""
    return {
        "subscription_name": "projects/p/subscriptions/darkroom-bigquery",
        "message_id": message,
        "publish_time": at,
        "data": data.decode(),
        "attributes": json.dumps(dict(attributes)),
    }


def event(data: Mapping[str, Any], kind: str = "result.v1.done", **more: str) -> dict[str, str]:
    """The row of an event with this data, as it is published."""
    attributes = {"ce-id": data.get("id", "x"), "ce-type": f"dev.darkroom.{kind}"}
    return written(attributes, json.dumps(data).encode(), **more)


def loaded(folder: Path, *rows: Mapping[str, str]) -> Ask:
    """The views over these rows."""
    from cli.warehouse import database, dialect

    assert all(row.keys() == views.COLUMNS.keys() for row in rows)
    (folder / "rows").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / "database").unlink(missing_ok=True)
    database.make(folder / "rows", folder / "database")

    def ask(sql: str) -> list[dict[str, Any]]:
        with database.sealed(folder / "database") as connection:
            found = connection.execute(dialect.query(sql))
            names = [each[0] for each in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return ask
