"""The offline model, on pictures whose truth is known because they are drawn here."""

import base64
import io
import json
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from google import genai
from google.genai import errors, types
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from cli.app import app
from local.gemini import OfflineModel, Picture, Question, Reply, serve
from local.gemini.vision.softmask import SoftMask
from local.progress import line
from shared import tasks
from shared.intake.recipes.condition import Condition
from shared.intake.recipes.glob import Glob
from shared.intake.recipes.recipe import Recipe
from shared.jobs import index, records
from testbed.cloud import Cloud

BOXES = "Find the prominent things. Answer with a JSON list of box_2d and label."
MASKS = "Give the segmentation masks: a JSON list of box_2d, mask and label."
SIZE = (800, 600)
WALL = (228, 226, 220)


@dataclass(frozen=True)
class Drawn:
    """A shape as it was drawn: where, and how it should be called."""

    shape: str
    box: tuple[int, int, int, int]  # left, top, right, bottom in pixels
    colour: tuple[int, int, int]
    words: tuple[str, str]


BALL = Drawn("ellipse", (90, 80, 250, 240), (200, 30, 30), ("red", "round"))
TILE = Drawn("rectangle", (420, 90, 570, 240), (30, 80, 190), ("blue", "square"))
EGG = Drawn("ellipse", (480, 330, 720, 470), (30, 140, 60), ("green", "oval"))
BAR = Drawn("rectangle", (80, 420, 380, 470), (20, 20, 20), ("black", "long thin"))
ROOF = Drawn("polygon", (300, 250, 440, 390), (235, 190, 30), ("yellow", "triangular"))
ALL = (BALL, TILE, EGG, BAR, ROOF)


@cache
def offline() -> OfflineModel:
    return OfflineModel()


def painted(*things: Drawn, wall: tuple[int, int, int] = WALL, noise: float = 3) -> Image.Image:
    image = Image.new("RGB", SIZE, wall)
    draw = ImageDraw.Draw(image)
    for thing in things:
        paint(draw, thing, thing.colour)
    grain = np.random.default_rng(7).normal(0, noise, (*SIZE[::-1], 3))
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def paint(draw: ImageDraw.ImageDraw, thing: Drawn, colour) -> None:
    left, top, right, bottom = thing.box
    if thing.shape == "polygon":
        draw.polygon([((left + right) / 2, top), (right, bottom), (left, bottom)], fill=colour)
    else:
        getattr(draw, thing.shape)((left, top, right - 1, bottom - 1), fill=colour)


def truth(thing: Drawn) -> np.ndarray:
    mask = Image.new("L", SIZE)
    paint(ImageDraw.Draw(mask), thing, 255)
    return np.asarray(mask) > 127


def encoded(image: Image.Image, kind: str = "JPEG", **how) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


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


def pixels(box_2d: list[int], size: tuple[int, int] = SIZE) -> tuple[int, int, int, int]:
    top, left, bottom, right = box_2d
    width, height = size
    return (
        round(left * width / 1000),
        round(top * height / 1000),
        round(right * width / 1000),
        round(bottom * height / 1000),
    )


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


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


def boxed(box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    whole = np.zeros(SIZE[::-1], bool)
    whole[top:bottom, left:right] = True
    return whole


def answer_to(thing: Drawn, items: list[dict]) -> dict:
    """The item whose box fits a drawn thing best."""
    return max(items, key=lambda item: overlap(boxed(pixels(item["box_2d"])), boxed(thing.box)))


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(painted(*ALL), id="plain"),
        pytest.param(painted(*ALL, noise=12), id="noisy"),
        pytest.param(painted(*ALL).point(lambda value: value * 0.35), id="dim"),
    ],
)
def test_every_thing_is_boxed_once(image):
    items = found(image)

    assert len(items) == len(ALL)
    for thing in ALL:
        box = pixels(answer_to(thing, items)["box_2d"])
        assert overlap(boxed(box), boxed(thing.box)) > 0.9, thing


def test_labels_say_colour_and_shape_and_nothing_else():
    items = found(painted(*ALL))

    assert {answer_to(thing, items)["label"] for thing in ALL} == {
        f"{' '.join(thing.words)} object" for thing in ALL
    }


@pytest.mark.parametrize("thing", [BALL, ROOF, BAR], ids=lambda thing: thing.shape)
def test_a_mask_is_the_thing(thing):
    (item,) = found(painted(thing), prompt=MASKS)

    assert overlap(decoded(item), truth(thing)) > 0.9


def test_box_and_mask_agree():
    for item in found(painted(*ALL), prompt=MASKS):
        left, top, right, bottom = pixels(item["box_2d"])
        rows, columns = np.nonzero(decoded(item))
        spread = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert np.abs(np.subtract(spread, (left, top, right, bottom))).max() <= 3


def test_a_model_named_so_gives_polygons_x_first():
    (item,) = found(painted(EGG), prompt=MASKS, model="offline-model-polygon")

    drawn = Image.new("L", SIZE)
    points = [(x * SIZE[0] / 1000, y * SIZE[1] / 1000) for x, y in item["mask"]]
    ImageDraw.Draw(drawn).polygon(points, fill=255)
    assert overlap(np.asarray(drawn) > 127, truth(EGG)) > 0.9


def test_a_thing_cut_by_the_frame_is_found():
    edge = Drawn("ellipse", (-80, 200, 120, 400), (200, 30, 30), ("red", "rounded"))

    (item,) = found(painted(edge))

    assert item["box_2d"][1] == 0
    assert overlap(boxed(pixels(item["box_2d"])), boxed((0, 200, 120, 400))) > 0.9


def test_touching_things_are_told_apart():
    ball = Drawn("ellipse", (200, 200, 400, 400), (200, 30, 30), ("red", "round"))
    tile = Drawn("rectangle", (396, 220, 556, 380), (30, 80, 190), ("blue", "square"))

    items = found(painted(ball, tile))

    assert sorted(item["label"] for item in items) == ["blue square object", "red round object"]


def test_a_thing_with_a_spot_of_another_colour_is_one_thing():
    plate = Drawn("ellipse", (250, 150, 550, 450), (30, 80, 190), ("blue", "round"))
    spot = Drawn("rectangle", (350, 270, 450, 330), (235, 190, 30), ("yellow", "rectangular"))

    (item,) = found(painted(plate, spot))

    assert overlap(boxed(pixels(item["box_2d"])), boxed(plate.box)) > 0.9


def test_crumbs_are_swept_from_a_mask_and_pinholes_filled():
    probability = np.zeros((60, 60), np.float32)
    probability[10:40, 10:40] = 1
    probability[20:22, 20:22] = 0
    probability[50:53, 50:53] = 1

    tidy = SoftMask(probability, 5, 7).tidied()

    whole = np.zeros((60, 60), bool)
    whole[10:40, 10:40] = True
    assert np.array_equal(tidy.probability > 0.5, whole)
    assert (tidy.left, tidy.top) == (5, 7)


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


def test_a_caption_says_what_was_measured_and_how():
    caption = said(encoded(painted(BALL)), prompt="Write a caption for this photo.")

    assert "1 thing stands out: a red round object at the top left" in caption
    assert caption.endswith("(Measured offline from colour and shape; not recognised by a model.)")


def test_several_pictures_are_described_one_by_one():
    text = said(encoded(painted(BALL)), encoded(painted(EGG)), prompt="Compare these images.")

    first, second, _ = text.splitlines()
    assert first.startswith("Image 1: ")
    assert "red round object" in first
    assert second.startswith("Image 2: ")
    assert "green oval object" in second


def test_a_question_beyond_colour_and_shape_is_declined_in_a_sentence():
    answer = said(encoded(painted(BALL)), prompt="Is the person in the photo happy?")

    assert "cannot answer this question" in answer


def test_a_question_without_an_image_is_declined_too():
    assert "this question has none" in said(prompt="Tell me a joke.")


def test_a_name_that_was_asked_for_is_never_claimed():
    answer = found(painted(BALL), prompt=f"Find every cat. Use only these labels: cat. {BOXES}")

    assert list(answer) == ["offline_cannot"]


def test_the_answer_says_which_model_gave_it():
    assert ask(encoded(painted(BALL)), model="gemini-2.5-flash").model_version == "offline-model"


def test_at_most_as_many_things_are_named_as_the_prompt_allows():
    best = found(painted(*ALL))

    assert found(painted(*ALL), prompt=f"{BOXES} At most 2 objects.") == best[:2]


def test_a_prompt_that_forbids_masks_gets_none():
    (item,) = found(painted(BALL), prompt=f"Never return masks or code fences. {BOXES}")

    assert set(item) == {"box_2d", "label"}


NUMBERS = {"type": "ARRAY", "items": {"type": "INTEGER"}}
TEXT = {"type": "STRING"}


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
            listed(box_2d=NUMBERS, label={**TEXT, "enum": ["cat", "dog"]}),
            lambda answer: answer.keys() == {"offline_cannot"},
            id="names it cannot know",
        ),
        pytest.param(
            listed(box_2d=NUMBERS, text=TEXT),
            lambda answer: answer.keys() == {"offline_cannot"},
            id="text it cannot read",
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
    [("classify", {"labels": ["cat", "dog"]}), ("read_text", {}), ("detect", {"labels": ["cat"]})],
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
