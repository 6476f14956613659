"""Forms as models fill them in: exact, repaired or refused, and said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import codec
from shared.answers import filled
from shared.errors import BadAnswer, Refused
from shared.form import Field
from shared.model import Box, Filled, Findings, Size

SIZE = Size(1000, 500)
FIELDS = (
    Field("total", "number", required=True),
    Field("day", "date"),
    Field("paid", "choice", choices=("cash", "card")),
    Field("shop", "string"),
    Field("open", "boolean"),
    Field("count", "integer"),
    Field("items", "list", fields=(Field("name", "string"), Field("price", "number"))),
)
NAMES = [each.name for each in FIELDS]
KINDS = {"total": (int, float), "day": str, "paid": str, "shop": str, "open": bool, "count": int}


def read(answer: str, *names: str) -> Findings:
    """What is read of the answer, asked for these fields; without names, for total alone."""
    wanted = [each for each in FIELDS if each.name in (names or ("total",))]
    return filled.read(answer, wanted, SIZE)


def field(value: Any, **more: Any) -> dict[str, Any]:
    return {"found": True, "value": value, **more}


def codes(found: Findings) -> set[str]:
    return {each.code for each in found.problems}


def test_an_exact_answer_is_exact_and_stands_in_pixels() -> None:
    answer = json.dumps(
        {
            "total": field(12.5, box_2d=[100, 100, 200, 300]),
            "day": field("2026-11-30", box_2d=[0, 0, 100, 100]),
            "paid": field("card"),
            "shop": {"found": False},
            "open": field(value=False),
            "count": field(3),
            "items": field([{"box_2d": [500, 0, 600, 1000], "name": "Milk", "price": 1.2}]),
        }
    )

    found = read(answer, *NAMES)

    row = Box(0, 250, 1000, 300)
    assert found.problems == ()
    assert found.complete
    assert found.fields["total"] == Filled(True, 12.5, 12.5, Box(100, 50, 300, 100))
    assert found.fields["shop"] == Filled(found=False)
    assert found.fields["open"].value is False
    assert found.fields["items"] == Filled(
        found=True,
        value=[{"name": "Milk", "price": 1.2}],
        raw=[{"name": "Milk", "price": 1.2}],
        shapes=(row,),
    )
    assert [(each.label, each.shape) for each in found.objects] == [
        ("total", Box(100, 50, 300, 100)),
        ("day", Box(0, 0, 100, 50)),
        ("items 1", row),
    ]


TOTAL = '"total": {"found": true, "value": 12.5}'
HOSTILE = [  # the answer, what total is, and the code of a problem
    ("{" + TOTAL + "}", 12.5, None),
    ("```json\n{" + TOTAL + "}\n```", 12.5, None),
    ("Here it is: {" + TOTAL + "} I hope it helps.", 12.5, None),
    ("{" + TOTAL + ", }", 12.5, "trailing_comma"),
    ("{" + TOTAL, 12.5, "cut_off"),
    ("{" + TOTAL.replace('"', "'") + "}", 12.5, "single_quotes"),
    ("[{" + TOTAL + "}]", 12.5, None),
    ('{"fields": {' + TOTAL + "}}", 12.5, None),
    ('{"extract": {"fields": {' + TOTAL + "}}}", 12.5, None),
    (json.dumps("{" + TOTAL + "}"), 12.5, "double_encoded"),
    ('{"Total": {"found": true, "value": 12.5}}', 12.5, None),
    ('{"TOTAL ": {"Found": true, "Value": 12.5}}', 12.5, None),
    ('[{"field": "total", "found": true, "value": 12.5}]', 12.5, None),
    ('[{"name": "total", "value": 12.5}]', 12.5, None),
    ('{"total": 12.5}', 12.5, "value_bare"),
    ('{"total": "12.5"}', 12.5, "value_bare"),
    ('{"total": {"value": 12.5}}', 12.5, None),
    ('{"total": {"found": "true", "value": 12.5}}', 12.5, None),
    ('{"total": {"found": "yes", "value": "12,50"}}', 12.5, "number_from_text"),
    ('{"total": {"found": true, "value": "1.234,56 EUR"}}', 1234.56, "number_from_text"),
    ('{"total": {"found": true, "value": "1,234"}}', None, "number_ambiguous"),
    ('{"total": {"found": true, "value": "a lot"}}', None, "value_misfit"),
    ('{"total": {"found": true, "value": true}}', None, "value_misfit"),
    ('{"total": {"found": true, "value": [1, 2]}}', None, "value_nested"),
    ('{"total": {"found": true, "value": {"amount": 3}}}', None, "value_nested"),
    ('{"total": {"found": true, "value": NaN}}', None, "value_misfit"),
    ('{"total": {"found": true, "value": 1e400}}', None, "value_misfit"),
    ('{"total": {"found": true, "value": ' + "9" * 400 + "}}", None, "value_misfit"),
    ('{"total": {"found": true, "value": "' + "9" * 1_000_000 + '"}}', None, "value_misfit"),
    ('{"total": {"found": true, "value": "x' + "=" * 1_000_000 + '"}}', None, "value_misfit"),
    ('{"total": {"found": true, "value": null}}', "absent", "found_without_value"),
    ('{"total": {"found": true}}', "absent", "found_without_value"),
    ('{"total": {"found": true, "value": "null"}}', "absent", "null_word"),
    ('{"total": {"found": true, "value": "N/A"}}', "absent", "null_word"),
    ('{"total": {"found": true, "value": []}}', "absent", "found_without_value"),
    ('{"total": {"found": false}}', "absent", "field_missing"),
    ('{"total": {"found": false, "value": 12.5}}', "absent", "value_not_found"),
    ('{"total": {"found": false, "value": 0}}', "absent", "value_not_found"),
    ('{"total": null}', "absent", "field_missing"),
    ('{"total": "not found"}', "absent", "null_word"),
    ('{"total": {}}', "absent", "field_missing"),
    ('{"total": 1, "total": 2}', 2, "field_twice"),
    ('{"total": 1, "total": 1}', 1, "value_bare"),
    ('{"total": {"found": true, "value": 1}} {"total": {"found": true, "value": 2}}', 2, None),
    ("{" + TOTAL + ', "verdict": "allow", "ok": [1, 2, {"a": 3}]}', 12.5, None),
    ('{"total": {"found": true, "value": 12.5, "confidence": "high"}}', 12.5, None),
    (
        '{"total": {"found": true, "value": 12.5, "box_2d": [1, 2, 3]}}',
        12.5,
        "place_unusable",
    ),
    (
        '{"total": {"found": true, "value": 12.5, "box_2d": [5, 5, 5, 5]}}',
        12.5,
        "place_unusable",
    ),
    (
        '{"total": {"found": true, "value": 12.5, "box_2d": [200, 300, 100, 100]}}',
        12.5,
        "place_repaired",
    ),
    ('{"total": {"found": true, "value": 12.5, "box_2d": null}}', 12.5, None),
    ('{"total": {"found": true, "value": 12.5, "box_2d": []}}', 12.5, None),
    ("[]", "bad", None),
    ("{}", "bad", None),
    ("null", "bad", None),
    ("12.5", "bad", None),
    ("", "bad", None),
    ('{"sum": 12.5}', "bad", None),
    ('"12.5"', "bad", None),
    ("[" * 100_000, "bad", None),
    ('{"a":' * 100_000, "bad", None),
    ('{"total": {"found": true, "value": ' + "[" * 100 + "]" * 100 + "}}", "absent", "too_much"),
    ("I can't help with that.", "refused", None),
    ("\x00\ufeff{" + TOTAL + "}", 12.5, None),
]


@pytest.mark.parametrize(("answer", "total", "code"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_answer_is_exact_repaired_or_refused_and_said(
    answer: str, total: Any, code: str | None
) -> None:
    if total in ("bad", "refused"):
        with pytest.raises(Refused if total == "refused" else BadAnswer):
            read(answer)
        return

    found = read(answer)

    held = found.fields["total"]
    assert held.found == (total != "absent")
    assert held.value == (None if total == "absent" else total)
    assert code is None or code in codes(found)
    assert ("field_missing" in codes(found)) == (total == "absent")
    assert len(codec.encode(held)) < 10_000


def test_there_are_sixty_of_them() -> None:
    assert len(HOSTILE) >= 60


def test_a_form_that_breaks_off_keeps_its_whole_fields() -> None:
    found = read(
        '{"total": {"found": true, "value": 3}, "shop": {"found": true, "val', "total", "shop"
    )

    assert not found.complete
    assert found.fields["total"].value == 3
    assert not found.fields["shop"].found


def test_rows_are_read_one_by_one() -> None:
    rows = [
        {"name": "Milk", "price": "1,20"},
        {"Name": "Bread", "Price": None, "more": 1},
        "Butter 3.10",
        {"name": {"value": "Jam"}, "price": "many"},
    ]

    found = read(json.dumps({"total": field(1), "items": field(rows)}), "total", "items")

    assert found.fields["items"].value == [
        {"name": "Milk", "price": 1.2},
        {"name": "Bread", "price": None},
        {"name": "Jam", "price": None},
    ]
    assert codes(found) == {"number_from_text", "row_unreadable", "value_misfit"}


def test_a_list_without_end_is_cut() -> None:
    rows = [{"name": str(number)} for number in range(150)]

    found = read(json.dumps({"total": field(1), "items": field(rows)}), "total", "items")

    assert len(found.fields["items"].value) == 100
    assert "too_many_rows" in codes(found)


def test_what_the_model_cannot_do_is_a_problem_and_no_field_is_found() -> None:
    found = read('{"offline_cannot": "It has no eyes."}', "total", "shop")

    assert [each.found for each in found.fields.values()] == [False, False]
    assert "offline_cannot" in codes(found)


def test_places_in_pixels_are_told_by_the_whole_form() -> None:
    answer = {
        "total": field(1, box_2d=[100, 1300, 200, 1900]),
        "shop": field("a", box_2d=[900, 1100, 980, 1500]),
    }
    wanted = [each for each in FIELDS if each.name in answer]

    found = filled.read(json.dumps(answer), wanted, Size(2000, 1000))

    assert found.fields["total"].shape == Box(1300, 100, 1900, 200)
    assert found.fields["total"].provenance == "repaired"
    assert "pixels" in codes(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*NAMES, "found", "value", "box_2d", "name", "fields"]), inner
        )
    ),
    max_leaves=25,
)


@given(JSON | st.fixed_dictionaries(dict.fromkeys(NAMES, JSON)), st.integers(0, 400))
def test_whatever_comes_every_field_is_there_and_every_value_of_its_type(
    answer: Any, cut: int
) -> None:
    text = json.dumps(answer)
    for given_text in (text, text[:cut]):
        try:
            found = read(given_text, *NAMES)
        except (BadAnswer, Refused):
            continue
        assert [*found.fields] == NAMES
        for name, held in found.fields.items():
            if held.value is not None and name in KINDS:
                assert isinstance(held.value, KINDS[name])
                assert isinstance(held.value, bool) == (name == "open")
            if held.value is not None and name == "paid":
                assert held.value in ("cash", "card")
            assert held.found or held.value is None
        for each in found.objects:
            assert isinstance(each.shape, Box)
            assert 0 <= each.shape.left < each.shape.right <= SIZE.width
        codec.decode(codec.encode(found.fields), dict[str, Filled])
