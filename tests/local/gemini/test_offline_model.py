"""The offline model behind its interface: what it says, and that it says what it cannot do."""

import base64
import io
import json
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from google import genai
from google.genai import errors, types
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from cli.app import app
from local.gemini import OfflineModel, Picture, Question, Reply, serve
from local.progress import line
from shared import tasks
from shared.intake.recipes.condition import Condition
from shared.intake.recipes.glob import Glob
from shared.intake.recipes.recipe import Recipe
from shared.jobs import index, records
from testbed.cloud import Cloud
from tests.local.gemini.drawn import (
    ALL,
    BALL,
    EGG,
    SIZE,
    boxed,
    encoded,
    overlap,
    painted,
    pixels,
    truth,
)

BOXES = "Find the prominent things. Answer with a JSON list of box_2d and label."
NUMBERS = {"type": "ARRAY", "items": {"type": "INTEGER"}}
TEXT = {"type": "STRING"}
MASKS = "Give the segmentation masks: a JSON list of box_2d, mask and label."


@cache
def offline() -> OfflineModel:
    return OfflineModel()


def ask(*images: bytes, prompt: str = BOXES, model: str = "offline-model", **config) -> Reply:
    pictures = tuple(Picture(data, "image/jpeg") for data in images)
    return offline()(Question(model, prompt, pictures, config=config))


def said(*images: bytes, **how) -> str:
    reply = ask(*images, **how)
    assert reply.error is None
    (part,) = reply.parts
    return part["text"]


def found(image: Image.Image, **how) -> list[dict]:
    return json.loads(said(encoded(image, quality=90), **how))


def decoded(item: dict) -> np.ndarray:
    """The item's mask over the whole picture, as a client reads it."""
    left, top, right, bottom = pixels(item["box_2d"])
    head, _, data = item["mask"].partition(",")
    assert head == "data:image/png;base64"
    png = Image.open(io.BytesIO(base64.b64decode(data)))
    assert png.mode == "L"
    whole = np.zeros(SIZE[::-1], bool)
    whole[top:bottom, left:right] = np.asarray(png.resize((right - left, bottom - top))) > 127
    return whole


def test_a_model_named_so_gives_polygons_x_first():
    (item,) = found(painted(EGG), prompt=MASKS, model="offline-model-polygon")

    drawn = Image.new("L", SIZE)
    points = [(x * SIZE[0] / 1000, y * SIZE[1] / 1000) for x, y in item["mask"]]
    ImageDraw.Draw(drawn).polygon(points, fill=255)
    assert overlap(np.asarray(drawn) > 127, truth(EGG)) > 0.9


def gradient() -> Image.Image:
    ramp = np.linspace(40, 220, SIZE[0]).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(ramp[None, :, None], (*SIZE[::-1], 3)).copy())


def noise() -> Image.Image:
    grain = np.random.default_rng(5).integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)
    return Image.fromarray(grain)


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(painted(noise=0), id="flat"),
        pytest.param(gradient(), id="gradient"),
        pytest.param(noise(), id="noise"),
        pytest.param(Image.new("RGB", (1, 1)), id="one pixel"),
        pytest.param(Image.new("RGB", (3000, 2), "red"), id="a line"),
    ],
)
def test_nothing_is_found_where_nothing_is(image):
    assert found(image) == []
    assert found(image, prompt=MASKS) == []


def test_the_same_picture_gets_the_same_answer_in_any_thread():
    data = encoded(painted(*ALL, noise=12), quality=80)

    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(lambda _: said(data, prompt=MASKS), range(6)))

    assert len(answers) == 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_are_read(kind):
    (item,) = json.loads(said(encoded(painted(BALL), kind)))

    assert overlap(boxed(pixels(item["box_2d"])), boxed(BALL.box)) > 0.9


def test_a_picture_is_seen_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side
    lying = painted(BALL).rotate(90, expand=True)

    (item,) = json.loads(said(encoded(lying, exif=exif, quality=90)))

    assert overlap(boxed(pixels(item["box_2d"])), boxed(BALL.box)) > 0.9


def test_a_transparent_background_is_white():
    clear = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(clear).ellipse(BALL.box, fill=(200, 30, 30, 255))

    (item,) = json.loads(said(encoded(clear, "PNG")))

    assert item["label"] == "red round object"
    assert "white" in said(encoded(clear, "PNG"), prompt="Describe it.")


def bomb() -> bytes:
    """A small PNG that claims 30,000 x 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xd8\xff not a photo", id="garbage"),
        pytest.param(encoded(painted(*ALL))[:9000], id="cut off"),
        pytest.param(encoded(painted(BALL), "BMP"), id="a type that is not taken"),
        pytest.param(bomb(), id="bomb"),
    ],
)
def test_what_is_no_picture_is_refused_as_the_service_does(data):
    with serve(offline()) as server:
        options = types.HttpOptions(base_url=server.url)
        part = types.Part(inline_data=types.Blob(data=data, mime_type="image/jpeg"))
        with (
            genai.Client(api_key="k", http_options=options) as client,
            pytest.raises(errors.ClientError, match="Unable to process input image") as refused,
        ):
            client.models.generate_content(model="offline-model", contents=[part, BOXES])

    assert (refused.value.code, refused.value.status) == (400, "INVALID_ARGUMENT")


def test_a_whole_picture_of_too_many_pixels_is_refused_unseen():
    assert ask(encoded(Image.new("1", (8000, 7000)), "PNG")).error.code == 400


def test_a_caption_says_what_was_measured_and_by_whom():
    caption = said(encoded(painted(BALL)), prompt="Write a caption for this photo.")

    assert "1 thing stands out: a red round object at the top left" in caption
    assert caption.endswith("(Recognised offline by small models; they can be sure and wrong.)")


def test_several_pictures_are_described_one_by_one():
    text = said(encoded(painted(BALL)), encoded(painted(*ALL)), prompt="Compare these images.")

    first, second, _ = text.splitlines()
    assert first.startswith("Image 1: ")
    assert "red round object" in first
    assert second.startswith("Image 2: ")
    assert "5 things" in second


@pytest.mark.parametrize("question", ["Is the ball happy?", "How many unicorns are there?"])
def test_a_question_beyond_it_is_declined_in_a_sentence(question):
    schema = {"type": "OBJECT", "properties": {"answer": TEXT}}
    answer = json.loads(said(encoded(painted(BALL)), prompt=question, responseSchema=schema))

    assert answer["answer"].startswith(answer["offline_cannot"])


def test_a_question_without_an_image_is_declined_too():
    assert "this question has none" in said(prompt="Tell me a joke.")


def test_a_thing_that_was_asked_for_is_never_claimed():
    assert found(painted(BALL), prompt=f"Use only these labels: cat. {BOXES}") == []


def test_nothing_is_said_to_be_missing_that_was_not_looked_for():
    (answer,) = found(painted(BALL), prompt=f"Use only these labels: cat, elf, gnome. {BOXES}")

    assert answer == {"offline_cannot": 'The offline model has no word for "elf" or "gnome".'}


def test_the_answer_says_which_model_gave_it():
    assert ask(encoded(painted(BALL)), model="gemini-2.5-flash").model_version == "offline-model"


def test_at_most_as_many_things_are_named_as_the_prompt_allows():
    best = found(painted(*ALL))

    assert found(painted(*ALL), prompt=f"{BOXES} At most 2 objects.") == best[:2]


def test_a_prompt_that_forbids_masks_gets_none():
    (item,) = found(painted(BALL), prompt=f"Never return masks or code fences. {BOXES}")

    assert set(item) == {"box_2d", "label"}


def listed(**properties) -> dict:
    return {"type": "ARRAY", "items": {"type": "OBJECT", "properties": properties}}


@pytest.mark.parametrize(
    ("schema", "check"),
    [
        pytest.param(
            {"type": "OBJECT", "properties": {"boxes": listed(box_2d=NUMBERS, name=TEXT)}},
            lambda answer: [item["name"] for item in answer["boxes"]] == ["red round object"],
            id="wrapped, other label key",
        ),
        pytest.param(
            listed(box_2d=NUMBERS, label=TEXT, confidence={"type": "NUMBER"}),
            lambda answer: 0.5 < answer[0]["confidence"] <= 1,
            id="confidence",
        ),
        pytest.param(
            listed(box_2d=NUMBERS, label=TEXT, mask=TEXT),
            lambda answer: answer[0]["mask"].startswith("data:image/png;base64,"),
            id="mask as text",
        ),
        pytest.param(
            listed(box_2d=NUMBERS, label=TEXT, mask={"type": "ARRAY", "items": NUMBERS}),
            lambda answer: all(len(point) == 2 for point in answer[0]["mask"]),
            id="mask as polygon",
        ),
        pytest.param(
            listed(box_2d=NUMBERS, label={**TEXT, "enum": ["cat", "elf"]}),
            lambda answer: [each.keys() for each in answer] == [{"offline_cannot"}],
            id="a name it cannot know",
        ),
        pytest.param(
            listed(box_2d=NUMBERS, text=TEXT),
            lambda answer: answer == [],
            id="text where there is none",
        ),
        pytest.param(
            {"type": "OBJECT", "properties": {"caption": TEXT, "score": {"type": "NUMBER"}}},
            lambda answer: "red round object" in answer["caption"] and answer["score"] == 0,
            id="caption",
        ),
        pytest.param(
            {"type": "OBJECT", "properties": {"kind": {**TEXT, "enum": ["cat", "unknown"]}}},
            lambda answer: answer == {"kind": "unknown"},
            id="a choice",
        ),
        pytest.param(
            {"type": "OBJECT", "properties": {"answer": TEXT, "seen": {"type": "BOOLEAN"}}},
            lambda answer: "cannot answer" in answer["answer"] and "seen" not in answer,
            id="an answer",
        ),
    ],
)
def test_the_answer_has_the_shape_the_schema_asks_for(schema, check):
    data = encoded(painted(BALL))
    lower = json.loads(json.dumps(schema).replace('"NUMBER"', '"number"'))

    assert check(json.loads(said(data, prompt="Go.", responseSchema=schema)))
    assert check(json.loads(said(data, prompt="Go.", responseJsonSchema=lower)))


def test_a_schema_may_refer_to_its_definitions_and_limit_the_items():
    schema = {
        "$defs": {"Thing": listed(box_2d=NUMBERS, label=TEXT)["items"]},
        "type": ["null", "array"],
        "items": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Thing"}]},
        "maxItems": 3,
    }

    items = found(painted(*ALL), prompt="Go.", responseJsonSchema=schema)

    assert len(items) == 3
    assert all(set(item) == {"box_2d", "label"} for item in items)


def test_importing_the_package_does_not_import_opencv():
    check = "import sys, local.gemini; sys.exit('cv2' in sys.modules or 'numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("model", ["offline-model", "gemini-2.5-flash"])  # without a schema, too
@pytest.mark.parametrize(
    ("task", "settings"),
    [("classify", {"labels": ["elf"]}), ("detect", {"labels": ["elf"]}), ("classify", {})],
)
def test_what_it_cannot_do_is_a_problem_and_never_nothing_found(
    darkroom: Cloud, task: str, settings: dict, model: str
) -> None:
    darkroom.trigger.close()
    darkroom.script(otherwise=offline())
    ref = darkroom.upload("a.jpg", encoded(painted(BALL)))
    recipe = Recipe("all", Condition(Glob("**")), (task,), {"model": model, **settings})
    (job,) = recipe.jobs(ref)
    darkroom.deliver(job, tasks.find(task).worker)

    record = darkroom.record_of(job)

    assert record["status"] == "done"
    assert [each["code"] for each in record["problems"]] == ["offline_cannot"]
    (entry,) = index.newest()
    assert entry.reason == "offline_cannot"
    sentence = record["problems"][0]["sentence"]
    assert sentence[:40] in line(records.decode(json.dumps(record).encode()))
    explained = CliRunner().invoke(app, ["explain", "a.jpg"]).output
    assert f"The model says: {sentence}" in explained
    assert "nothing" not in explained
