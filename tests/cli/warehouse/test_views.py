"""The views of terraform/darkroom/bigquery/: one row per event, whatever the raw table holds."""

import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cli.warehouse import views
from shared.exports import raw
from shared.jobs import announcements
from shared.jobs.record import Record
from shared.model import (
    Box,
    Detection,
    Filled,
    Findings,
    ImageRef,
    Job,
    Label,
    Moderation,
    Photo,
    Point,
    Result,
    Usage,
    Verdict,
)
from tests.cli.warehouse.tables import WHEN, event, loaded, written

pytestmark = [pytest.mark.duckdb, pytest.mark.usefixtures("duckdb")]
LARGE = 2**53 + 1  # the first whole number that a double has not
USAGE = Usage("m-001", 10, 5, 3, 2, 0.001, 1)
BOX = Box(1, 2, 9, 10)
# Words that GoogleSQL reserves: a column of such a name would have to be quoted.
RESERVED = re.findall(
    r"\w+",
    """
    ALL AND ANY ARRAY AS ASC AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT
    DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH
    FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT
    INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL NULLS OF
    ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT
    ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST
    USING WHEN WHERE WINDOW WITH WITHIN
    """,
)


def record(*objects: Detection, name: str = "a.jpg", generation: int = 1, **more: Any) -> Record:
    task, carried = more.pop("task", "detect"), more.pop("carried", {})
    ref = ImageRef("uploads", name, generation)
    job = Job((ref,), task, {"model": "m", "prompt_version": "1"}, carried=carried)
    photo = Photo("uploads", name, generation, width=20, height=30, bytes=7)
    findings = Findings(objects, **more)
    timing = {"total": 12, "model": 9}
    return Record.of(Result(job, "done", None, (photo,), findings, (), USAGE, timing))


def failed(reason: Any = "refused", name: str = "b.jpg") -> Record:
    job = Job((ImageRef("uploads", name, 1),), "detect", {"model": "m", "prompt_version": "1"})
    return Record.of(Result(job, "failed", Verdict(reason, "Why."), usage=USAGE))


def published(of: Record, at: str = WHEN, message: str = "1") -> dict[str, str]:
    """The row of a record's event."""
    return written(*announcements.event(of).message(), at, message)


def erased(*jobs: str) -> dict[str, str]:
    """The row of an erasure's event."""
    return event({"id": "erased-1", "digest": "d", "jobs": list(jobs)}, "upload.v1.erased")


def test_a_record_is_one_row_with_all_that_is_asked_of_it(tmp_path: Path) -> None:
    carried = {"customer": "42"}
    whole = record(Detection("shoe", BOX, 0.5), carried=carried, labels=(Label("boot", 0.5),))

    (row,) = loaded(tmp_path, published(whole))("SELECT * FROM results")

    told = json.loads(row.pop("record"))
    assert told == json.loads(published(whole)["data"])
    moment = datetime.fromisoformat(whole.created)
    assert row == {
        "id": whole.id,
        "created": moment,
        "day": moment.date(),
        "status": "done",
        "reason": None,
        "sentence": None,
        "task": "detect",
        "folder": whole.folder,
        "bucket": "uploads",
        "name": "a.jpg",
        "generation": 1,
        "images": 1,
        "type": None,
        "width": 20,
        "height": 30,
        "bytes": 7,
        "metadata": '{"customer":"42"}',
        "warnings": 0,
        "problems": 0,
        "complete": True,
        "objects": 1,
        "text": None,
        "answer": None,
        "verdict": None,
        "copy": None,
        "model": "m-001",
        "tier": "standard",
        "cost_usd": 0.001,
        "paid_calls": 1,
        "prompt_tokens": 10,
        "image_tokens": 5,
        "output_tokens": 3,
        "thought_tokens": 2,
        "total_ms": 12,
        "model_ms": 9,
        "reused_from": None,
        "is_cut": False,
        "findings_cut": False,
        "publish_time": datetime.fromisoformat(WHEN),
    }


def test_an_object_is_a_row_with_its_place(tmp_path: Path) -> None:
    whole = record(Detection("shoe", BOX, 0.5), Detection("corner", Point(3, 4)))

    rows = loaded(tmp_path, published(whole))(
        "SELECT object_index, label, confidence, shape, box_left, box_top, box_right, box_bottom "
        "FROM objects ORDER BY object_index"
    )

    assert [tuple(row.values()) for row in rows] == [
        (0, "shoe", 0.5, "box", 1, 2, 9, 10),
        (1, "corner", None, "point", 3, 4, None, None),
    ]


def test_a_field_of_a_form_is_a_row_with_its_value(tmp_path: Path) -> None:
    fields = {
        "total": Filled(True, 12.5, "12,50", BOX),
        "paid": Filled(True, True, "yes"),
        "number": Filled(True, LARGE, str(LARGE)),
        "rows": Filled(True, [{"what": "tea", "sum": 1.5}]),
        "date": Filled(False),
    }
    form = record(task="extract", fields=fields)

    rows = loaded(tmp_path, published(form), published(record()))(
        "SELECT field, found, value, raw, box_left, is_cut FROM fields ORDER BY field"
    )

    assert [tuple(row.values()) for row in rows] == [
        ("date", False, None, None, None, False),
        ("number", True, str(LARGE), str(LARGE), None, False),
        ("paid", True, "true", "yes", None, False),
        ("rows", True, '[{"what":"tea","sum":1.5}]', None, None, False),
        ("total", True, "12.5", "12,50", 1, False),
    ]


def test_costs_are_of_what_was_asked_and_failures_of_what_did_not_end_well(tmp_path: Path) -> None:
    job = Job((ImageRef("uploads", "c.txt", 1),), "detect", {"model": "m", "prompt_version": "1"})
    rejected = Record.of(Result(job, "rejected", Verdict("empty", "It has no bytes.")))
    ask = loaded(tmp_path, *map(published, (record(), failed(), rejected)))

    costs = ask("SELECT name, cost_usd, paid_calls FROM costs ORDER BY name")
    failures = ask("SELECT name, status, reason, sentence FROM failures ORDER BY name")

    assert [tuple(row.values()) for row in costs] == [("a.jpg", 0.001, 1), ("b.jpg", 0.001, 1)]
    assert [tuple(row.values()) for row in failures] == [
        ("b.jpg", "failed", "refused", "Why."),
        ("c.txt", "rejected", "empty", "It has no bytes."),
    ]


def test_an_event_that_was_published_often_is_one_row_the_newest(tmp_path: Path) -> None:
    """In whatever order they were written."""
    of = record(Detection("shoe", BOX))
    times = [f"2026-11-{day:02}T00:00:00Z" for day in (23, 25, 21, 24, 22)]
    rows = [published(of, at, str(number)) for number, at in enumerate(times)]

    ask = loaded(tmp_path, *rows, rows[0])

    assert [row["publish_time"].day for row in ask("SELECT publish_time FROM results")] == [25]
    assert len(ask("SELECT * FROM objects")) == 1


def test_what_was_cut_is_seen_to_be_cut(tmp_path: Path) -> None:
    many = record(*[Detection("shoe", BOX)] * 500)
    form = record(name="form.jpg", task="extract", text="x" * 30_000)
    whole = record(Detection("boot", BOX), name="whole.jpg")
    ask = loaded(tmp_path, *map(published, (many, form, whole)))

    results = ask("SELECT name, is_cut, findings_cut, objects, task FROM results ORDER BY name")
    objects = ask("SELECT name, label, is_cut FROM objects ORDER BY name")
    fields = ask("SELECT name, field, is_cut FROM fields")

    assert [tuple(row.values()) for row in results] == [
        ("a.jpg", True, True, None, "detect"),
        ("form.jpg", True, True, None, "extract"),
        ("whole.jpg", False, False, 1, "detect"),
    ]
    assert [tuple(row.values()) for row in objects] == [
        ("a.jpg", None, True),
        ("form.jpg", None, True),
        ("whole.jpg", "boot", False),
    ]
    assert [tuple(row.values()) for row in fields] == [("form.jpg", None, True)]


@pytest.mark.parametrize("part", announcements._PARTS)
def test_any_part_that_can_be_cut_is_seen(tmp_path: Path, part: str) -> None:
    data = json.loads(published(failed())["data"]) | {part: {"cut": "b.jpg/1/x/result.json"}}

    ask = loaded(tmp_path, event(data, "result.v1.failed"))

    (row,) = ask("SELECT is_cut, findings_cut FROM results")
    assert row == {"is_cut": True, "findings_cut": part == "findings"}
    assert len(ask("SELECT * FROM failures")) == 1
    assert len(ask("SELECT * FROM costs")) == 1


def test_a_whole_row_takes_the_place_of_a_cut_one(tmp_path: Path) -> None:
    many = record(*[Detection("shoe", BOX)] * 500)
    later = published(many, "2999-01-01T00:00:00Z")

    ask = loaded(tmp_path, later, json.loads(raw.row(many, whole=True)))

    assert ask("SELECT COUNT(*) AS rows_, MIN(label) AS label FROM objects") == [
        {"rows_": 500, "label": "shoe"}
    ]
    assert ask("SELECT is_cut FROM results") == [{"is_cut": False}]


def test_a_member_yet_unknown_is_in_the_record_and_changes_nothing_else(tmp_path: Path) -> None:
    of = record(Detection("shoe", BOX))
    data = json.loads(published(of)["data"])
    newer = data | {
        "schema": "darkroom.result/v9",
        "tiles": [{"a": [1, {"b": None}]}],
        "findings": data["findings"] | {"tracks": {"x": 1}},
        "usage": data["usage"] | {"grams": 0.5},
        "images": [data["images"][0] | {"depth": "16"}],
    }

    before = loaded(tmp_path, event(data))("SELECT * EXCEPT (record) FROM results")
    ask = loaded(tmp_path, event(newer))

    assert ask("SELECT * EXCEPT (record) FROM results") == before
    assert ask("SELECT JSON_VALUE(record, '$.usage.grams') AS grams FROM results") == [
        {"grams": "0.5"}
    ]


NO_RECORDS = {
    "text": written({"ce-type": "dev.darkroom.result.v1.done", "ce-id": "a"}, b"by hand"),
    "half a document": written({"ce-type": "dev.darkroom.result.v1.done", "ce-id": "a"}, b'{"id":'),
    "a list": written({"ce-type": "dev.darkroom.result.v1.done", "ce-id": "a"}, b"[1]"),
    "nothing": written({}, b""),
    "another's": written({"ce-type": "com.example.done", "ce-id": "a"}, b'{"id":"a"}'),
    "another id": event({"id": "b"}) | {"attributes": json.dumps({"ce-id": "c", "ce-type": "x"})},
    "a verdict": event({"id": "v", "verdict": "block"}, "moderation.v1.block"),
    "a budget": event({"day": "2026-11-23", "spent_usd": 20.0004}, "budget.v1.reached"),
}


@pytest.mark.parametrize("row", NO_RECORDS.values(), ids=NO_RECORDS)
def test_what_is_no_record_is_no_row_and_hinders_no_other(
    tmp_path: Path, row: dict[str, str]
) -> None:
    ask = loaded(tmp_path, row, published(record()))

    for name in ("results", "costs"):
        assert [each["name"] for each in ask(f"SELECT name FROM {name}")] == ["a.jpg"]
    assert all(ask(f"SELECT * FROM {name}") == [] for name in ("objects", "fields", "failures"))


def test_whole_numbers_stay_exact(tmp_path: Path) -> None:
    ask = loaded(tmp_path, published(record(generation=LARGE)))

    assert ask("SELECT generation FROM results") == [{"generation": LARGE}]
    assert ask("SELECT generation FROM costs") == [{"generation": LARGE}]


def test_what_was_erased_is_gone_from_every_view_at_once(tmp_path: Path) -> None:
    gone, kept = record(Detection("shoe", BOX)), record(Detection("boot", BOX), name="kept.jpg")
    bad = failed(name="gone.jpg")

    ask = loaded(tmp_path, *map(published, (gone, bad, kept)), erased(gone.id, bad.id))

    for name in ("results", "objects", "costs"):
        assert [each["name"] for each in ask(f"SELECT name FROM {name}")] == ["kept.jpg"]
    assert ask("SELECT * FROM failures") == []


def after(statement: str, database: Path) -> list[str]:
    """The ids of the events that are in the table once a statement has run."""
    import duckdb
    import sqlglot

    from cli.warehouse import dialect

    tree = sqlglot.parse_one(statement.replace("`darkroom.", "`"), read="bigquery")
    with duckdb.connect(database) as connection:
        connection.execute(dialect._translated(tree))
        rows = connection.execute("SELECT attributes FROM raw").fetchall()
    return sorted(json.loads(attributes)["ce-id"] for (attributes,) in rows)


def test_the_statement_deletes_what_was_erased_and_nothing_else(tmp_path: Path) -> None:
    """But for rows of the last minutes, which BigQuery may not have settled yet."""
    gone, kept = record(), record(name="kept.jpg")
    now = datetime.now(UTC).isoformat()
    verdict = event({"id": f"verdict-{gone.id}"}, "moderation.v1.block")
    late = published(gone, now, "late")
    rows = [published(gone), published(kept), verdict, late, erased(gone.id), NO_RECORDS["text"]]
    loaded(tmp_path, *rows)

    left = after(views.erasing("darkroom.raw"), tmp_path / "database")

    assert left == sorted([kept.id, gone.id, "erased-1", "a"])


def test_a_verdict_of_moderation_is_a_column(tmp_path: Path) -> None:
    of = record(moderation=Moderation("review", "threshold"))

    assert loaded(tmp_path, published(of))("SELECT verdict FROM results") == [{"verdict": "review"}]


TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)


@settings(max_examples=30)
@given(texts=st.lists(TEXT, min_size=1, max_size=5))
@example(texts=["\ud83d", "a\ud83db", "\\ud83d", "\\\\\ud83d", "\ud83d\ud83d\ude00", "\x00"])
@example(texts=["'", '"', "${dataset}", "`", "NULL", "null", "\u2028"])
def test_any_text_comes_through_but_for_halves_of_characters(texts: list[str]) -> None:
    whole = record(*(Detection(text, BOX) for text in texts))
    with TemporaryDirectory() as folder:
        ask = loaded(Path(folder), published(whole))
        rows = ask("SELECT label FROM objects ORDER BY object_index")

    expected = [text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore") for text in texts]
    assert [row["label"] for row in rows] == expected


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), copies=st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_one_row_per_id_however_events_come(seed: int, copies: list[int]) -> None:
    lots = random.Random(seed)
    of = [
        record(*[Detection("x", BOX)] * lots.choice([0, 2, 400]), name=f"{number}.jpg")
        for number in range(len(copies))
    ]
    rows = [
        published(each, f"2026-11-{lots.randint(1, 28):02}T00:00:00Z", str(lots.random()))
        for each, count in zip(of, copies, strict=True)
        for _ in range(count)
    ]
    lots.shuffle(rows)
    with TemporaryDirectory() as folder:
        found = loaded(Path(folder), *rows, *NO_RECORDS.values())("SELECT id FROM results")

    assert sorted(row["id"] for row in found) == sorted(each.id for each in of)


def test_no_column_has_a_name_that_must_be_quoted(tmp_path: Path) -> None:
    ask = loaded(tmp_path, published(record()), published(failed()))
    names = [
        name
        for view in views.NAMES
        for row in ask(f"SELECT * FROM {view} LIMIT 1") or [{}]
        for name in row
    ]

    assert len(names) > 60
    assert [name for name in names if name.upper() in RESERVED] == []
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


def test_a_record_that_took_over_an_answer_says_whose(tmp_path: Path) -> None:
    of = replace(record(), reused_from="f" * 64)

    assert loaded(tmp_path, published(of))("SELECT reused_from FROM costs") == [
        {"reused_from": "f" * 64}
    ]
