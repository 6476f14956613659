"""Which faults of an answer leave no doubt about where everything is."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import tasks
from shared.answers import problems
from shared.copies import doubts
from shared.errors import BadAnswer, Refused
from shared.model import Box, Detection, Findings, Photo, Problem, Size
from shared.redaction import Terms

SIZE = Size(640, 420)
PHOTO = Photo("b", "a.jpg", 1, width=640, height=420)
FACE = Detection("face", Box(100, 100, 200, 200))
TERMS = Terms(("face",))
REQUEST = {**tasks.find("redact").defaults, "redact": {"hide": ["face"]}}


def test_every_fault_that_leaves_no_doubt_exists() -> None:
    assert {*problems._SENTENCES} >= doubts._HARMLESS | doubts._MASK_LOST


@pytest.mark.parametrize("code", [*problems._SENTENCES, "a code of a later version"])
def test_a_fault_leaves_doubt_unless_it_is_known_to_be_harmless(code: str) -> None:
    found = Findings((FACE,), (Problem(code, "A fault."),))

    doubt = doubts.doubt(found, PHOTO, REQUEST, TERMS)

    known = code in doubts._HARMLESS or code in doubts._MASK_LOST
    assert (doubt is None) == known


@pytest.mark.parametrize(
    "code",
    [
        *("beyond_limit", "box_3d", "cut_off", "fractions", "left_out", "more_problems"),
        *("no_coordinates", "not_an_object", "not_finite", "outside_image", "pixels"),
        *("several_values", "too_many_items", "unfinished", "unknown_label", "zero_area"),
        *("mask_beyond_box", "mask_corners_lost", "mask_without_box", "repeated_key"),
    ],
)
def test_what_loses_or_moves_something_leaves_doubt(code: str) -> None:
    assert code in problems._SENTENCES
    found = Findings((FACE,), (Problem(code, "A fault."),))

    assert doubts.doubt(found, PHOTO, REQUEST, TERMS)


ITEM = {"box_2d": [100, 100, 300, 300], "label": "face"}
ODD = st.one_of(
    st.none(),
    st.integers(-2000, 2000),
    st.text(max_size=8),
    st.lists(st.integers(-10, 1100), max_size=6),
    st.floats(allow_nan=False),
    st.dictionaries(st.sampled_from(["box_2d", "label", "mask"]), st.integers(), max_size=2),
)


@given(st.lists(st.tuples(st.sampled_from(["box_2d", "label"]), ODD), min_size=1, max_size=3))
@settings(deadline=None, max_examples=300)
def test_an_answer_in_which_an_item_is_lost_is_never_sure(
    changes: list[tuple[str, object]],
) -> None:
    """Two items are listed; if only one is read, that is no sure answer."""
    other = {**ITEM, "box_2d": [600, 600, 800, 800], **dict(changes)}
    try:
        found = tasks.find("redact").read(json.dumps([ITEM, other]), [SIZE], REQUEST)
    except (BadAnswer, Refused):
        return

    if len(found.objects) < 2 and not any(each.code == "duplicate" for each in found.problems):
        assert doubts.doubt(found, PHOTO, REQUEST, TERMS)


def test_what_is_cut_out_needs_no_mask() -> None:
    bag = replace(FACE, label="bag")
    request = {**REQUEST, "crops": ["bag"]}
    lost = (Problem("mask_missing", "The object came without a mask."),)

    assert doubts.doubt(Findings((bag,), lost), PHOTO, request, TERMS._replace(what="mask")) is None
    told = doubts.doubt(Findings((FACE,), lost), PHOTO, request, TERMS._replace(what="mask"))
    assert told
    assert told.code == "box_only"
