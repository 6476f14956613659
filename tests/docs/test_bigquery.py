"""docs/bigquery.md: every event loads by the table's schema, and every query of the page runs."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.warehouse import views
from shared.exports import raw
from shared.jobs import announcements
from shared.messages.announcement import Announcement
from shared.model import Filled, Moderation
from tests.cli.warehouse.tables import Ask, event, loaded, needs_duckdb, written
from tests.shared.exports.exporting import RING, document, done, rejected, seen

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "bigquery.md").read_text("utf-8")
QUERIES = re.findall(r"^```sql\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SAMPLES = [
    json.loads(found)
    for page in ("events.md", "webhooks.md")
    for block in re.findall(
        r"^```\w+\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for found in re.findall(r"^\{\n.*?^\}$", block, re.DOTALL | re.MULTILINE)
    if '"specversion"' in found
]
RECORDS = [
    replace(
        done(seen("cat", RING), seen("dog"), name="one.jpg"), timing_ms={"total": 120, "model": 90}
    ),
    done(*[seen("cat")] * 500, name="cut.jpg"),
    done(name="form.jpg", task="extract", fields={"total": Filled(True, 12.5, "12,50")}),
    done(name="bad.jpg", task="moderate", moderation=Moderation("review", "threshold")),
    rejected("note.txt"),
]


def row_of(sample: Mapping[str, Any]) -> dict[str, str]:
    """The row of an event that is given as in a webhook."""
    return written(*Announcement.kept(json.dumps(sample).encode()).message())


def faults(row: Mapping[str, Any]) -> Iterator[str]:
    """Why a table of raw.json would refuse a row."""
    if row.keys() != views.COLUMNS.keys():
        yield f"columns: {sorted(row.keys() ^ views.COLUMNS.keys())}"
    for name, kind in views.COLUMNS.items():
        value = row.get(name)
        if not isinstance(value, str):
            yield f"{name} is no text"
        elif kind == "TIMESTAMP" and datetime.fromisoformat(value).tzinfo is None:
            yield f"{name} has no time zone"
        elif value.encode().decode() != value:
            yield f"{name} is no UTF-8"
    for name in ("data", "attributes"):
        if not isinstance(json.loads(row[name], parse_constant=_no_json), dict):
            yield f"{name} is no JSON object"


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["type"])
def test_every_event_of_the_docs_loads_by_the_schema(sample: dict[str, Any]) -> None:
    assert [*faults(row_of(sample))] == []


@pytest.mark.parametrize("ended", RECORDS, ids=lambda ended: ended.job.images[0].name)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "as published"])
def test_every_record_loads_by_the_schema(ended: Any, whole: bool) -> None:
    assert [*faults(json.loads(raw.row(document(ended), whole=whole)))] == []


@given(text=st.text(st.characters(codec=None, exclude_categories=()), max_size=30))
def test_a_record_of_any_text_loads_by_the_schema(text: str) -> None:
    told = Announcement(
        "a" * 64, "dev.darkroom.x", "s", "n", "2026-11-23T09:31:10.020Z", {"t": text}
    )

    assert [*faults(written(*told.message()))] == []


@pytest.mark.parametrize(
    "change",
    [{"data": 1}, {"extra": ""}, {"data": "[]"}, {"data": '{"a": NaN}'}, {"attributes": "a"}],
    ids=str,
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    row = row_of(SAMPLES[0]) | change

    try:
        found = [*faults(row)]
    except (TypeError, ValueError) as error:
        found = [str(error)]

    assert found


def test_the_parts_that_the_view_looks_for_are_those_that_can_be_cut() -> None:
    text = views.sql("results", "p.d")

    looked_for = set(re.findall(r"'\$\.(\w+)\.cut'", text))

    assert looked_for == {*announcements._PARTS}


def test_every_view_reads_the_dataset_and_has_a_row_in_the_page() -> None:
    assert {path.stem for path in views.FOLDER.glob("*.sql")} == {*views.NAMES, "erase"}
    for name in views.NAMES:
        assert "`p.d." in views.sql(name, "p.d")
        assert f"| `{name}` |" in PAGE
    assert views.erasing("p.d.raw").count("`p.d.raw`") == 2


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """The views over the records above."""
    return loaded(tmp_path, *(json.loads(raw.row(document(e), whole=False)) for e in RECORDS))


@needs_duckdb
@pytest.mark.parametrize("sql", QUERIES, ids=lambda sql: re.search(r"FROM (\w+)", sql)[1])
def test_a_query_of_the_page_has_rows(sql: str, ask: Ask) -> None:
    assert ask(sql)


@needs_duckdb
def test_the_page_names_every_column(ask: Ask) -> None:
    section = PAGE.partition("## Columns")[2].partition("`record` is the whole")[0]
    common = set(re.findall(r"`(\w+)`", section.partition("| view |")[0])) - {"UTC"}
    for name in views.NAMES:
        (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", section, re.MULTILINE)
        columns = {*ask(f"SELECT * FROM {name} LIMIT 1")[0]}

        assert {*re.findall(r"`(\w+)`", row)} | common == columns


@needs_duckdb
def test_the_samples_of_results_are_rows_and_no_others(tmp_path: Path) -> None:
    ask = loaded(tmp_path, *map(row_of, SAMPLES))

    results = [each for each in SAMPLES if ".result." in each["type"]]
    assert sorted(row["id"] for row in ask("SELECT id FROM results")) == sorted(
        {each["id"] for each in results}
    )


@needs_duckdb
def test_the_answers_are_right(ask: Ask) -> None:
    by_source = {re.search(r"FROM (\w+)", sql)[1] + str(at): sql for at, sql in enumerate(QUERIES)}
    costs, objects, failures, review, latency = (ask(sql) for sql in by_source.values())

    assert [row["records"] for row in costs] == [4]
    assert {(row["label"], row["objects"]) for row in objects} == {("cat", 1), ("dog", 1)}
    assert [(row["status"], row["reason"], row["jobs"]) for row in failures] == [
        ("rejected", "empty", 1)
    ]
    assert [row["name"] for row in review] == ["bad.jpg"]
    (timed,) = latency
    assert (timed["task"], timed["jobs"], timed["work_ms_95"]) == ("segment", 1, 120)
    assert timed["upload_to_record_ms_95"] > 0


@needs_duckdb
def test_an_event_that_says_what_was_erased_is_all_that_is_needed(tmp_path: Path) -> None:
    record = document(RECORDS[0])
    erased = event({"digest": "d", "generation": 1, "jobs": [record.id]}, "upload.v1.erased")

    ask = loaded(tmp_path, json.loads(raw.row(record, whole=False)), erased)

    assert ask("SELECT * FROM results") == []
