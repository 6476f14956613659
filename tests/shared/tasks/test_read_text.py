"""Reading text: lines and where they stand."""

import json

import jsonschema
import pytest

from local.gemini import replies
from shared import naming, tasks
from shared.model import Box, Size
from testbed.cloud import Cloud
from tests.jobs import SCHEMA
from tests.photos import Scene
from tests.shared.tasks.describing import job

READ = tasks.find("read_text")
SIZE = Size(2000, 1000)


def read(answer: str, **settings: object):
    return READ.read(answer, [SIZE], {**READ.defaults, **settings})


@pytest.mark.parametrize(
    ("answer", "text", "codes"),
    [
        ("[]", "", []),
        ('[{"box_2d": [100, 50, 200, 950], "label": "EXIT"}]', "EXIT", []),
        (
            '```json\n[{"box_2d": [0, 0, 9, 99], "label": "Größe: 3 < 4"},'
            ' {"box_2d": [10, 0, 19, 99], "label": "日本語"}]\n```',
            "Größe: 3 < 4\n日本語",
            [],
        ),
        (
            '[{"box_2d": [200, 50, 100, 950], "label": "a\\nb"}]',
            "a b",
            ["swapped_corners", "label_cleaned"],
        ),
    ],
    ids=["no text", "one line", "two lines in a fence", "corners swapped, a break inside"],
)
def test_lines_become_boxes_and_one_text(answer: str, text: str, codes: list[str]) -> None:
    found = read(answer)

    assert found.text == text
    assert [line.label for line in found.objects] == text.splitlines()
    assert sorted(problem.code for problem in found.problems) == sorted(codes)


def test_a_line_stands_where_the_model_says_in_pixels() -> None:
    (line,) = read('[{"box_2d": [100, 50, 200, 950], "label": "EXIT"}]').objects

    assert line.shape == Box(left=100, top=100, right=1900, bottom=200)


def test_a_page_that_breaks_off_keeps_its_whole_lines() -> None:
    found = read('[{"box_2d": [0, 0, 9, 99], "label": "one"}, {"box_2d": [10, 0, 1')

    assert (found.text, found.complete) == ("one", False)


@pytest.mark.parametrize("key", ["full_text", "text", "ocrText", "transcription"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["at the top", "deeper"])
def test_a_text_beside_the_list_is_kept_as_far_as_the_list_has_not_got_it(
    key: str, *, wrapped: bool
) -> None:
    lines = [{"box_2d": [0, 0, 99, 99], "text": "TOTAL 5"}]
    page: dict[str, object] = {key: "TOTAL  5\nThank you", "lines": lines}

    found = read(json.dumps({"language": "en", "page": page} if wrapped else page))

    assert found.text == "TOTAL 5\nThank you"
    assert len(found.objects) == 1
    assert [(each.code, each.item) for each in found.problems] == [("no_place", 1)]


def test_no_more_lines_are_kept_than_asked_for() -> None:
    lines = [{"box_2d": [n * 10, 0, n * 10 + 9, 99], "label": f"line {n}"} for n in range(9)]

    found = read(json.dumps(lines), max_lines=4)

    assert found.text == "line 0\nline 1\nline 2\nline 3"
    assert "at most 4 lines" in READ.prompt({**READ.defaults, "max_lines": 4})


def test_a_photo_of_text_ends_in_a_valid_record(darkroom: Cloud) -> None:
    darkroom.trigger.close()
    scene = Scene()
    darkroom.script(replies.boxes([{"box_2d": scene.box_2d(), "label": "../STOP"}]))
    asked = job("read_text", darkroom.upload("sign.jpg", scene.stored()))

    assert darkroom.deliver(asked, "describe").ok

    record = json.loads(darkroom.result(naming.folder(asked) + "result.json"))
    jsonschema.validate(record, SCHEMA)
    assert record["findings"]["text"] == "../STOP"
    assert record["findings"]["objects"][0]["shape"]["left"] == scene.truth.left
    assert "STOP" not in "".join(darkroom.results())
