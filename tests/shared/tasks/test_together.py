"""Several tasks in one call: the name, the question, and an answer whose parts spoil no other."""

import itertools
import json
import time
from contextlib import suppress
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gemini import OfflineModel, replies
from shared import exports, naming, tasks
from shared.errors import BadAnswer, BadEvent, Refused
from shared.exports import Choice, Tally
from shared.intake import recipes
from shared.intake.recipes import BadRecipe
from shared.jobs import announcements, index, precedence, records
from shared.model import Findings, Job, Part, Size
from testbed.cloud import Cloud
from tests.jobs import SCHEMA
from tests.photos import Scene, jpeg
from tests.shared.tasks.describing import job
from tests.shared.web.gallery.requests import Page

SIZE = Size(1000, 800)
THREE = "segment+caption+classify"
OUTLINE = [[100, 100], [500, 100], [500, 500]]
CAPTION = {"caption": 'A "red" box, classify: no.'}
CLASSES = [{"label": "box", "score": 0.9}, {"label": "toy", "score": 0.4}]
BOXES = {
    "boxes": [
        {"box_2d": [100, 100, 500, 500], "label": "red box", "mask": OUTLINE},
        {
            "box_2d": [600, 600, 900, 900],
            "label": "ball",
            "mask": [[650, 650], [850, 650], [700, 850]],
        },
    ]
}
WHOLE = {"caption": CAPTION, "classify": CLASSES, "segment": BOXES}
TEXT = json.dumps(WHOLE)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


def request(name: str) -> dict[str, Any]:
    return {**tasks.find(name).defaults, "question": "Why?"}


def alone(name: str, value: Any) -> Findings:
    return tasks.find(name).read(json.dumps(value), [SIZE], request(name))


def read(text: str, name: str = THREE) -> Findings:
    return tasks.find(name).read(text, [SIZE], request(name))


def of_part(found: Findings, name: str) -> tuple[Any, ...]:
    """What a part found, and what became of it."""
    (part,) = (each for each in found.parts if each.task == name)
    kept = {"segment": found.objects, "classify": found.labels, "caption": part.text}[name]
    return kept, part.problems, part.complete


@cache
def as_alone(name: str) -> tuple[Any, ...]:
    found = alone(name, WHOLE[name])
    kept = {"segment": found.objects, "classify": found.labels, "caption": found.text}[name]
    return kept, found.problems, found.complete


# The name.


@pytest.mark.parametrize("written", [*map("+".join, itertools.permutations(THREE.split("+")))])
def test_in_whichever_order_it_is_written_it_is_one_task(written: str) -> None:
    assert tasks.canonical(written) == THREE
    assert tasks.canonical(written.replace("+", " + ")) == THREE


def test_only_the_canonical_name_is_a_task_so_that_no_photo_is_paid_for_twice() -> None:
    assert tasks.find(THREE).worker == "segment"
    with pytest.raises(BadEvent, match=r"'caption\+segment' is written 'segment\+caption'"):
        tasks.find("caption+segment")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("detect+segment", "detect and segment both ask for places"),
        ("read_text+caption+detect", "read_text and detect both ask for places"),
        ("caption+detect+caption", "it has caption twice"),
        ("caption+captoin", "there is no task 'captoin'; there are: answer, caption"),
        ("compare+caption", "compare is always asked alone"),
        ("caption+", "there is no task ''"),
        ("+", "there is no task ''"),
    ],
)
def test_what_cannot_be_one_call_is_refused_with_a_reason(name: str, why: str) -> None:
    with pytest.raises(BadEvent, match=why):
        tasks.canonical(name)
    with pytest.raises(BadRecipe, match=why):
        recipes.parse(f'[[recipe]]\nname = "a"\nmatch = "**"\ntasks = ["{name}"]')


def test_the_same_combination_written_twice_is_refused() -> None:
    with pytest.raises(BadRecipe, match="names a task twice"):
        recipes.parse(
            '[[recipe]]\nname = "a"\nmatch = "**"\ntasks = ["caption+detect", "detect+caption"]'
        )


@pytest.mark.parametrize(
    ("name", "worker"),
    [
        ("segment+answer", "segment"),
        ("detect+caption", "detect"),
        ("read_text+caption", "describe"),
        ("caption+classify", "describe"),
    ],
)
def test_the_worker_is_that_of_the_task_with_places(name: str, worker: str) -> None:
    assert tasks.find(name).worker == worker


def test_it_needs_what_its_tasks_need_and_has_room_for_the_answer_of_each() -> None:
    found = tasks.find("segment+answer+classify")

    assert found.required == ("question",)
    assert found.defaults["max_output_tokens"] == 16_384 + 2 * 8_192
    assert {"threshold", "max_objects", "max_labels", "question"} <= found.defaults.keys()


def test_another_version_of_one_part_makes_the_whole_another_question() -> None:
    version = tasks.find(THREE).version

    assert all(tasks.find(name).version in version.split("+") for name in tasks.parts(THREE))


def test_it_ranks_as_the_task_with_places() -> None:
    assert precedence.rank(THREE) == precedence.rank("segment")
    assert precedence.rank("detect+caption") == precedence.rank("detect")


@pytest.mark.parametrize(
    ("name", "wanted", "taken"),
    [
        (THREE, "caption", True),
        (THREE, THREE, True),
        (THREE, "", True),
        (THREE, "detect", False),
        (THREE, "segment+caption", False),
        ("caption", THREE, False),
    ],
)
def test_a_filter_for_a_task_takes_every_combination_with_it(
    name: str, wanted: str, taken: bool
) -> None:
    assert tasks.is_of(name, wanted) is taken


# The question.


def test_the_question_has_those_of_the_parts_with_the_places_last() -> None:
    asked = tasks.find(THREE).prompt(request(THREE))

    sections = [f"Part {name}:\n{tasks.find(name).prompt(request(name))}" for name in WHOLE]
    assert asked.endswith("\n\n".join(sections))


def test_the_recipes_prompt_is_said_once() -> None:
    asked = tasks.find(THREE).prompt({**request(THREE), "prompt": "Ignore the mannequin."})

    assert asked.count("Ignore the mannequin.") == 1


def test_the_schema_has_that_of_each_part_as_a_member() -> None:
    schema = tasks.find(THREE).schema(request(THREE))

    assert [*schema["properties"]] == schema["required"] == [*WHOLE]
    assert all(
        schema["properties"][name] == tasks.find(name).schema(request(name)) for name in WHOLE
    )


# The answer.


def test_every_part_is_read_as_alone() -> None:
    found = read(TEXT)

    assert all(of_part(found, name) == as_alone(name) for name in WHOLE)
    assert (len(found.objects), found.text, len(found.labels)) == (2, CAPTION["caption"], 2)
    assert [part.task for part in found.parts] == ["segment", "caption", "classify"]
    assert found.complete
    assert not found.problems


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{TEXT}\n```",
        f"Here is the answer:\n\n{TEXT}\n\nI hope this helps.",
        json.dumps(WHOLE, indent=2),
        json.dumps(TEXT),
        TEXT.replace('"', '\\"'),
        f"[{TEXT}]",
        json.dumps({"result": WHOLE}),
        json.dumps(dict(reversed(WHOLE.items()))),
        json.dumps([{name: value} for name, value in WHOLE.items()]),
        "\n".join(json.dumps({name: value}) for name, value in WHOLE.items()),
        TEXT[:-1],
        TEXT.replace('}, "', '} "'),
        TEXT.replace('"segment"', "segment").replace('"classify"', "'classify'"),
        TEXT.replace('"segment"', '"Segment"'),
        json.dumps({**WHOLE, "caption": CAPTION["caption"]}),
        json.dumps({**WHOLE, "segment": BOXES["boxes"]}),
        json.dumps({**{k: v for k, v in WHOLE.items() if k != "segment"}, **BOXES}),
        json.dumps({**WHOLE, "segment": json.dumps(BOXES)}),
    ],
)
def test_however_it_is_wrapped_every_part_is_found(text: str) -> None:
    found = read(text)

    assert [each.label for each in found.objects] == ["red box", "ball"]
    assert all(each.mask for each in found.objects)
    assert found.text == CAPTION["caption"]
    assert [each.name for each in found.labels] == ["box", "toy"]
    assert found.complete


@pytest.mark.parametrize("missing", WHOLE)
def test_a_part_that_is_missing_is_a_problem_of_that_part(missing: str) -> None:
    found = read(json.dumps({name: value for name, value in WHOLE.items() if name != missing}))

    for name in WHOLE:
        if name != missing:
            assert of_part(found, name) == as_alone(name)
    (part,) = (each for each in found.parts if each.task == missing)
    assert not part.complete
    assert [each.code for each in part.problems] == ["part_missing"]
    assert found.complete  # asking again would cost a call, and may bring as little
    assert found.problems == part.problems


@pytest.mark.parametrize("wrong", WHOLE)
@pytest.mark.parametrize("value", [None, 7, True, "", {}, [None], {"x": {}}, "[", [[[]]]])
def test_a_part_of_the_wrong_type_takes_no_other_with_it(wrong: str, value: Any) -> None:
    found = read(json.dumps({**WHOLE, wrong: value}))

    for name in WHOLE:
        if name != wrong:
            assert of_part(found, name) == as_alone(name)


@pytest.mark.parametrize("order", [*itertools.permutations(WHOLE)])
def test_cut_at_any_byte_no_part_before_the_cut_is_lost(order: tuple[str, ...]) -> None:
    whole = {name: WHOLE[name] for name in order}
    text = json.dumps(whole)
    ends = {
        name: text.index(json.dumps(whole[name])) + len(json.dumps(whole[name])) for name in order
    }
    for cut in range(len(text) - 1):
        try:
            found = read(text[:cut])
        except BadAnswer:
            assert cut < min(ends.values())
            continue
        for name in order:
            if ends[name] <= cut:
                assert of_part(found, name) == as_alone(name)
        if cut != max(ends.values()) - 1:  # a text that ends in its quote is whole
            assert found.complete == (cut >= max(ends.values()))


def test_a_caption_that_is_cut_is_kept_as_far_as_it_came() -> None:
    found = read('{"caption": {"caption": "A red box on gr')

    assert (found.text, found.complete) == ("A red box on gr", False)
    assert {part.task: [each.code for each in part.problems] for part in found.parts} == {
        "caption": ["cut_off"],
        "classify": ["part_cut_off"],
        "segment": ["part_cut_off"],
    }


@pytest.mark.parametrize("broken", WHOLE)
def test_a_character_that_is_lost_in_one_part_costs_no_other_part(broken: str) -> None:
    start = TEXT.index(json.dumps(WHOLE[broken]))
    for at in range(start, start + len(json.dumps(WHOLE[broken]))):
        found = read(TEXT[:at] + TEXT[at + 1 :])
        for name in WHOLE:
            if name != broken:
                kept, _, complete = of_part(found, name)
                assert (kept, complete) == (as_alone(name)[0], True), TEXT[at - 20 : at + 20]


@given(st.sampled_from([*WHOLE]), ANYTHING)
def test_whatever_one_part_is_the_others_are_read_as_alone(hostile: str, value: Any) -> None:
    found = read(json.dumps({**WHOLE, hostile: value}))

    for name in WHOLE:
        if name != hostile:
            assert of_part(found, name) == as_alone(name)


@given(st.text(alphabet='{}[]",:\\ \n`caption clsify sgmnt0', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadAnswer, Refused):
        assert len(read(text).parts) == 3


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "A red box.", '{"note": 1}', '"caption"'])
def test_an_answer_without_any_part_cannot_be_used(text: str) -> None:
    with pytest.raises(BadAnswer):
        read(text)


def test_nothing_found_is_only_an_empty_list_in_its_own_part() -> None:
    with_empty = read(json.dumps({**WHOLE, "segment": {"boxes": []}}))
    without = read(json.dumps({"caption": CAPTION, "classify": CLASSES, "x": {}}))

    assert [part.complete for part in with_empty.parts] == [True, True, True]
    assert [part.complete for part in without.parts] == [False, True, True]
    assert with_empty.objects == without.objects == ()


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that request.",
        '{"caption": "I cannot help with this image."}',
    ],
)
def test_a_model_that_declines_has_declined(text: str) -> None:
    with pytest.raises(Refused):
        read(text)


def test_a_part_that_is_declined_takes_no_other_with_it() -> None:
    found = read(json.dumps({**WHOLE, "caption": {"caption": "I cannot help with this image."}}))

    assert [each.code for each in found.problems] == ["part_refused"]
    assert len(found.objects) == 2


def test_the_words_of_two_parts_are_kept_apart() -> None:
    lines = [{"box_2d": [1, 1, 50, 500], "label": "TOTAL 12.00"}]
    found = read(json.dumps({"caption": CAPTION, "read_text": lines}), "read_text+caption")

    assert found.text == "TOTAL 12.00"
    assert found.parts == (
        Part("read_text", text="TOTAL 12.00"),
        Part("caption", text=CAPTION["caption"]),
    )


def test_a_hostile_answer_is_read_in_linear_time() -> None:
    for part in ('"caption":', '{"caption":{"caption":', '"segment": [{', '\\"', '"caption": "'):
        start = time.monotonic()
        for text in (part * 4_000, "{" + part * 4_000 + "}"):
            with suppress(BadAnswer, Refused):
                read(text)
        assert time.monotonic() - start < 60


# The pipeline.


def record(cloud: Cloud, asked: Job) -> dict[str, Any]:
    """The job's record, once it was delivered."""
    assert cloud.deliver(asked, tasks.find(asked.task).worker).ok
    found: dict[str, Any] = json.loads(cloud.result(naming.folder(asked) + "result.json"))
    jsonschema.validate(found, SCHEMA)
    return found


def test_a_photo_is_asked_once_and_has_one_record_with_everything(quiet: Cloud) -> None:
    quiet.script(replies.says(TEXT))
    asked = job(THREE, quiet.upload("a.jpg", Scene().stored()))

    ended = record(quiet, asked)

    found = ended["findings"]
    assert ended["task"] == THREE
    assert [each["label"] for each in found["objects"]] == ["red box", "ball"]
    assert all(each["mask"] for each in found["objects"])
    assert found["text"] == CAPTION["caption"]
    assert found["labels"] == [{"name": each["label"], "score": each["score"]} for each in CLASSES]
    assert ended["usage"]["paid_calls"] == len(quiet.model.questions) == 1
    assert {each["name"] for each in ended["artifacts"]} == {
        *("overlay.jpg", "thumbnail.jpg", "mask-000.png", "mask-001.png")
    }
    (entry,) = (each for each in index.newest() if each.id == asked.key)
    assert (entry.objects, entry.text, entry.folder) == (2, CAPTION["caption"], ended["folder"])
    assert [each.task for each in records.of("a.jpg", asked.images[0].generation)] == [THREE]


def test_a_part_that_cannot_be_read_costs_no_second_call(quiet: Cloud) -> None:
    quiet.script(replies.says(json.dumps({**WHOLE, "segment": "none of your business"})))

    ended = record(quiet, job(THREE, quiet.upload("b.jpg", jpeg())))

    assert (ended["status"], ended["usage"]["paid_calls"]) == ("done", 1)
    assert ended["findings"]["complete"] is False
    assert [part["complete"] for part in ended["findings"]["parts"]] == [False, True, True]
    assert [each["code"] for each in ended["problems"]] == ["part_unreadable"]


def test_an_answer_of_which_no_part_can_be_read_is_asked_again(quiet: Cloud) -> None:
    quiet.script(replies.says("Nothing to see here."), replies.says(TEXT))

    ended = record(quiet, job(THREE, quiet.upload("c.jpg", jpeg())))

    assert ended["usage"]["paid_calls"] == 2
    assert ended["findings"]["complete"] is True


def test_an_answer_that_is_cut_off_is_asked_again_with_more_room(quiet: Cloud) -> None:
    quiet.script(replies.cut_off(TEXT[:-60]), replies.says(TEXT))

    ended = record(quiet, job(THREE, quiet.upload("d.jpg", jpeg())))

    first, second = (each.config["maxOutputTokens"] for each in quiet.model.questions)
    assert (first, second) == (32_768, 65_536)
    assert ended["findings"]["complete"] is True


def test_of_answers_that_are_all_cut_off_the_one_with_most_whole_parts_counts(quiet: Cloud) -> None:
    long = json.dumps({**WHOLE, "caption": {"caption": "A red box. " * 40}})
    quiet.script(
        replies.cut_off(TEXT[:-60]), *[replies.cut_off(long[: long.index("classify")])] * 2
    )

    ended = record(quiet, job(THREE, quiet.upload("e.jpg", jpeg())))

    assert ended["findings"]["text"] == CAPTION["caption"]
    assert [part["complete"] for part in ended["findings"]["parts"]] == [False, True, True]


def test_the_model_needs_to_draw_masks_if_a_part_does(quiet: Cloud) -> None:
    quiet.script(replies.says(TEXT))
    ref = quiet.upload("f.jpg", jpeg())
    asked = job(THREE, ref, model="gemini-3-flash", fallback_models=["gemini-3.6-flash"])

    record(quiet, asked)

    assert [each.model for each in quiet.model.questions] == ["gemini-3.6-flash"]


def test_a_single_tasks_record_says_nothing_of_parts(quiet: Cloud) -> None:
    quiet.script(replies.says(json.dumps(CAPTION)))

    ended = record(quiet, job("caption", quiet.upload("g.jpg", jpeg())))

    assert [*ended["findings"]] == ["objects", "complete", "text", "labels", "answer"]


# The page, the event and the exports.


def test_the_page_lists_it_under_each_of_its_tasks_and_gives_out_its_files(quiet: Cloud) -> None:
    quiet.script(replies.says(TEXT))
    name = "page.jpg"
    ended = record(quiet, job(THREE, quiet.upload(name, jpeg())))
    page = Page(quiet)

    listed = {
        task: [each["task"] for each in page.json("api/results", name=name, task=task)["entries"]]
        for task in ("", "caption", "segment", THREE, "classify+caption+segment", "detect")
    }
    opened = page.json("api/photo", name=name)

    assert listed.pop("detect") == []
    assert all(found == [THREE] for found in listed.values())
    assert page.refused("api/results", task="detect+segment") == (400, "bad_parameters")
    assert opened["records"][0]["findings"]["parts"] == ended["findings"]["parts"]
    for file in ("overlay.jpg", "mask-000.png", "result.json"):
        assert page.get("file", name=ended["folder"] + file).status_code == 200
    rows = page.get("api/export", format="csv", task="caption", prefix=name).text.splitlines()
    assert len(rows) == 1 + 2 + len(CLASSES)


def test_its_event_has_the_parts(quiet: Cloud) -> None:
    quiet.script(replies.says(TEXT))
    asked = job(THREE, quiet.upload("event.jpg", jpeg()))
    ended = record(quiet, asked)

    found = records.find(asked)
    assert found
    event = json.loads(announcements.event(found).structured())

    assert event["data"]["findings"]["parts"] == ended["findings"]["parts"]


def exported(found: dict[str, Any], status: str = "done") -> Tally:
    """What an export of one record with these findings counts."""
    written = {
        "id": "0" * 64,
        "status": status,
        "reason": None,
        "task": THREE,
        "folder": "a/1/x/",
        "request": request(THREE),
        "usage": None,
        "created": "2026-11-29T00:00:00.000Z",
        "images": [{"bucket": "u", "name": "a.jpg", "generation": 1, "width": 9, "height": 9}],
        "findings": {"objects": [], "text": "A wall.", "labels": [], "answer": None, **found},
        "problems": [problem for part in found["parts"] for problem in part["problems"]],
    }
    tally = Tally()
    writer = exports.format_of(Choice("coco", images="none", polygons=False, labels=()), tally)
    [*writer.add(records.decode(json.dumps(written).encode()))]
    return tally


def part(name: str, *codes: str, complete: bool = True) -> dict[str, Any]:
    problems = [{"code": code, "sentence": "Why.", "item": None} for code in codes]
    return {"task": name, "complete": complete, "text": None, "problems": problems}


def test_a_photo_is_an_example_without_objects_only_if_they_were_looked_for() -> None:
    nothing = exported({"complete": True, "parts": [part("segment"), part("caption")]})
    without_caption = exported(
        {
            "complete": False,
            "parts": [part("segment"), part("caption", "part_missing", complete=False)],
        }
    )
    unread = exported(
        {
            "complete": False,
            "parts": [part("segment", "part_missing", complete=False), part("caption")],
        }
    )
    no_words = exported(
        {"complete": True, "parts": [part("segment"), part("caption", "offline_cannot")]}
    )
    no_eyes = exported(
        {"complete": True, "parts": [part("segment", "offline_cannot"), part("caption")]}
    )

    photos = [
        each.counts["photos"] for each in (nothing, without_caption, unread, no_words, no_eyes)
    ]
    assert photos == [1, 1, 0, 1, 0]


def test_the_offline_model_answers_each_part_as_it_does_alone(quiet: Cloud) -> None:
    quiet.script(otherwise=OfflineModel())
    ref = quiet.upload("drawn.jpg", Scene().stored())
    combined = record(
        quiet, job("segment+answer+caption", ref, question="How many dogs are there?")
    )

    single = {
        name: record(quiet, job(name, ref, question="How many dogs are there?"))["findings"]
        for name in ("segment", "answer", "caption")
    }
    assert combined["findings"]["objects"] == single["segment"]["objects"]
    assert combined["findings"]["answer"] == single["answer"]["answer"]
    assert combined["findings"]["text"] == single["caption"]["text"]
