"""Tokens: the price of a question, and whether the counted question had a photo in it."""

import json

import pytest

from shared.border.gemini import models, reply, tokens
from shared.border.gemini.models import Model
from shared.model import Size


def model(*, tiled: bool, resolution: str | None) -> Model:
    return Model(
        name="a-model", structured=True, side=1024, tiled=tiled, media_resolution=resolution
    )


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param((384, 384), 258, id="one tile"),
        pytest.param((385, 300), 1032, id="just too large for one"),
        pytest.param((1024, 768), 1032, id="4:3"),
        pytest.param((1600, 1200), 1032, id="4:3, larger"),
        pytest.param((4032, 3024), 1032, id="a phone's"),
        pytest.param((1920, 1080), 1548, id="16:9"),
        pytest.param((960, 540), 1548, id="16:9, smaller"),
        pytest.param((1080, 1920), 1548, id="upright"),
        pytest.param((1980, 1380), 1548, id="as Google's forum has it"),
        pytest.param((8000, 500), 50 * 258, id="a panorama"),
        pytest.param((1000, 1), 1000 * 258, id="a line"),
    ],
)
def test_gemini_2_counts_tiles(size: tuple[int, int], expected: int) -> None:
    assert tokens.of_image(models.find("gemini-2.5-flash"), Size(*size)) == expected


@pytest.mark.parametrize(
    ("tiled", "resolution", "expected"),
    [
        (False, None, 1120),
        (False, "LOW", 280),
        (False, "MEDIUM", 560),
        (False, "HIGH", 1120),
        (False, "ULTRA_HIGH", 2240),
        (True, "LOW", 64),
        (True, "MEDIUM", 256),
        (True, "HIGH", 1032),
    ],
)
def test_the_media_resolution_decides(tiled: bool, resolution: str | None, expected: int) -> None:
    asked = model(tiled=tiled, resolution=resolution)

    assert tokens.of_image(asked, Size(1024, 768)) == expected


@pytest.mark.parametrize("name", ["gemini-3.8-flash", "gemini-3.5-flash-lite", "gemini-9-neon"])
def test_gemini_3_costs_the_same_for_any_size(name: str) -> None:
    sizes = [Size(40, 30), Size(1024, 768), Size(8000, 500)]

    assert {tokens.of_image(models.find(name), size) for size in sizes} == {1120}


def test_a_question_is_its_text_and_its_photos_as_they_are_sent() -> None:
    asked = models.find("gemini-2.5-flash")

    counted = tokens.of_question(asked, [Size(8000, 4500), Size(100, 100)], "x" * 400)

    assert tokens.shrunk(Size(8000, 4500), 1024) == (1024, 576)
    assert counted == 100 + 1548 + 258


def test_letters_beyond_ascii_count_for_more() -> None:
    assert tokens.of_text("") == 1
    assert tokens.of_text("photo") == 2
    assert tokens.of_text("写真の中") == 3


@pytest.mark.parametrize(
    ("usage", "seen"),
    [
        (
            {
                "promptTokenCount": 9,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
            },
            False,
        ),
        (
            {
                "promptTokenCount": "9",
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 9},
                    {"modality": "IMAGE", "tokenCount": 0},
                ],
            },
            False,
        ),
        (
            {
                "promptTokenCount": 267,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
            },
            True,
        ),
        (
            {
                "promptTokenCount": 267,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 9},
                    {"modality": "DOCUMENT", "tokenCount": 258},
                ],
            },
            True,
        ),
        (
            {
                "promptTokenCount": 267,
                "promptTokensDetails": [
                    {"modality": 1, "tokenCount": 9},
                    {"modality": 2, "tokenCount": 258},
                ],
            },
            True,
        ),
        ({"promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}]}, True),
        ({"promptTokensDetails": [{"modality": "IMAGE", "tokenCount": 258}]}, True),
        ({"prompt_tokens_details": [{"modality": "IMAGE", "token_count": "258"}]}, True),
        ({"promptTokensDetails": []}, True),
        ({"promptTokenCount": 9}, True),
        (None, True),
    ],
    ids=[
        *("text alone", "an image of nothing", "a part of the total", "an image by another name"),
        *("numbers for names", "no total", "image", "snake case", "empty", "silent", "absent"),
    ],
)
def test_an_answer_whose_question_counted_no_image_is_known(usage: object, seen: bool) -> None:
    assert reply.saw_images(json.dumps({"usageMetadata": usage}).encode()) == seen
