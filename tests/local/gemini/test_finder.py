"""The classical finder: what stands out, by colour and shape."""

import numpy as np
import pytest
from PIL import Image

from local.gemini.vision import measured
from local.gemini.vision.softmask import SoftMask
from local.gemini.vision.thing import Thing
from tests.local.gemini.drawn import (
    ALL,
    BALL,
    BAR,
    ROOF,
    SIZE,
    Drawn,
    boxed,
    overlap,
    painted,
    pixels,
    truth,
)


def found(image: Image.Image) -> list[Thing]:
    return measured.things(np.asarray(image.convert("RGB")))


def mask_of(thing: Thing) -> np.ndarray:
    """The thing's mask over the whole picture, as a client puts it there."""
    left, top, right, bottom = pixels(thing.box)
    drawn = Image.fromarray(np.rint(thing.mask * 255).astype(np.uint8))
    whole = np.zeros(SIZE[::-1], bool)
    whole[top:bottom, left:right] = np.asarray(drawn.resize((right - left, bottom - top))) > 127
    return whole


def answer_to(drawn: Drawn, things: list[Thing]) -> Thing:
    """The thing whose box fits a drawn one best."""
    return max(things, key=lambda thing: overlap(boxed(pixels(thing.box)), boxed(drawn.box)))


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
        box = pixels(answer_to(thing, items).box)
        assert overlap(boxed(box), boxed(thing.box)) > 0.9, thing


def test_labels_say_colour_and_shape_and_nothing_else():
    items = found(painted(*ALL))

    assert {answer_to(thing, items).label for thing in ALL} == {
        f"{' '.join(thing.words)} object" for thing in ALL
    }


@pytest.mark.parametrize("thing", [BALL, ROOF, BAR], ids=lambda thing: thing.shape)
def test_a_mask_is_the_thing(thing):
    (item,) = found(painted(thing))

    assert overlap(mask_of(item), truth(thing)) > 0.9


def test_box_and_mask_agree():
    for item in found(painted(*ALL)):
        left, top, right, bottom = pixels(item.box)
        rows, columns = np.nonzero(mask_of(item))
        spread = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert np.abs(np.subtract(spread, (left, top, right, bottom))).max() <= 3


def test_a_thing_cut_by_the_frame_is_found():
    edge = Drawn("ellipse", (-80, 200, 120, 400), (200, 30, 30), ("red", "rounded"))

    (item,) = found(painted(edge))

    assert item.box.left == 0
    assert overlap(boxed(pixels(item.box)), boxed((0, 200, 120, 400))) > 0.9


def test_touching_things_are_told_apart():
    ball = Drawn("ellipse", (200, 200, 400, 400), (200, 30, 30), ("red", "round"))
    tile = Drawn("rectangle", (396, 220, 556, 380), (30, 80, 190), ("blue", "square"))

    items = found(painted(ball, tile))

    assert sorted(item.label for item in items) == ["blue square object", "red round object"]


def test_a_thing_with_a_spot_of_another_colour_is_one_thing():
    plate = Drawn("ellipse", (250, 150, 550, 450), (30, 80, 190), ("blue", "round"))
    spot = Drawn("rectangle", (350, 270, 450, 330), (235, 190, 30), ("yellow", "rectangular"))

    (item,) = found(painted(plate, spot))

    assert overlap(boxed(pixels(item.box)), boxed(plate.box)) > 0.9


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
