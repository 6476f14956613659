"""Captions, classes, answers and comparisons: the questions, and how every answer is read."""

import io
import json
import time
from contextlib import suppress
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from local.gemini import OfflineModel, Reply, replies
from shared import naming, tasks
from shared.answers import classes, prose
from shared.errors import BadAnswer
from shared.intake import recipes
from shared.intake.recipes import BadRecipe
from shared.model import Job, Label, Size
from shared.overlay import sheet
from testbed.cloud import Cloud
from tests.jobs import SCHEMA
from tests.photos import Scene, jpeg
from tests.shared.tasks.describing import job


def record(cloud: Cloud, asked: Job) -> dict[str, Any]:
    """The job's record, once it was delivered."""
    assert cloud.deliver(asked, "describe").ok
    found = json.loads(cloud.result(naming.folder(asked) + "result.json"))
    jsonschema.validate(found, SCHEMA)
    return found


def picture(cloud: Cloud, found: dict[str, Any], name: str) -> Image.Image:
    return Image.open(io.BytesIO(cloud.result(found["folder"] + name)))


@pytest.mark.parametrize(
    ("name", "settings", "reply", "found"),
    [
        pytest.param(
            "caption", {}, {"caption": "A red box."}, {"text": "A red box."}, id="caption"
        ),
        pytest.param(
            "answer",
            {"question": "Which colour?"},
            {"answer": "Red."},
            {"answer": "Red."},
            id="answer",
        ),
        pytest.param(
            "classify",
            {"labels": ["Box", "Ball"]},
            [{"label": "box", "score": 0.875}],
            {"labels": [{"name": "Box", "score": 0.875}]},
            id="classify",
        ),
        pytest.param("classify", {}, [], {"labels": []}, id="no class"),
    ],
)
def test_a_question_ends_in_a_valid_record_with_the_answer_in_its_place(
    quiet: Cloud, name: str, settings: dict, reply: object, found: dict
) -> None:
    quiet.script(replies.says(json.dumps(reply)))
    ref = quiet.upload("thing.jpg", Scene().stored())

    ended = record(quiet, job(name, ref, **settings))

    nothing = {"objects": [], "complete": True, "text": None, "labels": [], "answer": None}
    assert (ended["status"], ended["problems"]) == ("done", [])
    assert ended["findings"] == nothing | found
    assert ended["usage"]["paid_calls"] == 1


def test_a_caption_has_a_thumbnail_of_the_upright_photo_and_no_overlay(quiet: Cloud) -> None:
    scene = Scene()
    quiet.script(replies.says('{"caption": "A red box."}'))
    ref = quiet.upload("turned.jpg", scene.stored(orientation=6))

    found = record(quiet, job("caption", ref))
    shown = picture(quiet, found, "thumbnail.jpg")

    scale = shown.width / scene.size.width
    place = (int((scene.truth.left + 20) * scale), int((scene.truth.bottom - 20) * scale))
    assert [each["name"] for each in found["artifacts"]] == ["thumbnail.jpg"]
    assert found["no_overlay"] == "nothing_to_draw"
    assert shown.getpixel(place)[0] > 180


@pytest.mark.parametrize("thumbnail", [True, False])
def test_a_recipe_switches_the_overlay_off_and_the_thumbnail_too(
    quiet: Cloud, thumbnail: bool
) -> None:
    quiet.script(replies.boxes([{"box_2d": [100, 100, 500, 500], "label": "a shoe"}]))
    ref = quiet.upload("shoe.jpg", jpeg())
    asked = {"overlay": False, **({} if thumbnail else {"thumbnail": False})}

    wanted = job("detect", ref, **asked)
    quiet.deliver(wanted)

    found = quiet.record_of(wanted)
    names = [each["name"] for each in found["artifacts"]]
    assert names == (["thumbnail.jpg"] if thumbnail else [])
    assert found["no_overlay"] == "switched_off"
    assert len(found["findings"]["objects"]) == 1


def test_a_caption_that_is_cut_off_twice_is_kept_as_far_as_it_came(quiet: Cloud) -> None:
    cut = ['{"caption": "A red box on gr', '{"caption": "A red']
    quiet.script(*map(replies.cut_off, cut))

    ended = record(quiet, job("caption", quiet.upload("a.jpg", jpeg())))

    assert (ended["findings"]["text"], ended["findings"]["complete"]) == ("A red box on gr", False)
    assert [problem["code"] for problem in ended["problems"]] == ["cut_off"]
    assert ended["usage"]["paid_calls"] == 2


def test_an_answer_without_words_is_asked_for_again(quiet: Cloud) -> None:
    quiet.script(replies.says('{"caption": ""}'), replies.says('{"caption": "A wall."}'))

    ended = record(quiet, job("caption", quiet.upload("a.jpg", jpeg())))

    assert ended["findings"]["text"] == "A wall."
    assert ended["usage"]["paid_calls"] == 2


@pytest.mark.parametrize("count", [2, 12])
def test_a_comparison_sees_all_images_in_order_and_shows_the_first_four(
    quiet: Cloud, count: int
) -> None:
    quiet.script(replies.says('{"comparison": "Image 1 is the darkest."}'))
    greys = [20 + 18 * number for number in range(count)]
    refs = [quiet.upload(f"{grey}.jpg", jpeg((grey,) * 3, (300, 200))) for grey in greys]

    ended = record(quiet, job("compare", *refs, question="Which is the darkest?"))

    assert ended["findings"]["answer"] == "Image 1 is the darkest."
    assert [image["name"] for image in ended["images"]] == [f"{grey}.jpg" for grey in greys]
    assert {image["width"] for image in ended["images"]} == {300}
    (question,) = quiet.model.questions
    assert "Image 1" in question.prompt
    assert "Which is the darkest?" in question.prompt
    sent = [Image.open(io.BytesIO(each.data)).getpixel((9, 9))[0] for each in question.images]
    assert sent == pytest.approx(greys, abs=3)
    shown = picture(quiet, ended, "overlay.jpg")
    assert shown.width > shown.height if count == 2 else shown.width <= shown.height
    assert shown.getpixel((150, shown.height // (1 if count == 2 else 2) - 150))[0] == (
        pytest.approx(greys[0], abs=3)
    )


def test_a_photo_that_cannot_be_compared_is_named_and_nothing_is_paid(quiet: Cloud) -> None:
    good, bad = quiet.upload("good.jpg", jpeg()), quiet.upload("bad.jpg", jpeg()[:-40] + b"x" * 9)
    text = quiet.upload("note.jpg", b"not a photo")

    ended = record(quiet, job("compare", good, text, bad))

    assert (ended["status"], ended["reason"]["code"]) == ("rejected", "unsupported_type")
    assert ended["reason"]["sentence"].startswith("Image 2, 'note.jpg': This is text.")
    assert [image["name"] for image in ended["images"]] == ["good.jpg", "note.jpg", "bad.jpg"]
    assert quiet.model.questions == ()


@pytest.mark.parametrize(
    ("answer", "text", "codes"),
    [
        pytest.param('{"caption": "A dog."}', "A dog.", [], id="as asked for"),
        pytest.param('```json\n{"caption": "A dog."}\n```', "A dog.", [], id="fence"),
        pytest.param('Here: {"caption": "A dog."} Enjoy!', "A dog.", [], id="prose around"),
        pytest.param('[{"caption": "A dog."}]', "A dog.", [], id="in a list"),
        pytest.param('["A dog."]', "A dog.", ["plain_text"], id="words in a list"),
        pytest.param(
            '[{"caption": "A dog."}, {"caption": "It runs."}]',
            "A dog.\nIt runs.",
            ["several_texts"],
            id="several in a list",
        ),
        pytest.param(
            '{"caption": "A dog.", "caption": "It runs."}',
            "A dog.\nIt runs.",
            ["several_texts", "repeated_key"],
            id="several in an object",
        ),
        pytest.param('{"result": {"caption": "A dog."}}', "A dog.", [], id="wrapped"),
        pytest.param('{"data": {"a": [{"caption": "A dog."}]}}', "A dog.", [], id="wrapped twice"),
        pytest.param(
            '{"caption": "A dog.", "mood": "calm"}', "A dog.", ["more_members"], id="and more"
        ),
        pytest.param(
            json.dumps(json.dumps({"caption": "A dog."})),
            "A dog.",
            ["double_encoded"],
            id="encoded twice",
        ),
        pytest.param(
            json.dumps({"caption": json.dumps({"caption": "A dog."})}),
            "A dog.",
            ["double_encoded"],
            id="encoded twice inside",
        ),
        pytest.param("Sorry sign on a door.", "Sorry sign on a door.", ["plain_text"], id="sorry"),
        pytest.param('{"caption": "A dog."', "A dog.", [], id="no closing brace"),
        pytest.param('{"caption": "A dog.",}', "A dog.", ["trailing_comma"], id="comma"),
        pytest.param('{"description": "A dog."}', "A dog.", ["other_key"], id="other key"),
        pytest.param("A dog.", "A dog.", ["plain_text"], id="plain text"),
        pytest.param("```\nA dog.\n```", "A dog.", ["plain_text"], id="plain text in a fence"),
        pytest.param('"A dog."', "A dog.", ["plain_text"], id="a JSON string"),
        pytest.param("24", "24", ["plain_text"], id="a bare number"),
        pytest.param("[Image 1] is red.", "[Image 1] is red.", ["plain_text"], id="brackets"),
        pytest.param("See [1] and {x}.", "See [1] and {x}.", ["plain_text"], id="more brackets"),
        pytest.param('{"caption": 24}', "24", ["text_not_text"], id="number"),
        pytest.param(
            '{"caption": {"Image 1": "red", "Image 2": ["a", "b"]}}',
            "Image 1: red\nImage 2: a\nb",
            ["text_not_text"],
            id="an object",
        ),
        pytest.param('{"caption": "a\\u0000b\\u009bc"}', "abc", ["text_cleaned"], id="controls"),
        pytest.param('{"caption": "a\\ud800b"}', "a\ufffdb", ["text_cleaned"], id="half a pair"),
        pytest.param('{"caption": "\\ud83d\\udc15"}', "\N{DOG}", [], id="a whole pair"),
        pytest.param('{"caption": " a\\r\\nb\\n "}', "a\nb", [], id="line ends"),
        pytest.param(json.dumps({"caption": "x" * 20_001}), "x" * 20_000, ["text_cut"], id="long"),
        pytest.param(
            '{"caption": "../../etc/passwd <b>"}', "../../etc/passwd <b>", [], id="only data"
        ),
    ],
)
def test_words_are_read_however_they_come_and_what_was_wrong_is_said(
    answer: str, text: str, codes: list[str]
) -> None:
    read = prose.read(answer, "caption")

    assert (read.text, [problem.code for problem in read.problems]) == (text, codes)
    assert read.complete


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ('{"caption": "A dog ru', "A dog ru"),
        ('```json\n{"caption": "A \\"big\\" dog\\', 'A "big" dog'),
        ('{"caption": "A dog \\u00', "A dog"),
        ('{"other": 1, "caption": "A', "A"),
    ],
)
def test_words_that_break_off_are_kept_as_incomplete(answer: str, text: str) -> None:
    read = prose.read(answer, "caption")

    assert (read.text, read.complete) == (text, False)
    assert [problem.code for problem in read.problems] == ["cut_off"]


@pytest.mark.parametrize(
    "answer",
    [
        *[
            "",
            "  ",
            "{}",
            "[]",
            '{"caption": ""}',
            '{"caption": null}',
            '{"caption": "\\u0000"}',
            "[{]",
        ],
        *['{"cap', '{"caption": "', '{"box_2d": [1, 2, 3, 4]}', "[[1, 2]]", "[{}]"],
    ],
)
def test_an_answer_without_words_is_no_caption(answer: str) -> None:
    with pytest.raises(BadAnswer):
        prose.read(answer, "caption")


PIECES = [
    '{"caption": "',
    '"',
    "}",
    "]",
    "[",
    "\\",
    "\\u00",
    "```json\n",
    "A dog. ",
    "\ud800",
    "\x07",
]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_answer_is_words_that_can_be_written_or_no_caption(answer: str) -> None:
    with suppress(BadAnswer):
        read = prose.read(answer, "caption")

        assert read.text == read.text.strip() != ""
        assert read.text.encode()
        assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in read.text)


@pytest.mark.parametrize("piece", ['{"caption": "', '"a":"', "\\", '"', "\\u", '"a" ', "[{"])
def test_an_endless_answer_is_read_in_time(piece: str) -> None:
    start = time.process_time()

    with suppress(BadAnswer):
        prose.read('{"caption": "' + piece * 30_000, "caption")

    assert time.process_time() - start < 2


CAT = Label("cat", 0.9)


@pytest.mark.parametrize(
    ("answer", "labels", "codes"),
    [
        pytest.param('[{"label": "cat", "score": 0.9}]', [CAT], [], id="as asked for"),
        pytest.param('```\n[{"label": "cat", "score": 0.9}]\n```', [CAT], [], id="fence and prose"),
        pytest.param('{"labels": [{"name": "cat", "confidence": 0.9}]}', [CAT], [], id="wrapped"),
        pytest.param('{"label": "cat", "score": 0.9}', [CAT], [], id="one object"),
        pytest.param('{"cat": 0.9, "dog": 0.1}', [CAT, Label("dog", 0.1)], [], id="by name"),
        pytest.param('{"classes": {"cat": "90%"}}', [CAT], ["confidence_percent"], id="percent"),
        pytest.param('["cat", "dog"]', [Label("cat"), Label("dog")], [], id="names"),
        pytest.param('["dog", {"label": "cat", "score": 0.9}]', [CAT, Label("dog")], [], id="both"),
        pytest.param('[{"label": " CAT ", "score": 0.9}]', [CAT], [], id="spelled otherwise"),
        pytest.param('[{"label": "cat", "score": 1.02}]', [Label("cat", 1.0)], ["score_clamped"]),
        pytest.param('[{"label": "cat", "score": -0.1}]', [Label("cat", 0.0)], ["score_clamped"]),
        pytest.param('[{"label": "cat", "score": 90}]', [CAT], ["confidence_percent"]),
        pytest.param(
            '[{"label": "cat", "score": "high"}]', [Label("cat")], ["confidence_unusable"]
        ),
        pytest.param('[{"label": "cat", "score": NaN}]', [Label("cat")], ["confidence_unusable"]),
        pytest.param(
            '[{"label": "cat", "score": 0.2}, {"label": "Cat", "score": 0.9}]',
            [CAT],
            ["duplicate_label"],
            id="twice",
        ),
        pytest.param(
            '[{"label": "cow", "score": 0.99}, {"label": "cat", "score": 0.9}]',
            [CAT],
            ["unknown_label"],
            id="not asked for",
        ),
        pytest.param('[{"score": 1}, {"label": "cat", "score": 0.9}]', [CAT], ["no_label"]),
        pytest.param('[{"label": "cow"}]', [], ["unknown_label"], id="nothing asked for"),
        pytest.param("[]", [], [], id="none"),
        pytest.param('{"labels": []}', [], [], id="none, wrapped"),
    ],
)
def test_classes_are_read_however_they_come_and_what_was_wrong_is_said(
    answer: str, labels: list[Label], codes: list[str]
) -> None:
    read = classes.read(answer, ["cat", "dog"], 5)

    assert list(read.labels) == labels
    assert [problem.code for problem in read.problems] == codes
    assert read.complete


def test_free_labels_are_cleaned_and_the_surest_are_kept() -> None:
    answer = '[{"label": "b\\u0000", "score": 0.2}, {"label": "a/b", "score": 0.7}, {"label": "c"}]'

    read = classes.read(answer, [], 2)

    assert read.labels == (Label("a/b", 0.7), Label("b", 0.2))
    assert [problem.code for problem in read.problems] == ["beyond_limit", "label_cleaned"]


def test_classes_that_break_off_are_incomplete() -> None:
    read = classes.read('[{"label": "cat", "score": 0.9}, {"label": "do', [], 5)

    assert (read.labels, read.complete) == ((CAT,), False)


@pytest.mark.parametrize(
    "answer", ["A cat.", "", "{}", '[{"la', '[{"score": 0.4}]', '{"error": "no"}']
)
def test_an_answer_without_classes_is_not_the_same_as_none(answer: str) -> None:
    with pytest.raises(BadAnswer):
        classes.read(answer, [], 5)


def test_one_class_is_asked_for_where_several_are_not_wanted() -> None:
    classify = tasks.find("classify")
    request = {**classify.defaults, "labels": ["cat", "dog"], "several": False}

    read = classify.read('{"dog": 0.1, "cat": 0.9}', [Size(1, 1)], request)

    assert classify.schema(request)["maxItems"] == 1
    assert "one class" in classify.prompt(request)
    assert read.labels == (CAT,)


def test_the_sheet_names_the_images_and_how_many_are_not_shown() -> None:
    pictures = [Image.new("RGB", (100, 60), (200, 30, 30))] * 4

    few, many = sheet.draw(pictures, 4, None), sheet.draw(pictures, 9, None)
    small = sheet.draw(pictures, 4, 64)

    assert few.size == many.size == (200, 232)
    below = (100, 116, 200, 132)  # the title of the fourth
    assert few.crop(below).tobytes() != many.crop(below).tobytes()
    assert few.crop((0, 0, 200, 116)).tobytes() == many.crop((0, 0, 200, 116)).tobytes()
    assert max(small.size) <= 64


@pytest.mark.parametrize(
    ("name", "settings", "check", "codes"),
    [
        ("caption", {}, lambda found: "red rectangular object" in found["text"], []),
        (
            *("answer", {"question": "Who made it?"}),
            lambda found: "cannot answer" in found["answer"],
            ["offline_cannot"],
        ),
        ("classify", {"labels": ["cat"]}, lambda found: found["labels"] == [], []),
        ("classify", {"labels": ["elf"]}, lambda found: found["labels"] == [], ["offline_cannot"]),
        ("classify", {}, lambda found: found["labels"] == [], ["offline_cannot"]),
        ("read_text", {}, lambda found: (found["text"], found["objects"]) == ("", []), []),
    ],
)
def test_the_offline_model_claims_no_more_than_it_sees(
    quiet: Cloud, name: str, settings: dict, check: Any, codes: list[str]
) -> None:
    quiet.script(otherwise=OfflineModel())
    ref = quiet.upload("thing.jpg", Scene().stored())

    ended = record(quiet, job(name, ref, **settings))

    assert check(ended["findings"]), ended["findings"]
    assert [problem["code"] for problem in ended["problems"]] == codes


@pytest.mark.parametrize(
    ("name", "settings", "answer", "found"),
    [
        ("caption", {}, {"caption": "A car."}, {"text": "A car."}),
        ("caption", {}, {}, {"text": None}),
        ("answer", {"question": "Who?"}, {"answer": "A man."}, {"answer": "A man."}),
        ("answer", {"question": "Who?"}, {}, {"answer": None}),
    ],
)
def test_a_record_holds_what_the_model_says_it_could_not_do(
    quiet: Cloud, name: str, settings: dict, answer: dict, found: dict
) -> None:
    said = {"offline_cannot": "The offline model does not know faces."}
    quiet.script(replies.says(json.dumps({**answer, **said})))
    ref = quiet.upload("thing.jpg", jpeg())

    ended = record(quiet, job(name, ref, **settings))

    assert ended["status"] == "done"
    assert found.items() <= ended["findings"].items()
    assert ended["findings"]["complete"] is True
    assert ended["problems"] == [
        {"code": "offline_cannot", "sentence": said["offline_cannot"], "item": None}
    ]
    assert ended["usage"]["paid_calls"] == 1


def test_the_offline_model_speaks_of_each_image_it_compares(quiet: Cloud) -> None:
    quiet.script(otherwise=OfflineModel())
    refs = [quiet.upload(f"{number}.jpg", Scene().stored()) for number in range(2)]

    ended = record(quiet, job("compare", *refs))

    assert "Image 1: " in ended["findings"]["answer"]
    assert "Image 2: " in ended["findings"]["answer"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("answer", "question is missing; answer needs it"), ("compare", "it needs a job file")],
)
def test_a_recipe_cannot_ask_without_a_question_or_for_several_images(
    name: str, sentence: str
) -> None:
    with pytest.raises(BadRecipe, match=sentence):
        recipes.parse(f'[[recipe]]\nname = "r"\nmatch = "**"\ntasks = ["{name}"]')


def test_a_refusal_of_a_comparison_is_recorded(quiet: Cloud) -> None:
    quiet.script(Reply(block_reason="SAFETY", finish_reason=None))
    refs = [quiet.upload(f"{number}.jpg", jpeg()) for number in range(2)]

    ended = record(quiet, job("compare", *refs))

    assert (ended["status"], ended["reason"]["code"]) == ("failed", "refused")
