"""Forms: what recipes and job files may ask for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import form
from shared.form import Field
from shared.intake.recipes import reading

TEXT = {"type": "string"}
FORM = {
    "total": {"type": "number", "what": "What was paid.", "required": True},
    "kind": {"type": "choice", "choices": ["in", "out"]},
    "items": {"type": "list", "fields": {"name": TEXT, "price": {"type": "number"}}},
}


def test_a_form_is_read_in_its_order() -> None:
    assert form.complaint(FORM) is None
    assert form.read(FORM) == (
        Field("total", "number", "What was paid.", required=True),
        Field("kind", "choice", choices=("in", "out")),
        Field("items", "list", fields=(Field("name", "string"), Field("price", "number"))),
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "must be a table with a table for each field"),
        ([], "must be a table with a table for each field"),
        ("total", "must be a table with a table for each field"),
        ({"Total": TEXT}, "has the name 'Total'"),
        ({"../x": TEXT}, "has the name '../x'"),
        ({"<b>": TEXT}, "has the name '<b>'"),
        ({"=1+1": TEXT}, "has the name '=1+1'"),
        ({"a" * 41: TEXT}, "a name has 1 to 40 of a-z"),
        ({"total\n": TEXT}, "has the name"),
        ({"a": "string"}, "a must be a table"),
        ({"a": {}}, "a.type must be one of string, number"),
        ({"a": {"type": "text"}}, "a.type must be one of string, number"),
        ({"a": {"type": ["string"]}}, "a.type must be one of string, number"),
        ({"a": {"type": "string", "maximum": 3}}, "a has 'maximum'; there are: choices"),
        ({"a": {"type": "string", "what": 7}}, "a.what must be a text"),
        ({"a": {"type": "string", "what": "x" * 501}}, "at most 500 characters"),
        ({"a": {"type": "string", "required": "yes"}}, "a.required must be true or false"),
        ({"a": {"type": "choice"}}, "a.choices is for the type choice, which needs it"),
        ({"a": {"type": "string", "choices": ["x", "y"]}}, "a.choices is for the type choice"),
        ({"a": {"type": "choice", "choices": ["x"]}}, "a.choices must be a list of 2 to 50"),
        ({"a": {"type": "choice", "choices": ["x", 2]}}, "must be texts that are not empty"),
        ({"a": {"type": "choice", "choices": ["x", " "]}}, "must be texts that are not empty"),
        ({"a": {"type": "choice", "choices": ["A-b", "a B"]}}, "has the same choice twice"),
        ({"a": {"type": "choice", "choices": ["x", "y" * 101]}}, "at most 100 characters"),
        ({"a": {"type": "list"}}, "a.fields is for the type list, which needs it"),
        ({"a": {"type": "list", "fields": {}}}, "a.fields must be a table with a table"),
        ({"a": {"type": "list", "fields": {"b": {"type": "list"}}}}, "a.fields.b.type must be"),
        ({"a": {"type": "string", "fields": {"b": TEXT}}}, "a.fields is for the type list"),
        ({f"f{number}": TEXT for number in range(61)}, "has 61 fields"),
        (
            {"a": {"type": "list", "fields": {f"f{n}": TEXT for n in range(60)}}, "b": TEXT},
            "has 61 fields, those of lists counted; 60 are the limit",
        ),
    ],
)
def test_what_is_wrong_with_a_form_is_said(wrong: Any, said: str) -> None:
    assert said in (form.complaint(wrong) or "")


def test_a_recipe_with_a_wrong_form_is_refused_by_name() -> None:
    text = """
        [[recipe]]
        name = "receipts"
        match = "**"
        tasks = ["extract"]
        fields = { total = { type = "money" } }
    """

    (fault,) = reading.read(text).faults

    assert str(fault) == (
        "recipe 1 (receipts): fields total.type must be one of "
        "string, number, integer, boolean, date, choice, list"
    )


@pytest.mark.parametrize("line", ["", "fields = {}"])
def test_a_recipe_without_a_form_is_refused(line: str) -> None:
    text = f'[[recipe]]\nname = "a"\nmatch = "**"\ntasks = ["extract"]\n{line}'

    (fault,) = reading.read(text).faults

    assert "fields is missing; extract needs it" in str(fault) or "fields must be a table" in str(
        fault
    )


SIMPLE = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9))
TREES = st.recursive(
    SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
)
ROWS = st.dictionaries(
    st.sampled_from(["type", "what", "required", "choices", "fields"]),
    st.sampled_from(["string", "choice", "list", True, ["a", "b"], {"a": TEXT}]) | TREES,
)


@given(st.dictionaries(st.sampled_from(["a", "b_2", "C", "../"]), ROWS) | TREES)
def test_whatever_is_given_is_read_or_refused_with_a_sentence(given_form: Any) -> None:
    said = form.complaint(given_form)

    if said is None:
        assert [each.name for each in form.read(given_form)] == list(given_form)
    else:
        assert said.strip() == said.strip("\n ")
        assert len(said) < 1_000
