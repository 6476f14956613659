"""`darkroom diff`: two answers of a photo, compared by hand."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.difference.findings import Difference, Pair, Thing, Value
from local.gemini import Question, replies
from shared.jobs.record import Found, Record
from shared.model import Box, Moderation, Shadow
from testbed.cloud import Cloud
from tests.cli.golden.sets import command
from tests.cli.grading.found import boxes, classes, form, full, text, thing, things
from tests.corrections import corrected
from tests.jobs import THING, the_job
from tests.photos import jpeg
from tests.shared.exports.exporting import done, put, seen

HERE, SHIFTED, FAR = Box(0, 0, 100, 50), Box(10, 0, 110, 50), Box(150, 60, 190, 90)


def diff(*options: object) -> Any:
    ended = command("diff", "--json", *options)
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.output)


def test_what_moved_and_by_how_much() -> None:
    found = Difference.of(things(HERE), things(SHIFTED))

    assert found.pairs == (Pair("cup", "cup", HERE, (10, 0, 10, 0), 90 / 110, None),)
    assert (found.same, found.only_here, found.only_there) == (0, (), ())


def test_what_only_one_has_and_what_is_called_otherwise() -> None:
    here = Found((thing("cup", HERE), thing("hat", FAR)))
    there = Found((thing("mug", HERE), thing("cat", Box(0, 60, 20, 80))))

    found = Difference.of(here, there)

    assert found.only_here == (Thing("hat", FAR),)
    assert found.only_there == (Thing("cat", Box(0, 60, 20, 80)),)
    (pair,) = found.pairs
    assert (pair.moved, pair.relabelled, pair.label_there) == (False, True, "mug")


def test_masks_in_the_same_box_may_differ() -> None:
    one, other = thing("cup", HERE, full(HERE)), thing("cup", HERE, full(Box(0, 0, 50, 50)))

    (pair,) = Difference.of(Found((one,)), Found((other,))).pairs

    assert pair.mask_iou == 0.5
    assert Difference.of(Found((one,)), Found((one,))).nothing


def test_texts_differ_by_words() -> None:
    found = Difference.of(text("a big red fox"), text("a red  wolf"))

    assert found.texts["text"].changes == (("big", ""), ("fox", "wolf"))
    assert found.texts["text"].edits == 7  # "big " goes, and three letters of "fox" become "wolf"
    assert Difference.of(text("a  b"), text("a b")).nothing


def test_classes_fields_answers_and_verdicts() -> None:
    assert Difference.of(classes("Cat", "dog"), classes("cat", "cow")).classes_only_here == ("dog",)
    fields = Difference.of(form(total=3, paid=True), form(total=3.0, paid=None)).fields
    assert fields == {"paid": Value(True, None)}
    assert "answer" in Difference.of(Found(answer="yes"), Found(answer="no")).texts
    allow, block = (Found(moderation=Moderation(each)) for each in ("allow", "block"))
    assert Difference.of(allow, block).texts["verdict"].changes == (("allow", "block"),)


@given(some.lists(boxes, max_size=5), some.lists(boxes, max_size=5))
def test_every_object_is_counted_once_on_either_side(ones: list[Box], others: list[Box]) -> None:
    found = Difference.of(things(*ones), things(*others))

    both = found.same + len(found.pairs)
    assert both + len(found.only_here) == len(ones)
    assert both + len(found.only_there) == len(others)
    assert Difference.of(things(*ones), things(*ones)).nothing


def earlier(name: str, *objects: Any, prompt: str, generation: int = 1) -> Record:
    ended = done(*objects, name=name, generation=generation, task="detect")
    request = {**ended.job.request, "prompt": prompt}
    return put(replace(ended, job=replace(ended.job, request=request)))


def test_the_newest_is_compared_with_the_one_before(quiet: Cloud) -> None:
    earlier("a.jpg", seen("cup", box=Box(1, 1, 21, 21)), prompt="old")
    earlier("a.jpg", seen("cup", box=Box(3, 1, 23, 21)), seen("hat"), prompt="new")

    (found,) = diff("a.jpg")

    assert found["pairs"][0]["by"] == [-2, 0, -2, 0]
    assert [each["label"] for each in found["only_here"]] == ["hat"]
    said = command("diff", "a.jpg").output
    assert "moved        cup: left -2, right -2; IoU 0.82" in said
    assert "only here    hat at 3, 4, 23, 24" in said


def test_a_version_before_is_an_earlier_one(quiet: Cloud) -> None:
    earlier("a.jpg", seen("cup"), prompt="p", generation=1)
    earlier("a.jpg", seen("cup"), prompt="p", generation=2)

    (found,) = diff("a.jpg")

    assert found["equal"]
    assert found["there"].endswith("version 1")
    assert diff("a.jpg", "--against", "1/detect") == [found]
    assert "There is no difference" in command("diff", "a.jpg").output


def test_with_a_correction(quiet: Cloud) -> None:
    record = earlier("a.jpg", seen("cup"), prompt="p")
    things_there = tuple(
        replace(each, label="mug") for each in (record.findings or Found()).objects
    )
    corrected(record, Found(things_there))

    (found,) = diff("a.jpg", "--against", "correction")

    assert [each["label_there"] for each in found["pairs"]] == ["mug"]
    assert "cup is mug there" in command("diff", "a.jpg", "--against", "correction").output


def test_with_a_shadow(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    other = {"box_2d": [600, 600, 900, 900], "label": "other"}

    def say(question: Question) -> Any:
        return replies.boxes([THING, other] if "lite" in question.model else [THING])

    quiet.script(otherwise=say)
    job = the_job(quiet.upload("a.jpg", jpeg()))
    shadowed = replace(job, shadow=Shadow("gemini-3.1-flash-lite", 1.0), recipe="r")
    assert quiet.deliver(shadowed).ok

    (found,) = diff("a.jpg", "--against", "shadow")

    assert found["same"] == 1
    assert [each["label"] for each in found["only_there"]] == ["other"]


def test_what_is_not_there_ends_with_a_sentence(quiet: Cloud) -> None:
    earlier("a.jpg", seen("cup"), prompt="p")

    alone = command("diff", "a.jpg")
    strange = command("diff", "a.jpg", "--against", "yesterday!")

    assert alone.exit_code == 1
    assert "no result that can be compared with an earlier one" in alone.output
    assert strange.exit_code == 2
    assert command("diff", "a.jpg", "--against", "shadow").exit_code == 1
    assert command("diff", "b.jpg").exit_code == 1
