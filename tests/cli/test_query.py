"""`darkroom query`, against the local cloud."""

import csv
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from google.cloud import pubsub_v1
from typer.testing import CliRunner, Result

from cli.app import app
from local import declaration
from shared.model import Box, Detection
from testbed.cloud import Cloud, until
from tests.cli.warehouse.tables import loaded, needs_duckdb, written
from tests.shared.exports.exporting import done, erase, put, rejected, seen, spoil

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("quiet")


def query(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["query", *map(str, arguments)])


def rows(sql: str, *options: str) -> list[dict[str, Any]]:
    ended = query(sql, "--format", "json", *options)
    assert ended.exit_code == 0, ended.output
    return [json.loads(line) for line in ended.stdout.splitlines()]


@needs_duckdb
def test_it_answers_in_sql_from_the_records_of_the_cloud() -> None:
    put(done(seen("cat"), seen("cat"), seen("dog"), name="one.jpg"))
    put(done(seen("dog"), name="two.jpg", generation=2**53 + 1))
    put(rejected("note.txt"))

    labels = rows("SELECT label, COUNT(*) AS n FROM objects GROUP BY label ORDER BY label")
    newest = rows("SELECT name, generation FROM results WHERE generation > 1")

    assert labels == [{"label": "cat", "n": 2}, {"label": "dog", "n": 2}]
    assert newest == [{"name": "two.jpg", "generation": 2**53 + 1}]
    assert rows("SELECT name, reason FROM failures") == [{"name": "note.txt", "reason": "empty"}]


@needs_duckdb
def test_its_rows_are_those_of_the_events_that_were_published(tmp_path: Path) -> None:
    """What a subscription writes into BigQuery: the same views over it have the same rows."""
    with pubsub_v1.SubscriberClient() as client:
        name = f"{declaration.subscriptions()['notify']}-all"
        client.create_subscription(name=name, topic=declaration.topics()["results"])
        put(done(*[seen("cat")] * 500, name="cut.jpg"))
        put(done(seen("dog"), name="small.jpg"))
        put(rejected("note.txt"))
        came: list[dict[str, str]] = []

        def all_came() -> bool:
            for each in client.pull(subscription=name, max_messages=10).received_messages:
                message = each.message
                came.append(written(dict(message.attributes), message.data))
            return len(came) >= 3

        until(all_came)
    sql = "SELECT * EXCEPT (publish_time, created) FROM results ORDER BY id"

    there = loaded(tmp_path, *came)

    assert rows(sql) == json.loads(json.dumps(there(sql), default=str))
    assert rows("SELECT name, is_cut FROM objects ORDER BY name") == there(
        "SELECT name, is_cut FROM objects ORDER BY name"
    )


@needs_duckdb
def test_what_had_no_room_is_counted_and_read_if_asked_for() -> None:
    put(done(*[seen("cat")] * 500))
    sql = "SELECT COUNT(label) AS n FROM objects"

    cut, whole = query(sql, "--format", "json"), query(sql, "--format", "json", "--whole")

    assert (cut.stdout, whole.stdout) == ('{"n": 0}\n', '{"n": 500}\n')
    assert cut.stderr == (
        "One record had no room in an event: is_cut marks them, --whole reads all.\n"
    )
    assert whole.stderr == ""


@needs_duckdb
def test_since_leaves_out_what_is_older() -> None:
    old = put(done(seen("cat"), name="old.jpg"))

    assert len(rows("SELECT id FROM results", "--since", old.created[:19])) == 1
    assert rows("SELECT id FROM results", "--since", "2999-01-01") == []


@needs_duckdb
def test_records_that_are_gone_or_broken_are_counted() -> None:
    put(done(seen("cat"), name="kept.jpg"))
    for name, end in (("gone.jpg", erase), ("broken.jpg", spoil)):
        put(ended := done(seen("cat"), name=name))
        end(ended)

    ended = query("SELECT name FROM results", "--format", "json")

    assert ended.stdout == '{"name": "kept.jpg"}\n'
    assert ended.stderr == "2 records could not be read.\n"


@needs_duckdb
def test_a_table_is_for_people_and_csv_for_spreadsheets() -> None:
    put(done(seen("=HYPERLINK(1)"), seen("a,\x1b[31m\nb"), seen("cat"), name="one.jpg"))
    sql = "SELECT label, confidence, created FROM objects ORDER BY object_index"

    drawn, sheet = query(sql), query(sql, "--format", "csv")

    assert "label" in drawn.stdout.splitlines()[0]
    assert "\x1b[31m" not in drawn.stdout
    head, *cells = csv.reader(StringIO(sheet.stdout, newline=""))
    assert head == ["label", "confidence", "created"]
    assert [row[:2] for row in cells] == [
        ["'=HYPERLINK(1)", ""],
        ["a,\x1b[31m\nb", ""],
        ["cat", ""],
    ]
    assert all(row[2].endswith("Z") for row in cells)


@needs_duckdb
def test_values_of_every_kind_are_printed() -> None:
    put(done(Detection("cat", Box(1, 2, 3, 4), 0.25)))

    (row,) = rows(
        "SELECT SUM(box_left) AS n, AVG(confidence) AS mean, ARRAY_AGG(label) AS labels, "
        "STRUCT(1 AS a, 'x' AS b) AS pair, CAST(1.5 AS NUMERIC) AS exact, NULL AS nothing, "
        "MAX(is_cut) AS flag FROM objects"
    )

    exact = row.pop("exact")
    assert float(exact) == 1.5
    assert row == {
        "n": 1,
        "mean": 0.25,
        "labels": ["cat"],
        "pair": {"a": 1, "b": "x"},
        "nothing": None,
        "flag": False,
    }


REFUSED = [
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_csv('/etc/hostname')",
    "SELECT * FROM read_json('/etc/hostname')",
    "SELECT * FROM read_parquet('https://example.com/a.parquet')",
    "SELECT * FROM read_blob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/hostname')",
    "SELECT * FROM `/etc/hostname.csv`",
    "SELECT * FROM `https://example.com/a.csv`",
    "SELECT * FROM duckdb_secrets()",
    "SELECT getenv('HOME')",
    "SELECT * FROM query('INSTALL httpfs')",
]
NO_QUERIES = [
    "ATTACH '/tmp/other.db'",
    "COPY results TO '/tmp/out.csv'",
    "EXPORT DATA OPTIONS(uri='/tmp/x') AS SELECT 1",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "PRAGMA database_list",
    "CREATE TABLE t AS SELECT 1 AS a",
    "CREATE TEMP TABLE t AS SELECT 1 AS a",
    "DELETE FROM raw WHERE true",
    "DROP VIEW results",
    "CALL pragma_version()",
    "SELECT 1; DROP VIEW results",
    "SELECT 1; SELECT 2",
    "",
    "/* nothing */",
]


@needs_duckdb
@pytest.mark.parametrize("sql", REFUSED)
def test_a_query_that_reaches_out_is_refused(sql: str) -> None:
    ended = query(sql)

    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("The query failed: ")


@needs_duckdb
@pytest.mark.parametrize("sql", NO_QUERIES)
def test_what_is_no_query_is_refused_before_anything_is_read(
    sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")

    ended = query(sql)

    told = " ".join(ended.stderr.split())
    assert ended.exit_code == 2
    assert "Give one query" in told or "This is no SQL of BigQuery" in told


@needs_duckdb
@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '/tmp/other.db'",
        "COPY results TO '/tmp/darkroom-test-out.csv'",
        "CREATE TABLE t (a INT)",
        "DELETE FROM raw",
        "DROP VIEW results",
        "EXPORT DATABASE '/tmp/darkroom-test-out'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '/tmp/x.duckdb_extension'",
        "SELECT * FROM glob('/etc/*')",
        "RESET lock_configuration",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SELECT * FROM elsewhere",  # a variable of this test
    ],
)
def test_the_database_itself_refuses_what_the_translation_might_let_through(
    sql: str, tmp_path: Path, duckdb: Any
) -> None:
    from cli.warehouse import database

    elsewhere = duckdb.sql("SELECT 1")
    loaded(tmp_path)

    with database.sealed(tmp_path / "database") as connection, pytest.raises(database.FAULTS):
        connection.execute(sql).fetchall()

    assert elsewhere is not None
    assert not [*Path("/tmp").glob("darkroom-test-out*")]


@needs_duckdb
@pytest.mark.parametrize(
    ("sql", "code", "beginning"),
    [
        ("SELECT FROM", 2, "This is no SQL of BigQuery: "),
        ("SELECT ((1", 2, "This is no SQL of BigQuery: "),
        ("SELECT nothing FROM results", 1, "The query failed: "),
        ("SELECT * FROM nowhere", 1, "The query failed: "),
        ("SELECT 1 / 'x'", 1, "The query failed: "),
    ],
)
def test_a_fault_is_told_in_a_sentence(sql: str, code: int, beginning: str) -> None:
    ended = query(sql)

    told = " ".join(ended.stderr.replace("│", " ").split())
    assert ended.exit_code == code
    assert beginning in told
    assert "Traceback" not in told


def test_where_duckdb_is_missing_a_sentence_says_how_to_get_it(darkroom: Cloud) -> None:
    """Its modules are hidden from a process of its own."""
    code = (
        "import sys, importlib.util as u;"
        "found = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name in ('duckdb', 'sqlglot') else found(name, *a);"
        "from cli.app import app; app(sys.argv[1:])"
    )
    for arguments in (["query", "SELECT 1"], ["export", "--format", "parquet", "--out", "x"]):
        ended = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr == "This needs DuckDB and sqlglot: `make duckdb` installs them.\n"
