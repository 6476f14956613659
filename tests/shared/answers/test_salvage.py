import json
import random
import time
from contextlib import suppress
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.answers import salvage
from shared.answers.problems import HARMLESS, REPAIRS
from shared.answers.values import Mended, Unfinished
from shared.errors import BadAnswer

A = {"box_2d": [1, 2, 3, 4], "label": "a"}
B = {"box_2d": [5, 6, 7, 8], "label": "b"}
a, b = json.dumps(A), json.dumps(B)


def read(text):
    found = salvage.read(text)
    return found.value, found.complete, set(found.repairs)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"```json\n[{a}, {b}]\n```", id="plain"),
        pytest.param(f"   ```json\r\n   [{a}, {b}]\r\n   ```  ", id="indented, CRLF"),
        pytest.param(f"```JSON\n[{a}, {b}]\n```", id="upper case"),
        pytest.param(f"```\n[{a}, {b}]\n```", id="no language"),
        pytest.param(f"```json [{a}, {b}]```", id="on one line"),
        pytest.param(f"```json\n[{a}, {b}]", id="never closed"),
        pytest.param(f"\ufeff```json5\n[{a}, {b}]\n```", id="byte order mark"),
    ],
)
def test_a_fence_is_taken_off(text):
    assert read(text) == ([A, B], True, {"fence"})


@pytest.mark.parametrize(
    ("text", "value", "repairs"),
    [
        pytest.param(f"[{a}, {b}]", [A, B], set(), id="nothing to do"),
        pytest.param(f"\ufeff [{a},\r\n {b}]\r\n", [A, B], set(), id="byte order mark, CRLF"),
        pytest.param("[]", [], set(), id="empty list"),
        pytest.param("null", None, set(), id="null"),
        pytest.param(f"Here [ok] they are:\n[{a}] Enjoy!", [A], {"prose"}, id="prose"),
        pytest.param("I found nothing: []", [], {"prose"}, id="prose, empty list"),
        pytest.param(
            f"Use ```json fences. [{a}]", [A], {"fence", "prose"}, id="a fence named in prose"
        ),
        pytest.param(
            f"As [ymin, xmin:\n```json\n[{a}]\n```\nDone.", [A], {"fence", "prose"}, id="[ in prose"
        ),
        pytest.param('[{"label": "```json"}]', [{"label": "```json"}], set(), id="fence in text"),
        pytest.param(
            '[{"label": "```json"},]', [{"label": "```json"}], {"trailing_comma"}, id="and mended"
        ),
        pytest.param(f"[{a}, {b},]", [A, B], {"trailing_comma"}, id="trailing comma in list"),
        pytest.param('{"x": 1,}', {"x": 1}, {"trailing_comma"}, id="trailing comma in object"),
        pytest.param(f"[{a}, // one\n{b} /* ] */ # x\n]", [A, B], {"comment"}, id="comments"),
        pytest.param(
            '[{"u": "http://x", "v": 1,}]',
            [{"u": "http://x", "v": 1}],
            {"trailing_comma"},
            id="no comment in text",
        ),
        pytest.param(f"[{a}}}, {b}]", [A, B], {"doubled_closer"}, id="doubled brace"),
        pytest.param(f"[{a}, {b}]]", [A, B], {"doubled_closer"}, id="doubled bracket"),
        pytest.param(
            f'{{"boxes": [{a}, {b}]}}}}', {"boxes": [A, B]}, {"doubled_closer"}, id="at the end"
        ),
        pytest.param(
            f'{{"boxes": [{a}}}, {b}]}}', {"boxes": [A, B]}, {"doubled_closer"}, id="in a wrapper"
        ),
        pytest.param(
            f'[{{"box_2d": [1, 2, 3, 4]], "label": "a"}}, {b}]',
            [A, B],
            {"doubled_closer"},
            id="doubled bracket of a box",
        ),
        pytest.param(
            f'[{{"label": "a", "box_2d": [1, 2, 3, 4}}, {b}]',
            [A, B],
            {"missing_closer"},
            id="missing bracket of a box",
        ),
        pytest.param(
            f'[{{"box_2d": [1, 2, 3, 4, "label": "a"}}, {b}]',
            [A, B],
            {"missing_closer"},
            id="missing bracket before a key",
        ),
        pytest.param(
            f'[{b}, {{"box_2d": [1, 2, 3, 4], "label": "a"]',
            [B, A],
            {"missing_closer"},
            id="missing brace at the end",
        ),
        pytest.param(
            f'[{{"box_2d": [1, 2, 3, 4], "label": "a"], {b}]',
            [A, B],
            {"missing_closer"},
            id="bracket for a brace",
        ),
        pytest.param('[{"x": -Infinity}]', [{"x": -inf}], set(), id="infinity"),
        pytest.param("[{'x': -Infinity}]", [{"x": -inf}], {"single_quotes"}, id="as Python"),
        pytest.param(
            "[{'x': None, 'y': True, 'z': False}]",
            [{"x": None, "y": True, "z": False}],
            {"single_quotes", "odd_word"},
            id="Python words",
        ),
        pytest.param(
            """[{'x': 'it's', 'y': '"'}]""",
            [{"x": "it's", "y": '"'}],
            {"single_quotes", "inner_quotes"},
            id="apostrophe",
        ),
        pytest.param('[{"x": "a\n\tb"}]', [{"x": "a\n\tb"}], set(), id="line break in text"),
        pytest.param(
            r'[{"x": "a\_b \d \u12 \ud83d\ude00"}]',
            [{"x": "a_b \\d \\u12 \U0001f600"}],
            {"escape"},
            id="escapes that are none",
        ),
        pytest.param(
            '[{"x": "cat"猫, "y": 1}]',
            [{"x": "cat", "y": 1}],
            {"stray_text"},
            id="characters after a text",
        ),
        pytest.param(
            '[{"x": "the "red" car", "y": 1}]',
            [{"x": 'the "red" car', "y": 1}],
            {"inner_quotes"},
            id="quotes in a text",
        ),
        pytest.param(
            '[{"mask": "<start_of_mask>_box_2d": [1, 2, 3, 4], "label": "a"}]',
            [{"mask": "<start_of_mask>", **A}],
            {"run_together"},
            id="text runs into the next key",
        ),
        pytest.param(
            '[{"label": "a, "box_2d": [1, 2, 3, 4]}]',
            [{"label": "a", "box_2d": [1, 2, 3, 4]}],
            {"run_together", "inner_quotes"},
            id="quote missing on one line",
        ),
        pytest.param(
            f'[{{"label": "a\n}},\n{b}]', [{"label": "a"}, B], {"open_string"}, id="quote missing"
        ),
        pytest.param("{x: 1, y: red car}", {"x": 1, "y": "red car"}, {"bare_word"}, id="bare"),
        pytest.param("[{'x': 85%}]", [{"x": "85%"}], {"single_quotes", "bare_word"}, id="percent"),
        pytest.param('{"x": 1 "y": 2}', {"x": 1, "y": 2}, {"missing_separator"}, id="separators"),
        pytest.param(f"[{a} {b}]", [A, B], {"missing_separator"}, id="missing comma"),
        pytest.param("[1,,3,?]", [1, None, 3, None], {"stray_text"}, id="a gap keeps its place"),
        pytest.param(f"{{{a}}}", {"0": A}, {"stray_text"}, id="doubled opening brace"),
        pytest.param(f"{a}\n{b}", [A, B], {"json_lines"}, id="one object per line"),
        pytest.param(f"{a},\n{b}", [A, B], {"json_lines"}, id="a list without brackets"),
        pytest.param(
            f"E.g. [{a}]. Here: [{b}]", [B], {"prose", "several_values"}, id="the last of equals"
        ),
        pytest.param(f"[{a}] as in [1].", [A], {"prose"}, id="places before later numbers"),
        pytest.param(f'[{a}] {{"note": 1}}', [A], set(), id="places before later objects"),
        pytest.param('{"note": 1} as in [2]', {"note": 1}, {"prose"}, id="objects before numbers"),
    ],
)
def test_a_fault_is_repaired_and_reported(text, value, repairs):
    assert read(text) == (value, True, repairs)


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "There is no such object.", "None [see above]", "```json\n```", "{y}", "]}", "\\"],
)
def test_prose_is_no_empty_list(text):
    with pytest.raises(BadAnswer):
        salvage.read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("[", [], id="at once"),
        pytest.param(f"[{a}, {b}", [A, B], id="before the last bracket"),
        pytest.param(f"[{a}, {b}\n```", [A, B], id="a fence closes what is open"),
        pytest.param(f'[{a}, {{"box_2d": [5, 6, 7, 8], "la', [A], id="in a key"),
        pytest.param(f'[{a}, {{"label": "b", "box_2d": [5, 6, 7, 8', [A], id="in a number"),
        pytest.param(f'[{a}, {{"mask": "{"j4+P" * 500}', [A], id="an endless text"),
        pytest.param(f'{{"note": "x", "boxes": [{a}, {{', {"note": "x", "boxes": [A]}, id="wrap"),
        pytest.param(f'{{"boxes": [{a}], "note": "tr', {"boxes": [A]}, id="behind the list"),
        pytest.param(
            f'{{"r": [{{"d": [{a}, {b}, {{"bo', {"r": [{"d": [A, B]}]}, id="lists in a list"
        ),
        pytest.param(f'[{{"d": [{a}], "n": "tr', [{"d": [A]}], id="behind an inner list"),
        pytest.param(f'[{a}, {{"mask": [[1, 2], [3', [A], id="in a polygon"),
        pytest.param('{"tags": ["x", "y', {"tags": ["x"]}, id="in a list of texts"),
        pytest.param("[tru", [], id="in a word"),
        pytest.param("[10, 20, 3", [10, 20], id="in a number that may go on"),
        pytest.param("[10, 20, 3 ", [10, 20, 3], id="behind a number"),
    ],
)
def test_a_text_that_breaks_off_keeps_all_that_was_whole(text, value):
    found, complete, repairs = read(text)

    assert (found, complete) == (value, False)
    assert "cut_off" in repairs


def test_only_the_object_that_breaks_off_is_marked_unfinished():
    found = salvage.read(f'{{"boxes": [{a}, {{').value

    assert isinstance(found, Unfinished)
    assert type(found["boxes"][0]) is dict


def test_only_the_object_that_was_mended_is_marked():
    first, second = salvage.read(f'[{{"x": 1,}}, {a},]').value

    assert isinstance(first, Mended)
    assert type(second) is dict


def test_an_object_whose_list_was_mended_is_marked():
    assert isinstance(salvage.read('[{"box_2d": [1, 2,]}]').value[0], Mended)


@pytest.mark.parametrize("text", ["[" * 5000 + "]" * 5000, '{"a":' * 900 + "1" + "}" * 900])
def test_nesting_without_end_is_cut_short(text):
    value, complete, repairs = read(text)

    assert not complete
    assert "too_much" in repairs
    assert len(repr(value)) < 1000


def test_more_values_than_any_answer_has_are_reported_as_unread():
    _, complete, repairs = read("[1] " * 5000)

    assert not complete
    assert "too_much" in repairs


def test_every_repair_has_a_sentence():
    assert all(sentence.endswith(".") for sentence in REPAIRS.values())
    assert set(REPAIRS) >= HARMLESS


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
FLAT = st.dictionaries(st.text(), SCALARS | st.lists(st.integers(), max_size=5), max_size=4)
NESTED = st.recursive(
    SCALARS, lambda it: st.lists(it, max_size=4) | st.dictionaries(st.text(), it, max_size=4)
)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.lists(FLAT, max_size=5), st.booleans(), st.sampled_from([None, 1]), st.data())
def test_a_cut_anywhere_in_a_list_keeps_every_whole_object_and_invents_none(
    objects, ascii_only, indent, data
):
    text = json.dumps(objects, ensure_ascii=ascii_only, indent=indent)
    cut = data.draw(st.integers(1, max(1, len(text) - 1)))
    whole = sum(1 for end in _ends(text) if end <= cut)

    found = salvage.read(text[:cut])

    assert found.value == objects[:whole]
    assert found.complete == (cut == len(text))


def _ends(text):
    """Where each object of a JSON list ends."""
    decoder, at, ends = json.JSONDecoder(), 1, []
    while (at := text.find("{", at)) >= 0:
        at = decoder.raw_decode(text, at)[1]
        ends.append(at)
    return ends


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(NESTED, min_size=1) | st.dictionaries(st.text(), NESTED, min_size=1))
def test_the_tolerant_reading_of_sound_json_is_the_strict_one(value):
    fenced = f"```json\n{json.dumps(value)}\n```"

    assert read(fenced) == (value, True, {"fence"})


PIECES = [
    *("[", "]", "{", "}", ",", ":", '"', "'", "\\", "`", "```", "/*", "*/", "//", "#", "\n", " "),
    *("a", "1", "-", ".", "e", "NaN", "None", '"box_2d"', "[1,2,3,4]", '"a"', "猫", "\ud800", "\0"),
]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_read_or_is_a_bad_answer(text):
    try:
        found = salvage.read(text)
    except BadAnswer:
        return

    assert found.complete == (not {"cut_off", "too_much"} & set(found.repairs))
    assert set(found.repairs) <= set(REPAIRS)


UNITS = [
    *("[", "[1,", "{", '{"a":', '"', "\\", "'", '["', "[]", "{}", "[a]", "[ ", " ", "\t", "\n"),
    *('["a\n', "['\n[\"", '[{"a":"b"c"', "[/*", "[//", "[# ", "1,", "1", "}", "]", '{"a":[}'),
    *('["a"b', '["a"b"', "```", "{a:", '{"a":"b":', "\"\nx'", "aaaa", "a ", "-", '"a"]', "\ufeff"),
]
RANDOM = random.Random(7)
HOSTILE = {
    **{
        f"{lead!r} then {unit!r}": lead + unit * 100_000
        for unit in UNITS
        for lead in ("", '[{"a":["')
    },
    **{f"soup {n}": "[{" + "".join(RANDOM.choices(UNITS, k=60_000)) for n in range(4)},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_long(name):
    text = HOSTILE[name][:100_000]
    start = time.process_time()
    with suppress(BadAnswer):
        salvage.read(text)

    assert time.process_time() - start < 1.5  # a quadratic reading takes minutes
