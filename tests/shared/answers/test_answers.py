import json
import time
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import answers
from shared.errors import BadAnswer
from shared.model import Box, Detection, Findings, Point, Size

SIZE = Size(2000, 1000)
CAT = '{"box_2d": [100, 200, 300, 400], "label": "cat"}'
DOG = '{"box_2d": [500, 600, 700, 800], "label": "dog"}'
CAT_BOX = Box(left=400, top=100, right=800, bottom=300)
DOG_BOX = Box(left=1200, top=500, right=1600, bottom=700)
HUGE = "1" + "0" * 400


def read(text, limit=25, size=SIZE):
    """What was kept as (label, shape, provenance), and the problems as (code, item)."""
    found = answers.objects(text, size, limit)
    kept = [(each.label, each.shape, each.provenance) for each in found.objects]
    return kept, [(each.code, each.item) for each in found.problems]


def test_the_answer_asked_for_is_read_as_it_is():
    found = answers.objects(f"[{CAT}, {DOG}]", SIZE, 25)

    assert found == Findings((Detection("cat", CAT_BOX), Detection("dog", DOG_BOX)))


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        " [ ]\n",
        "```json\n[]\n```",
        '{"boxes": []}',
        '{"note": "none", "items": []}',
        "No: []",
    ],
)
def test_an_empty_list_means_that_nothing_was_found(text):
    assert answers.objects(text, SIZE, 25) == Findings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "no JSON", id="nothing"),
        pytest.param("There is no such object in the image.", "no JSON", id="prose"),
        pytest.param("There is none [see above].", "no JSON", id="prose with brackets"),
        pytest.param("null", "neither", id="null"),
        pytest.param('"cat"', "neither", id="text"),
        pytest.param("{}", "no coordinates", id="empty object"),
        pytest.param('{"error": "overloaded", "details": []}', "no coordinates", id="another list"),
        pytest.param("[100, 200, 300, 400]", "not an object", id="numbers alone"),
        pytest.param('[{"label": "cat"}]', "no coordinates", id="no box at all"),
        pytest.param('[{"box_2d": [NaN, 1, 2, 3]}]', "not a number", id="no box that can be read"),
        pytest.param("[", "cut off", id="cut off at once"),
        pytest.param(
            '[{"box_2d": [100, 200, 300, 400], "label": "ca', "cut off", id="in the first"
        ),
        pytest.param('{"box_2d": [100, 200, 300, 400], "label": "ca', "cut off", id="in the only"),
        pytest.param('{"x": {"box_2d": [100, 200, 300, 400], "la', "cut off", id="in the wrapped"),
        pytest.param('{"boxes": [', "cut off", id="before the first"),
    ],
)
def test_an_answer_without_content_is_asked_for_again_and_never_an_empty_list(text, says):
    with pytest.raises(BadAnswer, match=says):
        answers.objects(text, SIZE, 25)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"```json\n[{CAT}]\n```", id="1 fence"),
        pytest.param(f"  ```JSON\r\n[{CAT}]", id="2 fence, odd"),
        pytest.param(f"Here are your boxes:\n[{CAT}]\nAnything else?", id="3 prose"),
        pytest.param(f'{{"boxes": [{CAT}]}}', id="23 boxes"),
        pytest.param(f'{{"masks": [{CAT}]}}', id="23 masks"),
        pytest.param(f'{{"items": [{CAT}]}}', id="23 items"),
        pytest.param(f'{{"results": [{CAT}]}}', id="23 results"),
        pytest.param(f'{{"detections": [{CAT}]}}', id="23 detections"),
        pytest.param(f'{{"objects": [{CAT}], "coordinates": "0-1000"}}', id="23 objects"),
        pytest.param(f'{{"predictions": {{"list": [{CAT}]}}}}', id="23 wrapped twice"),
        pytest.param(f'{{"animals": [{CAT}], "size": [640, 480]}}', id="23 a key of its own"),
        pytest.param(f'[{{"image": "Image 1", "objects": [{CAT}]}}]', id="23 per image"),
        pytest.param(f"[[{CAT}]]", id="23 list in a list"),
        pytest.param(CAT, id="23 a single object"),
        pytest.param(f'{{"result": {CAT}}}', id="23 a single object, wrapped"),
        pytest.param('[{"box_2d": [100, 200, 300, 400], "name": "cat"}]', id="26 name"),
        pytest.param('[{"box_2d": [100, 200, 300, 400], "class_name": "cat"}]', id="26 class_name"),
        pytest.param('[{"Box2D": [100, 200, 300, 400], "Label": "cat"}]', id="26 spelling"),
        pytest.param(
            '[{"box_2d": [100, 200, 300, 400], "label": "cat", "mask": "gimme_mask_for_this"}]',
            id="9 a mask is not complained about",
        ),
        pytest.param(
            '[{"box_2d": [100, 200, 300, 400], "label": "cat", "mask": [[1, 2], [3, 4]]}]',
            id="11 nor is a polygon",
        ),
        pytest.param('[{"box_2d": [100.0, 200, 300, 400.0], "label": " cat "}]', id="floats"),
    ],
)
def test_another_wrapping_is_no_problem(text):
    assert read(text) == ([("cat", CAT_BOX, "exact")], [])


@pytest.mark.parametrize(
    ("item", "problems"),
    [
        pytest.param('{"bbox": [100, 200, 300, 400]}', ["other_key"], id="26 bbox"),
        pytest.param('{"box": [100, 200, 300, 400]}', ["other_key"], id="26 box"),
        pytest.param('{"boundingBox": [100, 200, 300, 400]}', ["other_key"], id="26 boundingBox"),
        pytest.param(
            '{"box_2d": ["100", "200", 300, "400.0"]}', ["text_coordinates"], id="27 texts"
        ),
        pytest.param('{"box_2d": "[100, 200, 300, 400]"}', ["text_coordinates"], id="27 a text"),
        pytest.param(
            '{"box_2d": {"ymin": 100, "xmin": 200, "ymax": 300, "xmax": 400}}',
            ["named_sides"],
            id="27 dict",
        ),
        pytest.param(
            '{"x_min": 200.0, "y_min": 100.0, "x_max": 400, "y_max": 300}',
            ["named_sides"],
            id="22 sides in the item",
        ),
        pytest.param(
            '{"bbox": {"x1": 200, "y1": 100, "x2": 400, "y2": 300}}', ["named_sides"], id="27 x1"
        ),
        pytest.param(
            '{"bbox": {"x0": 200, "y0": 100, "x1": 400, "y1": 300}}', ["named_sides"], id="27 x0"
        ),
        pytest.param(
            '{"box": {"left": 200, "top": 100, "right": 400, "bottom": 300}}',
            ["named_sides"],
            id="27 left",
        ),
        pytest.param(
            '{"box": {"x": 200, "y": 100, "width": 200, "height": 200}}',
            ["named_sides"],
            id="27 width",
        ),
        pytest.param('{"box_2d": [[100, 200, 300, 400]]}', ["nested"], id="nested"),
        pytest.param('{"box_2d": [[100, 200], [300, 400]]}', ["nested"], id="nested corners"),
        pytest.param('{"box_2d": [300, 400, 100, 200]}', ["swapped_corners"], id="16 swapped"),
        pytest.param('{"box_2d": [100, 400, 300, 200]}', ["swapped_corners"], id="16 x alone"),
        pytest.param('{"box_2d": [100, 200, 300, 400, 0.9]}', ["fifth_number"], id="27 fifth"),
    ],
)
def test_a_box_in_another_form_is_the_same_box_and_marked_repaired(item, problems):
    labelled = item[:-1] + ', "label": "cat"}'

    assert read(f"[{labelled}]") == (
        [("cat", CAT_BOX, "repaired")],
        [(code, 0) for code in problems],
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(f"[{CAT}, {DOG},]", "trailing_comma", id="25 trailing comma"),
        pytest.param(f"[{CAT}, {DOG} // the dog\n]", "comment", id="25 comment"),
        pytest.param(f"[{CAT}}}, {DOG}]", "doubled_closer", id="25 doubled brace"),
        pytest.param(f"{CAT}\n{DOG}", "json_lines", id="one object per line"),
    ],
)
def test_mending_between_the_items_leaves_them_exact(text, code):
    assert read(text) == (
        [("cat", CAT_BOX, "exact"), ("dog", DOG_BOX, "exact")],
        [(code, None)],
    )


@pytest.mark.parametrize(
    ("item", "code"),
    [
        pytest.param(
            '{"mask": "<start_of_mask>_box_2d": [100, 200, 300, 400], "label": "cat"}',
            "run_together",
            id="10 mask corrupted by the next key",
        ),
        pytest.param(
            '{"box_2d": [100, 200, 300, 400}', "missing_closer", id="24 a bracket is missing"
        ),
        pytest.param(
            '{"box_2d": [100, 200, 300, 400], "label": "cat"x}',
            "stray_text",
            id="24 a stray letter",
        ),
    ],
)
def test_mending_inside_an_item_marks_that_item_alone(item, code):
    kept, problems = read(f"[{item}, {DOG}]")

    assert [(shape, provenance) for _, shape, provenance in kept] == [
        (CAT_BOX, "repaired"),
        (DOG_BOX, "exact"),
    ]
    assert (code, None) in problems


@pytest.mark.parametrize(
    ("item", "code"),
    [
        pytest.param('{"box_2d": [100, 1100, 300, 1200]}', "outside_image", id="18 to the right"),
        pytest.param('{"box_2d": [-300, 200, -100, 400]}', "outside_image", id="18 above"),
        pytest.param('{"box_2d": [65, 1000, 77, 1004]}', "outside_image", id="18 at the border"),
        pytest.param('{"box_2d": [100, 200, 100, 400]}', "zero_area", id="19 no height"),
        pytest.param('{"box_2d": [0, 0, 0, 0]}', "zero_area", id="19 nothing"),
        pytest.param('{"box_2d": [NaN, 200, 300, 400]}', "not_finite", id="20 NaN"),
        pytest.param('{"box_2d": [100, null, 300, 400]}', "not_finite", id="20 null"),
        pytest.param('{"box_2d": [100, 200, 300, Infinity]}', "not_finite", id="20 Infinity"),
        pytest.param('{"box_2d": [100, 200, 300, 1e999]}', "not_finite", id="20 too large"),
        pytest.param(f'{{"box_2d": [100, 200, 300, {HUGE}]}}', "not_finite", id="20 huge"),
        pytest.param('{"box_2d": [100, true, 300, 400]}', "not_finite", id="20 true"),
        pytest.param('{"box_2d": [100, "left", 300, 400]}', "not_finite", id="20 a word"),
        pytest.param('{"box_2d": [100, {}, 300, 400]}', "not_finite", id="20 an object"),
        pytest.param('{"box_2d": null}', "no_coordinates", id="20 null box"),
        pytest.param('{"box_2d": []}', "no_coordinates", id="empty box"),
        pytest.param('{"box_2d": [100, 200, 300]}', "no_coordinates", id="three numbers"),
        pytest.param('{"box_2d": "top left"}', "no_coordinates", id="a text"),
        pytest.param('{"box_2d": {"top": 1}}', "no_coordinates", id="one side"),
        pytest.param('{"box_2d": 7}', "no_coordinates", id="a number"),
        pytest.param('{"mask": [[1, 2], [3, 4]]}', "no_coordinates", id="only half an outline"),
        pytest.param('{"box_3d": [1, 2, 3, 4, 5, 6, 7, 8, 9]}', "box_3d", id="28 box_3d"),
        pytest.param('{"box_2d": [1, 2, 3, 4, 5, 6, 7, 8, 9]}', "box_3d", id="28 nine numbers"),
        pytest.param('{"point": [100, 1200]}', "outside_image", id="28 point outside"),
        pytest.param('{"point": [100]}', "no_coordinates", id="28 half a point"),
        pytest.param('"cat"', "not_an_object", id="24 a text for an item"),
        pytest.param("null", "not_an_object", id="24 null for an item"),
        pytest.param("[1, 2]", "no_coordinates", id="24 two numbers for an item"),
    ],
)
def test_an_item_that_cannot_be_placed_is_left_out_alone_and_named(item, code):
    assert read(f"[{CAT}, {item}, {DOG}]") == (
        [("cat", CAT_BOX, "exact"), ("dog", DOG_BOX, "exact")],
        [(code, 1)],
    )


@pytest.mark.parametrize(
    ("text", "kept", "problems"),
    [
        pytest.param(
            '[{"box_2d": [-10, -10, 300, 400], "label": "cat"}]',
            [("cat", Box(0, 0, 800, 300), "repaired")],
            [("clamped", 0)],
            id="17 out of range",
        ),
        pytest.param(
            '[{"box_2d": [100, 200, 300, 200.1], "label": "cat"}]',
            [("cat", Box(400, 100, 401, 300), "repaired")],
            [("widened", 0)],
            id="19 thin, but not empty",
        ),
        pytest.param(
            '[{"box_2d": [0.1, 0.2, 0.3, 0.4], "label": "cat"},'
            ' {"box_2d": [0, 0, 1, 1], "label": "all"}]',
            [("cat", CAT_BOX, "repaired"), ("all", Box(0, 0, 2000, 1000), "repaired")],
            [("fractions", None)],
            id="21 fractions",
        ),
        pytest.param(
            '[{"box_2d": [0, 0, 1, 1], "label": "all"}]',
            [("all", Box(0, 0, 2000, 1000), "repaired")],
            [("fractions", None)],
            id="21 all of the image, and no speck in its corner",
        ),
        pytest.param(
            '[{"box_2d": [0, 0.05, 1.002, 0.95], "label": "wall"}]',
            [("wall", Box(100, 0, 1900, 1000), "repaired")],
            [("fractions", None), ("clamped", 0)],
            id="21 fractions go a little too far as well",
        ),
        pytest.param(
            '[{"box_2d": [100, 400, 300, 1800], "label": "cat"}]',
            [("cat", Box(400, 100, 1800, 300), "repaired")],
            [("pixels", None)],
            id="17 pixels",
        ),
        pytest.param(
            '[{"point": [500, 250], "label": "nose"}]',
            [("nose", Point(x=500, y=500), "exact")],
            [],
            id="28 point",
        ),
        pytest.param(
            '[{"point": {"x": 250, "y": 500}, "label": "nose"}]',
            [("nose", Point(x=500, y=500), "repaired")],
            [("named_sides", 0)],
            id="28 point by name",
        ),
        pytest.param(
            '[{"box_2d": [100, 200, 300, 400]}]',
            [("unlabelled", CAT_BOX, "repaired")],
            [("no_label", 0)],
            id="26 no label",
        ),
        pytest.param(
            "[[100, 200, 300, 400]]",
            [("unlabelled", CAT_BOX, "repaired")],
            [("bare_list", 0), ("no_label", 0)],
            id="bare lists",
        ),
        pytest.param(
            '[{"label": "pet", "box_2d": [[100, 200, 300, 400], [500, 600, 700, 800]]}]',
            [("pet", CAT_BOX, "repaired"), ("pet", DOG_BOX, "repaired")],
            [("nested", 0), ("nested", 1)],
            id="several boxes of one item",
        ),
        pytest.param(
            f'[{{"label": "pet", "instances": [{{"box_2d": [100, 200, 300, 400]}}, {DOG}]}}]',
            [("pet", CAT_BOX, "exact"), ("dog", DOG_BOX, "exact")],
            [],
            id="the label of the list",
        ),
        pytest.param(
            f'For example [{{"box_2d": [1, 2, 3, 4], "label": "x"}}]. Now yours: [{CAT}]',
            [("cat", CAT_BOX, "exact")],
            [("several_values", None)],
            id="3 an example before the answer",
        ),
    ],
)
def test_an_odd_answer_is_read_and_its_oddity_reported(text, kept, problems):
    assert read(text) == (kept, problems)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param(f"[{CAT}, {DOG}", ["cat", "dog"], id="4 before the bracket"),
        pytest.param(f'[{CAT}, {{"box_2d": [500, 600, 700, 8', ["cat"], id="4 in a box"),
        pytest.param(f'{{"boxes": [{CAT}, {{"label": "d', ["cat"], id="4 in a wrapper"),
        pytest.param(f'[{CAT}, {{"mask": "data:image/png;{"j4+P" * 99}', ["cat"], id="7 endless"),
        pytest.param(f'[{{"boxes": [{CAT}, {{"label": "d', ["cat"], id="4 in a list of wrappers"),
    ],
)
def test_what_was_whole_before_the_cut_is_kept_and_the_findings_are_not_complete(text, kept):
    found = answers.objects(text, SIZE, 25)

    assert [each.label for each in found.objects] == kept
    assert {each.provenance for each in found.objects} == {"exact"}
    assert not found.complete
    assert [each.code for each in found.problems] == ["cut_off"]


@pytest.mark.parametrize(
    ("label", "kept", "code"),
    [
        pytest.param('"a/b\\\\..\\\\c"', "a/b\\..\\c", None, id="33 slashes are data"),
        pytest.param('"chó 犬 🐕"', "chó 犬 🐕", None, id="any script"),
        pytest.param('"cat猫"', "cat猫", None, id="29 cannot be told from a label"),
        pytest.param('"\\u202egod"', "\u202egod", None, id="bidi is data"),
        pytest.param('"\\ud83d\\udc15"', "🐕", None, id="surrogate pair"),
        pytest.param('"a\\ud83d"', "a\ufffd", "label_cleaned", id="lone surrogate"),
        pytest.param('"red\\r\\ncar"', "red car", "label_cleaned", id="33 line break"),
        pytest.param('"a\\u0000b\\u001b[1mc\\u0085"', "ab[1mc", "label_cleaned", id="controls"),
        pytest.param(f'"{"x" * 501}"', "x" * 500, "label_cut", id="too long"),
        pytest.param(f'"{"x" * 500}"', "x" * 500, None, id="just not too long"),
        pytest.param("7", "7", "label_not_text", id="number"),
        pytest.param('["red", "car"]', "red, car", "label_not_text", id="list"),
        pytest.param("true", "True", "label_not_text", id="true"),
        pytest.param("null", "unlabelled", "no_label", id="null"),
        pytest.param('"  "', "unlabelled", "no_label", id="blank"),
    ],
)
def test_a_label_is_data_kept_as_far_as_it_can_be_written(label, kept, code):
    found = read(f'[{{"box_2d": [100, 200, 300, 400], "label": {label}}}]')

    assert found == (
        [(kept, CAT_BOX, "repaired" if code else "exact")],
        [(code, 0)] if code else [],
    )
    assert found[0][0][0].encode()


@pytest.mark.parametrize(
    ("given_as", "confidence", "codes"),
    [
        pytest.param("0.25", 0.25, [], id="as asked"),
        pytest.param("0", 0, [], id="none at all"),
        pytest.param("1", 1, [], id="certain"),
        pytest.param("null", None, [], id="null"),
        pytest.param("85", 0.85, ["confidence_percent"], id="of a hundred"),
        pytest.param('"0.5"', 0.5, ["confidence_text"], id="text"),
        pytest.param('"0,5"', 0.5, ["confidence_text"], id="text with a comma"),
        pytest.param('"50 %"', 0.5, ["confidence_percent"], id="percent"),
        pytest.param('"50 percent"', 0.5, ["confidence_percent"], id="percent in words"),
        pytest.param('"9/10"', 0.9, ["confidence_scaled"], id="of ten, as it says itself"),
        pytest.param('"high"', None, ["confidence_unusable"], id="word"),
        pytest.param("-0.1", 0, ["score_clamped"], id="just below nothing"),
        pytest.param("1.04", 1, ["score_clamped"], id="just above certain"),
        pytest.param("-0.5", None, ["confidence_unusable"], id="negative"),
        pytest.param("1.5", None, ["confidence_unusable"], id="between two scales"),
        pytest.param("101", 1, ["confidence_percent", "score_clamped"], id="above a hundred"),
        pytest.param("950", 0.95, ["confidence_scaled"], id="of a thousand"),
        pytest.param("5000", None, ["confidence_unusable"], id="of anything"),
        pytest.param("NaN", None, ["confidence_unusable"], id="NaN"),
        pytest.param("true", None, ["confidence_unusable"], id="true"),
        pytest.param("[0.5]", 0.5, [], id="a list of one"),
        pytest.param("[0.5, 0.6]", None, ["confidence_unusable"], id="list"),
    ],
)
def test_a_confidence_is_a_number_from_0_to_1_or_none(given_as, confidence, codes):
    item = f'{{"box_2d": [100, 200, 300, 400], "label": "cat", "confidence": {given_as}}}'

    found = answers.objects(f"[{item}]", SIZE, 25)

    assert found.objects[0].confidence == confidence
    assert [each.code for each in found.problems] == codes
    assert found.objects[0].provenance == ("repaired" if codes else "exact")


def test_a_fifth_number_is_the_confidence_unless_there_is_another():
    bare = '[{"box_2d": [1, 2, 3, 4, 0.9], "label": "a"}]'
    both = '[{"box_2d": [1, 2, 3, 4, 0.9], "label": "a", "score": 0.2}]'

    assert answers.objects(bare, SIZE, 25).objects[0].confidence == 0.9
    assert answers.objects(both, SIZE, 25).objects[0].confidence == 0.2


def test_near_copies_are_one_object_and_reported_once():
    near = '{"box_2d": [100, 200, 300, 401], "label": "cat"}'

    assert read(f"[{CAT}, {near}, {DOG}, {CAT}]") == (
        [("cat", CAT_BOX, "exact"), ("dog", DOG_BOX, "exact")],
        [("duplicate", 0)],
    )


def test_another_label_or_another_place_is_another_object():
    kitten = CAT.replace("cat", "kitten")
    beside = CAT.replace("400", "420")

    assert len(read(f"[{CAT}, {kitten}, {beside}]")[0]) == 3


def test_the_same_point_twice_is_one():
    nose = '{"point": [500, 250], "label": "nose"}'

    assert read(f"[{nose}, {nose}]")[1] == [("duplicate", 0)]


def test_more_objects_than_asked_for_are_cut_and_counted():
    boxes = [f'{{"box_2d": [0, {n}, 9, {n + 9}], "label": "boat"}}' for n in range(0, 900, 10)]

    found = answers.objects(f"[{','.join(boxes)}]", SIZE, 25)

    assert len(found.objects) == 25
    assert found.objects[0].shape == Box(0, 0, 18, 9)
    assert found.complete
    assert [(each.code, each.sentence) for each in found.problems] == [
        ("beyond_limit", "More objects than asked for: 65 were left out.")
    ]


def test_an_endless_loop_is_its_few_objects():
    loop = ",".join([CAT, DOG, CAT.replace("100", "101")] * 4000)

    found = answers.objects(f"[{loop}", SIZE, 25)

    assert [each.label for each in found.objects] == ["cat", "dog"]
    assert [each.code for each in found.problems] == [
        "cut_off",
        "too_many_items",
        "duplicate",
        "duplicate",
    ]


def test_only_the_first_thousand_items_are_read_and_that_is_reported():
    places = product(range(0, 600, 10), range(0, 400, 20))
    items = [json.dumps({"box_2d": [y, x, y + 9, x + 9], "label": "a"}) for y, x in places]

    kept, problems = read(f"[{','.join(items)}]", limit=5000)

    assert (len(items), len(kept)) == (1200, 1000)
    assert problems == [("too_many_items", None)]


def test_a_flood_of_problems_is_counted_and_not_listed():
    broken = ",".join(['{"box_2d": [5, 5, 5, 5], "label": "x"}'] * 200)

    _, problems = read(f"[{broken}, {CAT},]")

    assert len(problems) == 51
    assert problems[0] == ("trailing_comma", None)
    assert problems[1] == ("zero_area", 0)
    assert problems[-1] == ("more_problems", None)


def test_the_count_of_unlisted_problems_is_right():
    broken = ",".join(['{"box_2d": [5, 5, 5, 5], "label": "x"}'] * 200)

    assert "150" in answers.objects(f"[{CAT}, {broken}]", SIZE, 25).problems[-1].sentence


def test_exactly_fifty_problems_are_listed():
    broken = ",".join(['{"box_2d": [5, 5, 5, 5], "label": "x"}'] * 50)

    assert {code for code, _ in read(f"[{CAT}, {broken}]")[1]} == {"zero_area"}


NUMBERS = st.integers(-100, 1100) | st.floats() | st.integers()
ODD = st.none() | st.booleans() | NUMBERS | st.text(max_size=6)
KEYS = st.sampled_from(
    [
        *("box_2d", "bbox", "box_3d", "point", "label", "name", "confidence", "boxes", "mask"),
        *("x_min", "y_min", "x_max", "y_max", "x", "y", "width", "height", "objects", "?"),
    ]
)
ANYTHING = st.recursive(
    ODD | st.lists(NUMBERS, min_size=2, max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
)
SIZES = st.builds(Size, st.integers(1, 20_000), st.integers(1, 20_000))


def check(found, size):
    for each in found.objects:
        shape = each.shape
        if isinstance(shape, Box):
            assert 0 <= shape.left < shape.right <= size.width
            assert 0 <= shape.top < shape.bottom <= size.height
        else:
            assert 0 <= shape.x < size.width
            assert 0 <= shape.y < size.height
        assert each.confidence is None or 0 <= each.confidence <= 1
        assert 0 < len(each.label.encode()) <= 2000
    assert len(found.problems) <= 51


@settings(max_examples=400, deadline=None, derandomize=True)
@given(ANYTHING.map(json.dumps) | st.text(), SIZES, st.integers(1, 5))
def test_any_answer_gives_sound_findings_or_is_a_bad_answer(text, size, limit):
    try:
        found = answers.objects(text, size, limit)
    except BadAnswer:
        return

    check(found, size)
    assert len(found.objects) <= limit


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.fixed_dictionaries({"box_2d": st.lists(ODD, max_size=6), "label": ODD})), SIZES)
def test_every_item_is_kept_or_its_loss_reported_for_any_numbers(items, size):
    try:
        found = answers.objects(json.dumps(items), size, 100)
    except BadAnswer:
        assert items
        return

    check(found, size)
    said = {each.item for each in found.problems}
    copies = any(each.code == "duplicate" for each in found.problems)
    assert copies or len(found.objects) + len(said - {None}) >= len(items)


CORNERS = st.tuples(*[st.integers(0, 499)] * 2, *[st.integers(500, 1000)] * 2)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(CORNERS, max_size=6), st.sampled_from(["[%s]", '{"boxes": [%s]}']), st.data())
def test_a_cut_anywhere_keeps_every_whole_object_and_invents_none(boxes, wrapper, data):
    items = [
        json.dumps({"box_2d": corners, "label": f'no "{n}" [{{'}) for n, corners in enumerate(boxes)
    ]
    text = wrapper % ",".join(items)
    cut = data.draw(st.integers(0, len(text)))
    ends = [text.index(item) + len(item) for item in items]
    whole = sum(end <= cut for end in ends)

    try:
        found = answers.objects(text[:cut], Size(1000, 1000), 25)
    except BadAnswer:
        assert whole == 0
        return

    assert [each.label for each in found.objects] == [f'no "{n}" [{{' for n in range(whole)]
    assert [
        (each.shape.top, each.shape.left, each.shape.bottom, each.shape.right)
        for each in found.objects
    ] == boxes[:whole]
    assert found.complete == (cut == len(text))
    assert whole or found.complete


WALL = ",".join(
    json.dumps({"box_2d": [y, x, y + 9, x + 9], "label": "a"})
    for y, x in product(range(0, 1000, 10), range(0, 1000, 50))
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"[{WALL}]", id="many objects"),
        pytest.param(f"[{WALL}", id="many objects, cut off"),
        pytest.param('[{"box_2d":[' + "[1,2,3,4]," * 10_000 + "[1,2,3,4]]}]", id="many boxes"),
        pytest.param('[{"label":"' + "\\u0000" * 16_000 + '","box_2d":[1,2,3,4]}]', id="controls"),
        pytest.param('[{"box_2d":"' + "1" * 100_000 + 'x"}]', id="a long number"),
        pytest.param('[{"box_2d":"' + "1 " * 50_000 + 'x"}]', id="many numbers"),
        pytest.param('[{"confidence":"1' + " " * 100_000 + 'x","box_2d":[1,2,3,4]}]', id="spaces"),
        pytest.param("{" + ",".join(f'"k{n}":[{{}}]' for n in range(9000)) + "}", id="many keys"),
        pytest.param('{"a":[' * 16_000, id="deep"),
    ],
)
def test_no_answer_takes_long(text):
    start = time.process_time()
    with suppress(BadAnswer):
        answers.objects(text, SIZE, 10_000)

    assert time.process_time() - start < 3  # a quadratic reading takes minutes
