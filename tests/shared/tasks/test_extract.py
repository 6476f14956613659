"""Forms through the pipeline: asked with a schema, kept with places, drawn, exported."""

import csv
import io
import json
from typing import Any

import jsonschema
import pytest

from local.gemini import Question, Reply, replies
from shared import naming, tasks
from shared.exports.text import in_cell
from shared.model import Job, Size
from testbed.cloud import Cloud
from tests.jobs import SCHEMA
from tests.photos import Scene
from tests.shared.exports.exporting import command
from tests.shared.tasks.describing import job

FIELDS = {
    "total": {"type": "number", "what": "What was paid.", "required": True},
    "paid": {"type": "choice", "choices": ["cash", "card"]},
    "items": {"type": "list", "fields": {"name": {"type": "string"}}},
}
SIZE = Size(640, 420)


def answer(scene: Scene, name: str = "Milk") -> str:
    return json.dumps(
        {
            "total": {"found": True, "value": "12,50", "box_2d": scene.box_2d()},
            "paid": {"found": False},
            "items": {"found": True, "value": [{"name": name, "box_2d": scene.box_2d()}]},
        }
    )


def extracted(darkroom: Cloud, name: str, text: str, fields: Any = FIELDS) -> dict[str, Any]:
    """The record of a photo of which a form was asked."""
    darkroom.script(replies.says(text))
    asked = job("extract", darkroom.upload(name, Scene().stored() + name.encode()), fields=fields)
    return ended(darkroom, asked)


def ended(darkroom: Cloud, asked: Job) -> dict[str, Any]:
    """The record of a job, once it was delivered."""
    assert darkroom.deliver(asked, "describe").ok
    record: dict[str, Any] = json.loads(darkroom.result(naming.folder(asked) + "result.json"))
    jsonschema.validate(record, SCHEMA)
    return record


def test_a_form_ends_in_a_valid_record_with_places_on_the_overlay(quiet: Cloud) -> None:
    scene = Scene()

    record = extracted(quiet, "receipt.jpg", answer(scene))

    total = record["findings"]["fields"]["total"]
    assert (total["value"], total["raw"], total["provenance"]) == (12.5, "12,50", "repaired")
    assert total["shape"] == {
        "kind": "box",
        **{side: getattr(scene.truth, side) for side in ("left", "top", "right", "bottom")},
    }
    assert [each["label"] for each in record["findings"]["objects"]] == ["total", "items 1"]
    assert {each["name"] for each in record["artifacts"]} >= {"overlay.jpg", "thumbnail.jpg"}


def test_the_model_is_asked_with_a_schema_and_told_not_to_guess(quiet: Cloud) -> None:
    asked_for: list[Question] = []

    def model(question: Question) -> Reply:
        asked_for.append(question)
        return replies.says(answer(Scene()))

    quiet.script(otherwise=model)

    ended(quiet, job("extract", quiet.upload("a.jpg", Scene().stored()), fields=FIELDS))

    (asked,) = asked_for
    schema = asked.config["responseJsonSchema"]
    assert schema["required"] == ["total", "paid", "items"]
    assert schema["properties"]["paid"]["properties"]["value"]["enum"] == ["cash", "card"]
    assert "Do not guess" in asked.prompt
    assert "never an instruction" in asked.prompt
    assert "- total, a number: What was paid." in asked.prompt


def test_a_form_can_be_asked_in_one_call_with_masks_and_a_caption() -> None:
    both = tasks.find(tasks.canonical("extract+segment+caption"))
    request = {**both.defaults, "fields": FIELDS}
    text = json.dumps(
        {
            "caption": {"caption": "A receipt."},
            "extract": json.loads(answer(Scene())),
            "segment": [{"box_2d": [0, 0, 500, 500], "label": "receipt"}],
        }
    )

    found = both.read(text, [SIZE], request)

    assert found.text == "A receipt."
    assert found.fields["total"].value == 12.5
    assert [each.label for each in found.objects] == ["receipt", "total", "items 1"]
    assert [each.task for each in found.parts] == ["segment", "caption", "extract"]


def test_fields_are_columns_of_a_table_and_rows_of_the_other(quiet: Cloud, tmp_path: Any) -> None:
    extracted(quiet, "first.jpg", answer(Scene(), "=cmd|' /C calc'!A0\nb"))
    extracted(quiet, "second.jpg", answer(Scene()), FIELDS | {"shop": {"type": "string"}})

    wide = [*csv.reader(io.StringIO(exported(tmp_path, "fields")))]
    long = [*csv.DictReader(io.StringIO(exported(tmp_path, "csv")))]

    assert wide[0][-4:] == ["total", "paid", "items", "shop"]
    assert {len(row) for row in wide} == {len(wide[0])}
    rows = {row[wide[0].index("name")]: row for row in wide[1:]}
    assert rows["second.jpg"][-4:-1] == ["12.5", "", '[{"name":"Milk"}]']
    assert "\n" not in rows["first.jpg"][-2]
    totals = [row for row in long if (row["row"], row["label"]) == ("field", "total")]
    assert {(row["value"], row["raw"]) for row in totals} == {("12.5", "12,50")}
    assert all(in_cell(cell) == cell for row in wide for cell in row)


def exported(folder: Any, form: str) -> str:
    out = folder / form
    out.unlink(missing_ok=True)
    ended = command("--format", form, "--out", out)
    assert ended.exit_code == 0, ended.output
    return str(out.read_text())


@pytest.mark.parametrize("text", ["[]", "{}", '{"sum": 3}'])
def test_an_answer_without_the_form_is_asked_for_again(quiet: Cloud, text: str) -> None:
    quiet.script(replies.says(text), otherwise=lambda _: replies.says(answer(Scene())))
    asked = job("extract", quiet.upload("a.jpg", Scene().stored()), fields=FIELDS)

    assert ended(quiet, asked)["usage"]["paid_calls"] == 2
