"""Kept or reported: in any form of an answer, its content is found or its loss reported.

An oracle draws what a model saw and prints it in one of many spellings; the findings are those of
the plain answer, or a problem says what is missing.
"""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import answers, tasks
from shared.answers import classes, lines, refusal
from shared.errors import BadAnswer, Refused
from tests.shared.answers.oracle import NAMES, SIZE, Thing, found, place, plain, things


def by_label(seen: Sequence[Thing]) -> dict[str, list[Thing]]:
    groups: dict[str, list[Thing]] = {}
    for each in seen:
        groups.setdefault(each.label, []).append(each)
    return groups


def unnamed(each: Thing) -> dict[str, Any]:
    return {"box_2d": list(each.box), "score": each.score}


def columns(seen: Sequence[Thing], box: str, label: str, score: str) -> str:
    return json.dumps(
        {
            box: [list(each.box) for each in seen],
            label: [each.label for each in seen],
            score: [each.score for each in seen],
        }
    )


def run_together(seen: Sequence[Thing]) -> str:
    """All in one object, as where "}, {" is left out."""
    return json.dumps([each.plain for each in seen]).replace("}, {", ", ")


def percent(seen: Sequence[Thing], write: Callable[[float], Any]) -> str:
    return json.dumps([{**each.plain, "score": write(100 * each.score)} for each in seen])


def fences(seen: Sequence[Thing], join: str = "\n") -> str:
    groups = by_label(seen).values()
    return join.join(
        f"```json\n{json.dumps([each.plain for each in group])}\n```" for group in groups
    )


SPELLINGS: dict[str, Callable[[Sequence[Thing]], str]] = {
    "plain": lambda seen: json.dumps(plain(seen)),
    "wrapped": lambda seen: json.dumps({"detected_objects": plain(seen)}),
    "wrapped twice": lambda seen: json.dumps({"result": {"data": {"items": plain(seen)}}}),
    "in prose": lambda seen: f"Here it is:\n\n{json.dumps(plain(seen))}\n\nAnything else?",
    "encoded twice": lambda seen: json.dumps(json.dumps(plain(seen))),
    "encoded twice in a wrapper": lambda seen: json.dumps({"result": json.dumps(plain(seen))}),
    "encoded one by one": lambda seen: json.dumps([json.dumps(each) for each in plain(seen)]),
    "escaped without its quotes": lambda seen: json.dumps(json.dumps(plain(seen)))[1:-1],
    "lines": lambda seen: "\n".join(json.dumps(each) for each in plain(seen)),
    "a list each": lambda seen: "\n".join(json.dumps([each]) for each in plain(seen)),
    "a fence per class": fences,
    "a fence per class, with words": lambda seen: "Some are here:\n" + fences(seen, "\nAnd:\n"),
    "by class": lambda seen: json.dumps(
        {name: [unnamed(each) for each in group] for name, group in by_label(seen).items()}
    ),
    "by class in a wrapper": lambda seen: json.dumps(
        {"objects": {n: [unnamed(each) for each in g] for n, g in by_label(seen).items()}}
    ),
    "by class in a list": lambda seen: json.dumps([{e.label: unnamed(e)} for e in seen]),
    "columns": lambda seen: columns(seen, "boxes", "labels", "scores"),
    "columns by the usual names": lambda seen: columns(seen, "box_2d", "label", "confidence"),
    "columns in a wrapper": lambda seen: (
        '{"result": ' + columns(seen, "bboxes", "classes", "probabilities") + "}"
    ),
    "columns encoded twice": lambda seen: json.dumps(columns(seen, "boxes", "labels", "scores")),
    "rows": lambda seen: json.dumps([[each.label, list(each.box), each.score] for each in seen]),
    "flat rows": lambda seen: json.dumps([[*each.box, each.label, each.score] for each in seen]),
    "run together": run_together,
    "run together in a fence": lambda seen: f"```json\n{run_together(seen)},\n```",
    "percentages": lambda seen: percent(seen, lambda number: number),
    "percentages in words": lambda seen: percent(seen, lambda number: f"{number:g}%"),
    "out of a thousand": lambda seen: percent(seen, lambda number: f"{10 * number:g}/1000"),
    "typographic quotes": lambda seen: json.dumps(plain(seen)).replace('"', "”"),
    "Python": lambda seen: repr(plain(seen)),
    "parts of the first": lambda seen: json.dumps(
        [{**seen[0].plain, "parts": plain(seen[1:])}] if seen[1:] else plain(seen)
    ),
    "parts in parts": lambda seen: json.dumps(nested(seen)),
    "another name for the label": lambda seen: json.dumps(
        [{"box_2d": list(e.box), "class_name": e.label, "confidence": e.score} for e in seen]
    ),
    "a draft before": lambda seen: (
        json.dumps([each.plain for each in seen[:1]]) + "\n\n" + json.dumps(plain(seen))
    ),
    "an example before": lambda seen: (
        'For example: [{"box_2d": [1, 2, 30, 40], "label": "tree"}]\n' + json.dumps(plain(seen))
    ),
}


def nested(seen: Sequence[Thing]) -> dict[str, Any]:
    first, *rest = seen
    return {**first.plain, **({"children": [nested(rest)]} if rest else {})}


@pytest.mark.slow
@pytest.mark.parametrize("spelling", SPELLINGS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(seen=things())
def test_things_in_any_spelling_are_the_things_of_the_plain_answer(
    spelling: str, seen: list[Thing]
) -> None:
    read = answers.objects(SPELLINGS[spelling](seen), SIZE, 25)

    assert found(read) == sorted((each.label, each.box, each.score) for each in seen)
    assert read.complete


TEXT_KEYS = [
    *("text", "text_content", "content", "line", "value", "transcription", "string", "words"),
    *("ocr_text", "label", "rawText", "detected_text"),
]
WORDS = st.sampled_from(["HELLO", "EXIT 12", "Größe: 3 < 4", "日本語", "a {b} [c]", "text", "null"])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(WORDS, min_size=1, max_size=9, unique=True), st.sampled_from(TEXT_KEYS), st.data())
def test_the_words_of_a_line_are_its_text_under_whatever_name(
    texts: list[str], key: str, data: st.DataObject
) -> None:
    beside = data.draw(
        st.sampled_from([{}, {"type": "title"}, {"class": "text"}, {"language": "en"}])
    )
    placed = data.draw(st.booleans())
    listed = [
        {**beside, key: text} | ({"box_2d": place(n, 100)} if placed else {})
        for n, text in enumerate(texts)
    ]

    read = lines.read(json.dumps(listed), SIZE, 100)

    assert read.text == "\n".join(texts)
    assert [each.label for each in read.objects] == (texts if placed else [])
    assert placed or {each.code for each in read.problems} == {"no_place"}


@pytest.mark.parametrize(
    ("answer", "text", "codes"),
    [
        ('["HELLO", "WORLD"]', "HELLO\nWORLD", {"no_place"}),
        ("HELLO\nWORLD", "HELLO\nWORLD", {"plain_text", "no_place"}),
        ('{"HELLO": [5, 5, 9, 9]}', "HELLO", {"bare_list", "label_from_key"}),
        ("The text in the image:\n```\nHELLO\n```", "HELLO", {"plain_text", "no_place"}),
        ('{"text": "HELLO\\nWORLD"}', "HELLO\nWORLD", {"no_place"}),
        ('{"lines": ["HELLO", "WORLD"]}', "HELLO\nWORLD", {"no_place"}),
        ('[{"box_2d": [5, 5, 5, 9], "text": "HELLO"}]', "HELLO", {"zero_area", "no_place"}),
        ('[{"box_2d": [5, 1005, 9, 1009], "text": "A"}]', "A", {"outside_image", "no_place"}),
        (
            '[{"box_2d": [5, 5, 90, 90], "text": "A"}, {"box_2d": [95, 5, 99, 90], "text": ""}]',
            "A",
            {"no_text"},
        ),
        (
            '[{"box_2d": [5, 5, 90, 90], "text": "A B", "words":'
            ' [{"box_2d": [5, 5, 90, 40], "text": "A"}]}]',
            "A B",
            {"part_of_line"},
        ),
        (
            '{"box_2d": [5, 5, 90, 90], "lines": [{"box_2d": [5, 5, 40, 90], "text": "A"}]}',
            "A",
            set(),
        ),
        ('{"texts": ["A", "B"], "boxes": [[5, 5, 9, 9], [15, 5, 19, 9]]}', "A\nB", set()),
    ],
)
def test_a_text_is_kept_wherever_it_stands(answer: str, text: str, codes: set[str]) -> None:
    read = lines.read(answer, SIZE, 100)

    assert (read.text, {each.code for each in read.problems}) == (text, codes)


@pytest.mark.parametrize(
    "answer",
    [
        "There is no text in this image.",
        "I could not find any text.",
        "The image shows a duck.",
        '[{"box_2d": [5, 5, 90, 90], "text": ""}]',
        '{"box_2d": [5, 5, 90, 90]}',
    ],
)
def test_no_words_are_never_read_as_words(answer: str) -> None:
    with pytest.raises(BadAnswer):
        lines.read(answer, SIZE, 100)


GRADES: dict[str, Callable[[dict[str, float]], str]] = {
    "plain": lambda told: json.dumps([{"label": n, "score": s} for n, s in told.items()]),
    "by name": json.dumps,
    "by name, more": lambda told: json.dumps({n: {"score": s} for n, s in told.items()}),
    "columns": lambda told: json.dumps({"classes": [*told], "scores": [*told.values()]}),
    "usual columns": lambda told: json.dumps({"label": [*told], "score": [*told.values()]}),
    "pairs": lambda told: json.dumps([*told.items()]),
    "in a row": lambda told: json.dumps([each for pair in told.items() for each in pair]),
    "alternatives": lambda told: json.dumps(
        [
            {"label": name, "score": score}
            | {"alternatives": [{"label": n, "score": s} for n, s in [*told.items()][1:]]}
            for name, score in [*told.items()][:1]
        ]
    ),
    "encoded twice": lambda told: (
        json.dumps(json.dumps([{"class": n, "p": 1} for n in told]))
        if not told
        else json.dumps(json.dumps([{"label": n, "score": s} for n, s in told.items()]))
    ),
    "run together": lambda told: json.dumps(
        [{"label": n, "score": s} for n, s in told.items()]
    ).replace("}, {", ", "),
    "a fence each": lambda told: "\n".join(
        f"```json\n{json.dumps([{'label': n, 'score': s}])}\n```" for n, s in told.items()
    ),
    "percentages": lambda told: json.dumps(
        [{"label": n, "score": round(100 * s, 6)} for n, s in told.items()]
    ),
    "percentages in words": lambda told: json.dumps({n: f"{100 * s:g} %" for n, s in told.items()}),
}


@pytest.mark.parametrize("form", GRADES)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    told=st.dictionaries(
        st.sampled_from(NAMES),
        st.sampled_from([0.01, 0.04, 0.2, 0.4, 0.95]),
        min_size=1,
        max_size=5,
    ).filter(lambda told: max(told.values()) > 0.1)
)
def test_classes_in_any_form_are_those_of_the_plain_answer(
    form: str, told: dict[str, float]
) -> None:
    read = classes.read(GRADES[form](told), [], 10)

    assert {each.name: each.score for each in read.labels} == pytest.approx(told)


@pytest.mark.parametrize(
    ("answer", "labels", "codes"),
    [
        ('["cat: 0.9", "DOGS (10%)", "cow: 0.5"]', {"Cat": 0.9, "dog": 0.1}, {"unknown_label"}),
        ("cat", {"Cat": None}, {"plain_text"}),
        ("Cat, dogs", {"Cat": None, "dog": None}, {"plain_text"}),
        ('{"cat": true, "dog": false}', {"Cat": None}, set()),
        ('[{"label": "cat", "score": "high"}]', {"Cat": None}, {"confidence_unusable"}),
        ('{"offline_cannot": "read"}', {}, {"offline_cannot"}),
    ],
)
def test_classes_that_were_asked_for_are_known_in_any_form(
    answer: str, labels: dict[str, float | None], codes: set[str]
) -> None:
    read = classes.read(answer, ["Cat", "dog"], 10)

    assert {each.name: each.score for each in read.labels} == labels
    assert {each.code for each in read.problems} >= codes


@pytest.mark.parametrize(
    ("answer", "kept", "code"),
    [
        (
            '[{"box_2d": [1, 2, 30, 40], "label": "a", "box_2d": [5, 6, 70, 80], "lab',
            ["a"],
            "cut_off",
        ),
        ('{"boxes": [[1, 2, 30, 40], [5, 6, 70, 80]], "labels": ["a", "b', ["a"], "cut_off"),
        ('{"boxes": [[1, 2, 30, 40]], "labels": ["a", "b"]}', ["a"], "no_coordinates"),
        ('[{]"box_2d": [1, 2, 30, 40], "label": "a"}]', ["a"], "doubled_closer"),
        ('[{"box_2d": [1, 2, 30, 40], "label": "a"}] {"label": "b"}', ["a"], "left_out"),
        ('[{"box_2d": [1, 2, 30, 40], "label": "a"}] "label": "b"}', ["a"], "left_out"),
        ('{"offline_cannot": "find these"}', [], "offline_cannot"),
    ],
)
def test_what_is_not_kept_is_reported(answer: str, kept: list[str], code: str) -> None:
    read = answers.objects(answer, SIZE, 25)

    assert [each.label for each in read.objects] == kept
    assert code in {each.code for each in read.problems}


def test_things_that_all_lie_nowhere_are_no_empty_list() -> None:
    with pytest.raises(BadAnswer, match="in the image"):
        answers.objects('[{"box_2d": [5, 5, 5, 9], "label": "a"}]', SIZE, 25)


def test_a_box_without_a_name_is_the_one_thing_that_was_asked_for() -> None:
    read = answers.objects('[{"box_2d": [5, 5, 50, 90]}]', SIZE, 25, ["cat"])

    assert [each.label for each in read.objects] == ["cat"]
    assert [each.code for each in read.problems] == ["no_label"]


@pytest.mark.parametrize("name", ["detect", "segment"])
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("shoe", "shoe"),
        ("Shoe", "shoe"),
        ("SHOES", "shoe"),
        (" shoe ", "shoe"),
        ("bus_stop", "Bus Stop"),
        ("bus  stops", "Bus Stop"),
        ("knives", "knife"),
        ("people", "person"),
        ("berry", "berries"),
        ("glass", "glass"),
        ("dog", None),
        ("red shoe", None),
        ("", None),
    ],
)
def test_only_what_was_asked_for_counts_in_the_spelling_it_was_asked_for_in(
    name: str, written: str, kept: str | None
) -> None:
    asked = tasks.find(name)
    labels = ["shoe", "Bus Stop", "knife", "person", "berries", "glass"]
    request = {**asked.defaults, "labels": labels}
    answer = json.dumps([{"box_2d": [100, 200, 300, 400], "label": written}])

    read = asked.read(answer, [SIZE], request)

    assert [each.label for each in read.objects] == ([kept] if kept else [])
    assert ("unknown_label" in {each.code for each in read.problems}) == (kept is None)
    assert read.complete


@pytest.mark.parametrize("name", ["detect", "segment"])
def test_the_question_names_the_labels_as_the_only_ones(name: str) -> None:
    asked = tasks.find(name)
    request = {**asked.defaults, "labels": ["shoe", "bag"]}

    assert '"enum": ["shoe", "bag"]' in json.dumps(asked.schema(request))
    assert "shoe, bag" in asked.prompt(request)
    assert "apart by colour" not in asked.prompt(request)
    assert "apart by colour" in asked.prompt(asked.defaults)
    assert "enum" not in json.dumps(asked.schema(asked.defaults))


REFUSALS = [
    "I'm sorry, but I can't help with that request.",
    "I\u2019m unable to help you with that, as I'm only a language model.",
    "As an AI language model, I cannot describe this image.",
    "Sorry, I can't help with images of people yet.",
    "Unfortunately, I am not able to process this image.",
    "I apologize, but I cannot fulfill this request.",
    "I must decline to describe this image.",
    "This request violates my content policy.",
    "Es tut mir leid, aber ich kann dabei nicht helfen.",
    "Lo siento, pero no puedo ayudar con eso.",
]


@pytest.mark.parametrize("name", tasks.names())
@pytest.mark.parametrize("words", REFUSALS)
def test_a_refusal_in_prose_is_a_refusal_in_every_task(name: str, words: str) -> None:
    asked = tasks.find(name)
    request = {**asked.defaults, "question": "Who is it?", "redact": {"hide": ["face"]}}
    key = {"caption": "caption", "answer": "answer", "compare": "comparison"}.get(name)

    for answer in [words, *([json.dumps({key: words})] if key else [])]:
        with pytest.raises(Refused):
            asked.read(answer, [SIZE] * 2, request)


@pytest.mark.parametrize(
    "words",
    [
        "Sorry sign on a shop door.",
        "A sign says: I'm sorry, I can't help you.",
        "I cannot tell how many people there are.",
        "I'm sorry, but the colour cannot be told from this photo.",
        "I can't read the sign in the background.",
        "I cannot identify the breed with certainty.",
        "I can't help but notice two cats.",
        "Unfortunately, the number is not legible.",
    ],
)
def test_words_that_only_begin_like_a_refusal_are_an_answer(words: str) -> None:
    refusal.check(words)


TOKEN = re.compile(r'"[^"]*"|[\d.]+|[\[\]{}:,]|\s+')
MARKS = ["[", "]", "{", "}", ":", ",", ""]


@pytest.mark.slow
@settings(max_examples=600, deadline=None, derandomize=True)
@given(things(2, 4), st.sampled_from(MARKS), st.booleans(), st.data())
def test_after_any_slip_a_thing_is_kept_or_a_problem_reported(
    seen: list[Thing], slip: str, instead: bool, data: st.DataObject
) -> None:
    tokens = TOKEN.findall(json.dumps(plain(seen)))
    at = data.draw(st.sampled_from([n for n, token in enumerate(tokens) if token in MARKS]))
    tokens[at] = slip if instead else slip + tokens[at]

    with suppress(BadAnswer):
        read = answers.objects("".join(tokens), SIZE, 25)

        kept = {(label, box) for label, box, _ in found(read)}
        assert read.problems or kept == {(each.label, each.box) for each in seen}
