"""The offline model's forms: fields found by their names in lines of text."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.gemini import OfflineModel
from local.gemini.question import Picture, Question
from shared import tasks
from shared.intake import recipes
from shared.model import Findings, Size
from tests.photos import jpeg

ROOT = Path(__file__).parents[3]
RECEIPT = ROOT / "samples/receipt.jpg"
EXTRACT = tasks.find("extract")


@pytest.fixture(scope="module")
def model() -> OfflineModel:
    return OfflineModel()


def filled(model: OfflineModel, picture: bytes, fields: dict[str, Any], size: Size) -> Findings:
    """What the pipeline reads of the model's answer."""
    request = {**EXTRACT.defaults, "fields": fields}
    config = {
        "responseMimeType": "application/json",
        "responseJsonSchema": EXTRACT.schema(request),
    }
    asked = Question(
        "offline-model",
        EXTRACT.prompt(request),
        (Picture(picture, "image/jpeg"),),
        config=config,
    )
    text = model(asked).parts[0]["text"]
    return EXTRACT.read(str(text), [size], request)


def test_the_sample_receipt_is_filled_in_as_its_recipe_asks(model: OfflineModel) -> None:
    text = (ROOT / "recipes.toml").read_text("utf-8")
    (recipe,) = (each for each in recipes.parse(text) if each.name == "receipts")

    found = filled(model, RECEIPT.read_bytes(), recipe.settings["fields"], Size(900, 1200))

    values = {name: each.value for name, each in found.fields.items()}
    assert values["merchant"] == "CORNER GROCER"
    assert values["date"] == "2026-03-14"
    assert values["total"] == 20
    assert len(values["items"]) == 6
    assert {"name": "Rye bread", "price": 3.8} in values["items"]
    assert all(each.found for each in found.fields.values())
    assert [each.label for each in found.objects][:4] == ["merchant", "date", "total", "items 1"]
    assert found.problems == ()


def test_what_it_does_not_find_is_not_found_and_said(model: OfflineModel) -> None:
    fields = {
        "total": {"type": "number"},
        "vat_id": {"type": "string"},
        "paid": {"type": "choice", "choices": ["Cash", "Card"]},
        "signed": {"type": "boolean"},
    }

    found = filled(model, RECEIPT.read_bytes(), fields, Size(900, 1200))

    assert {name: each.value for name, each in found.fields.items()} == {
        "total": 20,
        "vat_id": None,
        "paid": "Cash",
        "signed": None,
    }
    (problem,) = found.problems
    assert problem.code == "offline_cannot"
    assert problem.sentence.endswith("It found none for vat_id, signed.")


def test_a_photo_without_text_fills_nothing_in(model: OfflineModel) -> None:
    fields = {
        "total": {"type": "number"},
        "rows": {"type": "list", "fields": {"a": {"type": "date"}}},
    }

    found = filled(model, jpeg(), fields, Size(96, 64))

    assert [each.found for each in found.fields.values()] == [False, False]
    assert json.dumps([each.code for each in found.problems]) == '["offline_cannot"]'
