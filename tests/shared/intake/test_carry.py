"""Metadata that goes with results: the keys that a recipe names, and no others."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gemini import replies
from shared import naming
from shared.intake import recipes
from shared.intake.recipes import Recipe, Traits, reading
from shared.intake.recipes.recipe import MOST_CARRIED
from shared.model import ImageRef, Job
from testbed.cloud import Cloud
from tests.jobs import SCHEMA
from tests.photos import jpeg

RECIPE = """
[[recipe]]
name = "orders"
match = "**"
tasks = ["detect"]
carry = ["order", "Customer"]
"""
GIVEN = {"order": "4711", "customer": "Ann", "secret": "x", "darkroom-prompt": "y"}


def job(metadata: dict[str, str], ref: ImageRef | None = None) -> Job:
    (recipe,) = recipes.parse(RECIPE)
    carried, _ = recipe.carried(Traits.of("a.jpg", "image/jpeg", metadata))
    (made,) = recipe.jobs(ref or ImageRef("b", "a.jpg", 1), model="m", carried=carried)
    return made


def test_named_keys_go_with_the_job_in_any_case_and_no_others_do() -> None:
    assert job(GIVEN).carried == {"order": "4711", "Customer": "Ann"}
    assert job({"ORDER": "1"}).carried == {"order": "1"}
    assert job({}).carried == {}


def test_what_is_carried_is_no_part_of_the_question() -> None:
    assert job(GIVEN).key == job({}).key


def test_it_stands_in_the_record_and_in_its_event(quiet: Cloud) -> None:
    quiet.script(replies.boxes([]))
    wanted = job(GIVEN, quiet.upload("a.jpg", jpeg()))

    assert quiet.deliver(wanted).ok

    record = json.loads(quiet.result(naming.folder(wanted) + "result.json"))
    jsonschema.validate(record, SCHEMA)
    assert record["images"][0]["metadata"] == {"order": "4711", "Customer": "Ann"}
    (told,) = quiet.announced()
    assert told["data"]["images"][0]["metadata"] == {"order": "4711", "Customer": "Ann"}
    assert "secret" not in json.dumps(record)


def test_a_record_without_any_has_no_such_member(quiet: Cloud) -> None:
    quiet.script(replies.boxes([]))
    wanted = job({}, quiet.upload("a.jpg", jpeg()))

    assert quiet.deliver(wanted).ok

    assert (
        "metadata"
        not in json.loads(quiet.result(naming.folder(wanted) + "result.json"))["images"][0]
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('"order"', "must be a list of at most 20 keys"),
        ("[1]", "must be a list of at most 20 keys"),
        ('[""]', "must be a list of at most 20 keys"),
        (f"{['k'] * 21}", "must be a list of at most 20 keys"),
    ],
)
def test_what_is_no_list_of_keys_is_refused(value: str, said: str) -> None:
    text = RECIPE.replace('["order", "Customer"]', value.replace("'", '"'))

    (fault,) = reading.read(text).faults

    assert said in str(fault)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text(max_size=1_500)))
def test_no_more_is_carried_than_there_is_room_for(metadata: dict[str, str]) -> None:
    recipe = Recipe("r", recipes.parse(RECIPE)[0].condition, ("detect",), carry=("a", "b", "c"))

    taken, lacking = recipe.carried(Traits("x", None, metadata))

    total: Any = sum(
        len(f"{key}{value}".encode("utf-8", "replace")) for key, value in taken.items()
    )
    assert total <= MOST_CARRIED
    assert {*taken, *lacking} == {*metadata}
    assert all(taken[key] == metadata[key] for key in taken)
