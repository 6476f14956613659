"""What a model says that it could not do is a problem, and changes nothing else."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import answers, tasks
from shared.answers import classes, lines, prose, shortfall
from shared.errors import BadAnswer
from shared.model import CANNOT, Findings, Problem
from shared.moderation import CATEGORIES
from tests.shared.answers.oracle import SIZE, Thing, found, plain, things

CAR = {"box_2d": [100, 100, 300, 300], "label": "car"}
NO_SHOE = 'The offline model has no word for "shoe".'
SAID = {CANNOT: NO_SHOE}
GENERAL = "The offline model cannot do this; a model behind a key can."


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [each.code for each in problems]


def said(problems: tuple[Problem, ...]) -> list[str]:
    """The sentences, which are of the answer as a whole."""
    assert all(each.item is None for each in problems if each.code == CANNOT)
    return [each.sentence for each in problems if each.code == CANNOT]


@pytest.mark.parametrize("name", ["detect", "segment", "read_text"])
@pytest.mark.parametrize(
    ("answer", "labels"),
    [
        pytest.param([CAR, SAID], ["car"], id="behind"),
        pytest.param([SAID, CAR], ["car"], id="in front"),
        pytest.param([SAID, CAR, SAID], ["car"], id="twice"),
        pytest.param({"boxes": [CAR, SAID]}, ["car"], id="under boxes"),
        pytest.param({"boxes": [CAR], **SAID}, ["car"], id="beside boxes"),
        pytest.param([{**CAR, **SAID}], ["car"], id="in an item"),
        pytest.param([[CAR], [SAID]], ["car"], id="in a list of its own"),
        pytest.param({"boxes": [SAID]}, [], id="alone under boxes"),
        pytest.param({"boxes": [], **SAID}, [], id="beside nothing"),
        pytest.param([SAID], [], id="alone in a list"),
        pytest.param([[SAID]], [], id="alone in a list in a list"),
        pytest.param(SAID, [], id="alone"),
    ],
)
def test_what_was_found_beside_it_is_found_as_ever(
    name: str, answer: Any, labels: list[str]
) -> None:
    asked = tasks.find(name)

    read = asked.read(json.dumps(answer), [SIZE], asked.defaults)

    assert [each.label for each in read.objects] == labels
    assert said(read.problems) == [NO_SHOE]
    assert set(codes(read.problems)) <= {CANNOT, "mask_missing"}
    assert read.complete


@pytest.mark.parametrize(
    ("answer", "labels"),
    [
        pytest.param([{"label": "cat", "score": 0.9}, SAID], ["cat"], id="behind"),
        pytest.param([SAID, {"label": "cat", "score": 0.9}], ["cat"], id="in front"),
        pytest.param(["cat", SAID], ["cat"], id="beside a name"),
        pytest.param({"labels": ["cat"], **SAID}, ["cat"], id="beside a list"),
        pytest.param({"cat": 0.9, **SAID}, ["cat"], id="beside a score"),
        pytest.param([SAID], [], id="alone in a list"),
        pytest.param(SAID, [], id="alone"),
    ],
)
def test_it_is_no_class(answer: Any, labels: list[str]) -> None:
    read = classes.read(json.dumps(answer), ["cat", "dog"], 5)

    assert [each.name for each in read.labels] == labels
    assert codes(read.problems) == [CANNOT]
    assert read.complete


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param({"answer": "Two cars.", **SAID}, "Two cars.", id="beside the text"),
        pytest.param({**SAID, "answer": "Two cars."}, "Two cars.", id="in front of it"),
        pytest.param([{"answer": "Two cars."}, SAID], "Two cars.", id="behind it"),
        pytest.param(SAID, None, id="alone"),
        pytest.param([SAID], None, id="alone in a list"),
        pytest.param({"answer": "", **SAID}, None, id="beside an empty text"),
        pytest.param({"answer": None, **SAID}, None, id="beside null"),
    ],
)
def test_it_is_no_part_of_a_text(answer: Any, text: str | None) -> None:
    read = prose.read(json.dumps(answer), "answer")

    assert (read.text, codes(read.problems), read.complete) == (text, [CANNOT], True)


@pytest.mark.parametrize(
    ("name", "member"), [("caption", "text"), ("answer", "answer"), ("compare", "answer")]
)
def test_a_task_of_words_ends_without_words_where_nothing_else_is_said(
    name: str, member: str
) -> None:
    asked = tasks.find(name)

    read = asked.read(json.dumps(SAID), [SIZE] * 2, asked.defaults)

    assert getattr(read, member) is None
    assert said(read.problems) == [NO_SHOE]


def test_a_text_that_is_cut_off_beside_it_is_cut_off() -> None:
    read = prose.read(f'{{"{CANNOT}": "No.", "answer": "Two ca', "answer")

    assert (read.text, read.complete, codes(read.problems)) == (
        "Two ca",
        False,
        [CANNOT, "cut_off"],
    )


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param('[{"label": "car"}, {"offline_cannot": "No."}]', id="an item without a place"),
        pytest.param(
            '[{"box_2d": [1, 2], "label": "car"}, {"offline_cannot": "No."}]', id="broken"
        ),
        pytest.param('[{"offline_cannot": "N', id="cut off"),
        pytest.param('{"offline_cannot": {"box": "no"}}', id="another kind of member"),
    ],
)
def test_what_cannot_be_read_beside_it_is_still_asked_for_again(answer: str) -> None:
    with pytest.raises(BadAnswer):
        answers.objects(answer, SIZE, 25)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        pytest.param('{"offline_cannot": "No."}', [5, 5, 50, 90], id="with a place"),
        pytest.param('{"offline_cannot": "No."}', None, id="without"),
    ],
)
def test_a_sign_that_has_it_written_on_it_is_read(text: str, box: list[int] | None) -> None:
    line = {"label": text} | ({"box_2d": box} if box else {})

    read = lines.read(json.dumps([line]), SIZE, 100)
    caption = prose.read(json.dumps({"caption": f"A sign: {text}"}), "caption")

    assert (read.text, said(read.problems)) == (text, [])
    assert (caption.text, caption.problems) == (f"A sign: {text}", ())


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("No word\n for  it.", "No word for it."),
        ("No\x00 word\x1b[31m.", "No word[31m."),
        ("\ud800", "\ufffd"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        *((each, GENERAL) for each in ("", " \n", "\x00", True, False, None, 0, 1.5)),
    ],
)
def test_a_sentence_is_clean_and_short(value: Any, sentence: str) -> None:
    for answer in ({CANNOT: value}, [CAR, {CANNOT: value}]):
        read = answers.objects(json.dumps(answer), SIZE, 25)

        assert said(read.problems) == [sentence]


def test_each_sentence_is_kept_once_and_many_are_only_counted() -> None:
    listed = [{CANNOT: f"No. {number % 25}"} for number in range(100)]

    read = answers.objects(json.dumps([CAR, *listed]), SIZE, 25)

    assert said(read.problems) == [f"No. {number}" for number in range(shortfall.MOST)]
    assert read.problems[-1] == Problem("more_problems", "More problems than are listed: 15.")


FORMS: dict[str, Callable[[list[Any]], str]] = {
    "plain": json.dumps,
    "under boxes": lambda mixed: json.dumps({"boxes": mixed}),
    "in a wrapper": lambda mixed: json.dumps({"result": {"items": mixed}}),
    "in prose": lambda mixed: f"Here it is:\n\n{json.dumps(mixed)}\n\nAnything else?",
    "in a fence": lambda mixed: f"```json\n{json.dumps(mixed)}\n```",
    "encoded twice": lambda mixed: json.dumps(json.dumps(mixed)),
    "lines": lambda mixed: "\n".join(map(json.dumps, mixed)),
    "Python": repr,
    "with a comma too many": lambda mixed: json.dumps(mixed)[:-1] + ",]",
}
SENTENCES = st.lists(
    st.sampled_from(
        [NO_SHOE, "The offline model cannot read.", "No [cat], {dog}: 1, 2.", "box_2d"]
    ),
    unique=True,
    min_size=1,
)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(seen=things(least=0), told=SENTENCES, data=st.data())
def test_any_mix_gives_the_good_items_and_the_sentences(
    form: str, seen: list[Thing], told: list[str], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations([*plain(seen), *({CANNOT: each} for each in told)]))

    read = answers.objects(FORMS[form](mixed), SIZE, 25)

    assert found(read) == sorted((each.label, each.box, each.score) for each in seen)
    assert {*said(read.problems)} == {*told}
    assert read.complete


GOOD: dict[str, Any] = {
    "answer": {"answer": "A car."},
    "caption": {"caption": "A car."},
    "classify": [{"label": "car", "score": 0.5}],
    "compare": {"comparison": "A car, twice."},
    "detect": [CAR],
    "extract": {"total": {"found": True, "value": 3}},
    "moderate": {name: {"severity": 0} for name in CATEGORIES},
    "read_text": [CAR],
    "redact": [CAR],
    "segment": {"boxes": [{**CAR, "mask": [[100, 100], [300, 100], [300, 300]]}]},
}
ANYTHING = st.none() | st.booleans() | st.integers() | st.text(max_size=400)


@pytest.mark.parametrize("name", tasks.names())
@settings(max_examples=40, deadline=None, derandomize=True)
@given(told=ANYTHING)
def test_whatever_is_said_it_only_adds_a_clean_problem(name: str, told: Any) -> None:
    asked, good, item = tasks.find(name), GOOD[name], {CANNOT: told}

    def read(answer: Any) -> Findings:
        terms = {"fields": {"total": {"type": "number"}}, "redact": {"hide": ["car"]}}
        request = {**asked.defaults, **terms}
        return asked.read(json.dumps(answer), [SIZE] * 2, request)

    for mixed in ([*good, item], [item, *good]) if isinstance(good, list) else [{**good, **item}]:
        both = read(mixed)

        (sentence,) = said(both.problems)
        assert replace(both, problems=both.problems[1:]) == read(good)
        assert 0 < len(sentence) <= shortfall.LONGEST
        assert {category(each) for each in sentence}.isdisjoint({"Cc", "Cs"})
