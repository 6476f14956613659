"""The table `redact`, and the list `crops`: what is refused, with a sentence."""

from typing import Any

import pytest

from shared import redaction, tasks
from shared.intake import job_file
from shared.intake.recipes.reading import read
from shared.model import ImageRef
from shared.redaction import Terms
from tests.settings import SOUND

HIDE = {"hide": ["face"]}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([], "must be a table"),
        ("face", "must be a table"),
        ({}, "hide must be a list"),
        ({"hide": []}, "hide must be a list"),
        ({"hide": "face"}, "hide must be a list"),
        ({"hide": [""]}, "hide must have texts"),
        ({"hide": [1]}, "hide must have texts"),
        ({"hide": ["x" * 101]}, "hide must have texts"),
        ({"hide": ["x"] * 51}, "hide has 51 entries; 50 are the limit"),
        ({**HIDE, "who": "me"}, "has 'who'; there are: hide, what, how, margin, if_unsure"),
        ({**HIDE, "what": "ellipse"}, "what must be box or mask"),
        ({**HIDE, "how": "blur"}, "how must be fill or pixelate"),
        ({**HIDE, "how": ["fill"]}, "how must be fill or pixelate"),
        ({**HIDE, "if_unsure": "copy"}, "if_unsure must be withhold or hide_all"),
        ({**HIDE, "margin": 0.02}, "margin must be a number from 0.03 to 1"),
        ({**HIDE, "margin": 1.1}, "margin must be a number from 0.03 to 1"),
        ({**HIDE, "margin": float("nan")}, "margin must be a number from 0.03 to 1"),
        ({**HIDE, "margin": True}, "margin must be a number from 0.03 to 1"),
        ({**HIDE, "margin": "5%"}, "margin must be a number from 0.03 to 1"),
    ],
)
def test_a_wrong_table_is_refused_with_a_sentence(given: object, why: str) -> None:
    assert (redaction.complaint(given) or "").startswith(why)


@pytest.mark.parametrize(
    "given",
    [
        HIDE,
        {**HIDE, "what": "mask", "how": "pixelate", "if_unsure": "hide_all", "margin": 0.03},
        {**HIDE, "margin": 1},
    ],
)
def test_a_sound_table_has_no_complaint(given: dict[str, Any]) -> None:
    assert redaction.complaint(given) is None
    assert redaction.terms(given).hide == ("face",)


def test_boxes_are_filled_and_doubts_withhold_unless_said_otherwise() -> None:
    assert redaction.terms(HIDE) == Terms(("face",), "box", "fill", 0.05, "withhold")


RECIPE = """
[[recipe]]
name = "any"
match = "**"
tasks = [{tasks}]
{keys}
"""


@pytest.mark.parametrize(
    ("asked", "keys", "why"),
    [
        ('"redact"', "", "redact is missing; redact needs it"),
        ('"redact"', "redact = { hide = [] }", "redact hide must be a list"),
        (
            '"redact"',
            'redact = { hide = ["face"] }\ncrops = ["face"]',
            "crops has 'face', which redact hides",
        ),
        (
            '"detect"',
            'labels = ["shoe"]\ncrops = ["bag"]',
            "crops has 'bag', which is not among the labels",
        ),
        ('"detect"', 'crops = ["bag"]', "crops has 'bag', which is not among the labels"),
        (
            '"detect", "segment"',
            'labels = ["bag"]\ncrops = ["bag"]',
            "crops is for one task, and detect and segment would both make them",
        ),
        ('"caption"', 'crops = ["bag"]', "crops is not known to it or any of its tasks"),
        ('"detect"', 'redact = { hide = ["face"] }', "redact is not known to it or any of its"),
        ('"redact+segment"', 'redact = { hide = ["face"] }', "redact and segment both ask for"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(asked: str, keys: str, why: str) -> None:
    (fault,) = read(RECIPE.format(tasks=asked, keys=keys)).faults

    assert why in str(fault)


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ('"redact"', 'redact = { hide = ["face"] }'),
        ('"redact+caption", "classify"', 'redact = { hide = ["face"] }\ncrops = ["bag"]'),
        ('"detect", "caption"', 'labels = ["bag", "shoe"]\ncrops = ["bag"]'),
    ],
)
def test_sound_recipes_have_no_fault(asked: str, keys: str) -> None:
    assert not read(RECIPE.format(tasks=asked, keys=keys)).faults


def test_a_job_file_is_checked_as_a_recipe_is() -> None:
    body = (
        b'{"task": "redact", "images": ["a.jpg"], "crops": ["Bag", "bag"], '
        b'"redact": {"hide": ["bag"]}}'
    )

    (fault,) = job_file.faults(body)

    assert fault.sentence == "The job file: crops has 'bag', which redact hides."


def test_what_is_hidden_is_looked_for_first_and_in_these_words() -> None:
    request = {**tasks.find("redact").defaults, "redact": HIDE, "crops": ["bag"]}

    asked = tasks.find("redact").prompt(request)

    assert asked.startswith("Find every face, bag in this image.")
    assert "Miss none" in asked
    masked = {**request, "redact": {**HIDE, "what": "mask"}}
    assert tasks.find("redact").prompt(masked).startswith("Segment every face, bag in this image.")


@pytest.mark.parametrize(
    ("keys", "given"),
    [
        ("overlay = false", {"overlay": False}),
        ("thumbnail = false", {"thumbnail": False}),
        ('detail = "low"', {"detail": "low"}),
        ('labels = ["bag"]\ncrops = ["bag"]', {"labels": ["bag"], "crops": ["bag"]}),
        ("overlay = true\nthumbnail = true\ncrops = []", {}),
    ],
)
def test_what_a_recipe_gives_is_in_the_request_and_its_default_is_not(
    keys: str, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SOUND.items():
        monkeypatch.setenv(name, value)
    ref = ImageRef("uploads", "a.jpg", 1)
    plain, recipe = (
        read(RECIPE.format(tasks='"detect"', keys=each)).recipes[0] for each in ("", keys)
    )
    (usual,), (job,) = plain.jobs(ref), recipe.jobs(ref)

    assert job.request == {**usual.request, **given}
    assert (job.key == usual.key) is not given
