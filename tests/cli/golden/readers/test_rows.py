"""CSV as truth: what our own export writes comes back, and each wrong row is named by its line."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.golden import readers
from cli.golden.readers.annotations import Annotations
from shared import codec, form
from shared.exports.tables import COLUMNS, Csv
from shared.exports.tally import Tally
from shared.form import Field
from shared.jobs.record import Found, Record
from shared.model import Box, Category, Filled, Label, Moderation, Part
from tests.shared.exports.exporting import SIZE, done, seen

FORM = form.read(
    {
        "total": {"type": "number"},
        "paid": {"type": "boolean"},
        "note": {"type": "string"},
        "day": {"type": "date"},
        "rows": {"type": "list", "fields": {"what": {"type": "string"}}},
    }
)
words = some.text(
    some.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=12
).filter(lambda text: not text.startswith("'"))
boxes = some.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    some.integers(0, SIZE.width - 2),
    some.integers(0, SIZE.height - 2),
    some.just(1),
    some.just(2),
)


def exported(*ended: Any) -> bytes:
    """The CSV of these results, as `darkroom export` writes it."""
    written = Csv("records.csv", Tally())
    rows = [line.text for each in ended for line in written.add(recorded(each))]
    return "\n".join([",".join(COLUMNS), *rows, ""]).encode()


def recorded(ended: Any) -> Record:
    return codec.decode(codec.encode(Record.of(ended)), Record)


def read(body: bytes, fields: Sequence[Field] = ()) -> Annotations:
    return readers.read("truth.csv", body, fields)


def truths(body: bytes, fields: Sequence[Field] = ()) -> dict[str, Found]:
    found = read(body, fields)
    assert found.left_out == ()
    (photo,) = found.photos
    assert (photo.file, photo.size) == ("a.jpg", SIZE)
    return dict(photo.truths)


def table(*rows: dict[str, object]) -> bytes:
    file = StringIO()
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


@given(some.lists(some.tuples(words, boxes), max_size=5))
def test_boxes_come_back_to_the_pixel(things: list[tuple[str, Box]]) -> None:
    ended = done(*(seen(label, box=box) for label, box in things), task="detect")

    found = truths(exported(ended))["detect"]

    assert [(each.label, each.shape) for each in found.objects] == things


@given(some.lists(some.tuples(words, some.none() | some.floats(0, 1)), min_size=1, max_size=4))
def test_classes_come_back(labels: list[tuple[str, float | None]]) -> None:
    ended = done(task="classify", labels=tuple(Label(*each) for each in labels))

    found = truths(exported(ended))["classify"]

    assert [(each.name, each.score) for each in found.labels] == labels


@given(words, some.lists(some.tuples(words, boxes), max_size=3))
def test_text_and_its_lines_come_back(text: str, things: list[tuple[str, Box]]) -> None:
    lines = (seen(label, box=box) for label, box in things)

    found = truths(exported(done(*lines, task="read_text", text=text)))["read_text"]

    assert found.text == text
    assert [(each.label, each.shape) for each in found.objects] == things


def test_fields_come_back_with_their_types() -> None:
    fields = {
        "total": Filled(True, 12.5, "12,50", Box(1, 2, 30, 20)),
        "paid": Filled(True, True, "yes"),
        "note": Filled(True, "=1+1", "=1+1"),
        "day": Filled(True, "2026-12-31", "31.12.2026"),
        "rows": Filled(True, [{"what": "a"}, {"what": None}], []),
        "else": Filled(False),
    }
    known = (*FORM, Field("else", "string"))

    found = truths(exported(done(task="extract", fields=fields)), known)["extract"]

    assert {name: each.value for name, each in found.fields.items()} == {
        name: each.value for name, each in fields.items()
    }
    assert found.fields["total"].shape == Box(1, 2, 30, 20)
    assert not found.fields["else"].found


def test_answers_and_verdicts_come_back() -> None:
    categories = (Category("spam", 2, "", "allow", 4, 7),)
    judged = Moderation("review", "threshold", categories)

    answered = truths(exported(done(task="answer", answer="Yes, two.")))
    moderated = truths(exported(done(task="moderate", moderation=judged)))

    assert answered["answer"].answer == "Yes, two."
    assert moderated["moderate"].moderation == Moderation("review")


def test_a_combination_is_the_truth_of_each_of_its_tasks() -> None:
    parts = (Part("detect"), Part("caption", text="A cup."), Part("classify"))
    ended = done(
        seen("cup", box=Box(1, 2, 30, 20)),
        task="detect+caption+classify",
        labels=(Label("kitchen"),),
        text="A cup.",
        parts=parts,
    )

    found = truths(exported(ended))

    assert found.keys() == {"detect", "classify"}
    assert len(found["detect"].objects) == len(found["classify"].labels) == 1


def test_what_segment_found_is_the_truth_of_boxes() -> None:
    found = truths(exported(done(seen("cup", box=Box(1, 2, 30, 20)), task="segment")))

    assert found.keys() == {"detect"}


def test_a_table_by_hand_needs_few_columns() -> None:
    edges = {"left": 1, "top": 2, "right": 30, "bottom": 20}

    found = read(
        table(
            {"name": "a.jpg", "label": "cup", **edges},
            {"name": "a.jpg", "label": "hat", **edges},
            {"name": "b.jpg", "label": "kitchen"},
        )
    )

    assert found.left_out == ()
    assert found.labels == ("cup", "hat")
    first, second = found.photos
    assert [each.label for each in first.truths["detect"].objects] == ["cup", "hat"]
    assert [each.name for each in second.truths["classify"].labels] == ["kitchen"]
    assert first.size is None


THERE = {"name": "a.jpg", "row": "object", "task": "detect", "label": "cup", "width": 64}
THERE |= {"height": 40, "left": 1, "top": 2, "right": 30, "bottom": 20}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"left": "x"}, "line 3: left is no number of this size: 'x'"),
        ({"left": "nan"}, "line 3: left is no number"),
        ({"left": ""}, "line 3: left is no number"),
        ({"left": 40}, "line 3: the box 40, 2, 30, 20 is not in the photo"),
        ({"top": 41, "bottom": 50}, "line 3: the box 1, 41, 30, 50 is not in the photo"),
        ({"width": 0}, "line 3: width is no number of pixels: '0'"),
        ({"row": "thing"}, "line 3: row must be object, class, field or record, not 'thing'"),
        ({"row": "class", "label": ""}, "line 3: label is empty"),
        ({"row": "field"}, "line 3: the type of the field 'cup' is not known: name the --recipe"),
        ({"shape": "polygon"}, "line 3: a polygon has no area in CSV"),
        ({"status": "failed"}, "line 3: the result is failed"),
        ({"record": "other"}, "line 3: there are two results of detect of that name"),
        ({"generation": "7"}, "line 3: there are two results of detect of that name"),
    ],
)
def test_a_wrong_row_is_named_by_its_line_and_its_photo_left_out(
    change: dict[str, object], why: str
) -> None:
    fine = {**dict.fromkeys(change, ""), **THERE}
    wrong = {**fine, **change}
    other = {**fine, "name": "b.jpg"}

    found = read(table(fine, wrong, other))

    assert [photo.file for photo in found.photos] == ["b.jpg"]
    (sentence,) = found.left_out
    assert sentence.startswith("a.jpg: ")
    assert why in sentence


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("total", "many", "'many' is no number, as total is"),
        ("rows", "[1]", "is no list, as rows is"),
        ("rows", "{", "is no list, as rows is"),
        ("day", "some day", "is no date, as day is"),
    ],
)
def test_a_value_of_another_type_is_named(kind: str, value: str, why: str) -> None:
    found = read(table({"name": "a.jpg", "row": "field", "label": kind, "value": value}), FORM)

    assert found.photos == ()
    assert why in found.left_out[0]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it has no column `name`"),
        (b"name,lable\na.jpg,cup\n", "the column 'lable' is not known"),
        (b"name,label,label\n", "a column is there twice"),
        (b"name,label\na.jpg\n", "line 2 has 1 cells, and there are 2 columns"),
        (b"name\n\xff\n", "it is no CSV"),
        (b'name\n"a', "it is no CSV"),
    ],
)
def test_what_is_no_such_table_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(body)


cells = some.sampled_from(["", "a.jpg", "1", "-1", "1e999", "nan", "object", "field", "x", "[]"])


@given(some.lists(some.fixed_dictionaries(dict.fromkeys(COLUMNS, cells)), max_size=4))
def test_any_rows_are_read_or_named(rows: list[dict[str, object]]) -> None:
    for row in rows:
        row["task"] = "detect"
    found = read(table(*rows) if rows else b"name\n", FORM)

    read_or_named = {photo.file for photo in found.photos}
    read_or_named |= {each.partition(": ")[0] for each in found.left_out}
    assert {str(row["name"]) for row in rows} <= read_or_named


@given(some.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(ValueError):
        read(b"name,label,left\n" + body)
