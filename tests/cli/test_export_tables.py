"""`darkroom export --format parquet` and `bigquery`: the rows of the views, and of their table."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.exports.folder import unfinished
from shared.jobs import announcements
from shared.jobs.record import Record
from shared.model import Filled
from tests.cli.warehouse.tables import loaded, needs_duckdb
from tests.shared.exports.exporting import RING, command, done, put, rejected, seen

pytestmark = pytest.mark.usefixtures("quiet")


def exported(out: Path, form: str, *options: object) -> str:
    ended = command("--format", form, "--out", out, *options)
    assert ended.exit_code == 0, ended.output
    return ended.output


def records() -> list[Record]:
    """A record of many objects, one of a form, and one of no photo."""
    form = {"total": Filled(True, 12.5, "12,50"), "rows": Filled(True, [{"what": "tea"}])}
    return [
        put(done(*[seen("cat", RING)] * 300, name="many.jpg")),
        put(done(name="form.jpg", task="extract", fields=form)),
        put(rejected("note.txt")),
    ]


def test_bigquery_is_a_row_per_record_as_a_subscription_writes_them_but_whole(
    tmp_path: Path,
) -> None:
    of = records()

    said = exported(tmp_path / "rows", "bigquery")

    rows = [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]
    assert "3 records were exported." in said
    for row, record in zip(rows, of[::-1], strict=True):
        attributes, data = announcements.event(record).message()
        assert json.loads(row["attributes"]) == attributes
        assert row["publish_time"] == record.created
        if record is not of[0]:
            assert row["data"] == data.decode()
    assert len(json.loads(rows[-1]["data"])["findings"]["objects"]) == 300


@needs_duckdb
def test_parquet_has_the_rows_of_the_views_of_whole_records(tmp_path: Path, duckdb: Any) -> None:
    records()

    exported(tmp_path / "out", "parquet")
    exported(tmp_path / "rows", "bigquery")

    lines = (tmp_path / "rows").read_text().splitlines()
    ask = loaded(tmp_path, *map(json.loads, lines))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "fields.parquet",
        "objects.parquet",
        "results.parquet",
    ]
    for name, order in (("results", "id"), ("objects", "id, object_index"), ("fields", "field")):
        file = duckdb.read_parquet(str(tmp_path / "out" / f"{name}.parquet"))
        found = duckdb.sql(f"SELECT * FROM file ORDER BY {order}").fetchall()
        assert file.columns == [*ask(f"SELECT * FROM {name}")[0]]
        assert found == [
            tuple(row.values()) for row in ask(f"SELECT * FROM {name} ORDER BY {order}")
        ]


@needs_duckdb
def test_parquet_of_nothing_has_its_columns(tmp_path: Path, duckdb: Any) -> None:

    said = exported(tmp_path / "out", "parquet", "--since", "2999-01-01")

    assert "0 records were exported." in said
    objects = duckdb.read_parquet(str(tmp_path / "out" / "objects.parquet"))
    assert (objects.shape[0], "label" in objects.columns) == (0, True)


@needs_duckdb
def test_parquet_that_cannot_be_finished_can_be_resumed(tmp_path: Path, duckdb: Any) -> None:
    from cli.warehouse import database

    records()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "write_parquet", interrupted)
        first = command("--format", "parquet", "--out", tmp_path / "out")

    again = exported(tmp_path / "out", "parquet", "--resume")

    assert first.exit_code == 1
    assert "Continue" in first.stderr
    assert "3 records were exported." in again
    assert not unfinished(tmp_path / "out").exists()
    assert (tmp_path / "out" / "objects.parquet").exists()


def interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("form", ["bigquery", "parquet"])
def test_photos_cannot_be_in_a_table(form: str, tmp_path: Path) -> None:
    ended = command("--format", form, "--out", tmp_path / "out", "--images", "copy")

    assert ended.exit_code == 2
    assert "takes neither --labels nor --images copy" in " ".join(ended.stderr.split())
