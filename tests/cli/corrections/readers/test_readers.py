"""Readers of what other tools write: whatever is in a file, it is read or named."""

import json
from contextlib import suppress
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.corrections import readers
from cli.corrections.sheet import Sheet, number_in
from shared.model import Box, Point

NUMBERS = some.one_of(
    some.integers(-(2**70), 2**70),
    some.floats(),
    some.integers(-2, 70),
    some.floats(-2, 70),
)
SCALARS = some.one_of(some.none(), some.booleans(), NUMBERS, some.text(max_size=5))
JSON = some.recursive(
    SCALARS,
    lambda inner: some.one_of(
        some.lists(inner, max_size=4), some.dictionaries(some.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


def members(**values: Any) -> Any:
    """An object with these members, each sound or anything at all."""
    return some.fixed_dictionaries(
        {}, optional={name: some.one_of(value, JSON) for name, value in values.items()}
    )


BOX = some.lists(NUMBERS, min_size=4, max_size=4)
RUNS = members(size=some.just([40, 64]), counts=some.text("0PQRSno1_~", max_size=9))
COCO = members(
    images=some.lists(
        members(
            id=some.integers(1, 2),
            file_name=some.text(max_size=9),
            width=NUMBERS,
            height=NUMBERS,
            record=some.text("abc", max_size=3),
        ),
        max_size=2,
    ),
    annotations=some.lists(
        members(
            id=NUMBERS,
            image_id=some.integers(1, 3),
            category_id=some.integers(1, 2),
            bbox=BOX,
            segmentation=some.one_of(RUNS, some.lists(some.lists(NUMBERS, max_size=7), max_size=2)),
        ),
        max_size=3,
    ),
    categories=some.just([{"id": 1, "name": "cup"}]),
)
REGION = members(
    id=some.sampled_from(["0123456789abcd", "0123456789abcd-m", "xyz"]),
    type=some.sampled_from(
        ["rectanglelabels", "brushlabels", "polygonlabels", "keypointlabels", "choices"]
    ),
    value=members(
        x=NUMBERS,
        y=NUMBERS,
        width=NUMBERS,
        height=NUMBERS,
        points=some.lists(some.lists(NUMBERS, min_size=2, max_size=2), max_size=4),
        rle=some.lists(some.integers(0, 255), max_size=30),
        rectanglelabels=some.just(["cup"]),
        brushlabels=some.just(["cup"]),
    ),
    original_width=some.just(64),
    original_height=some.just(40),
)
STUDIO = some.lists(
    members(
        data=members(image=some.text(max_size=9), record=some.text(max_size=3)),
        annotations=some.lists(members(result=some.lists(REGION, max_size=3)), max_size=2),
    ),
    min_size=1,
    max_size=2,
)


def assert_read_or_named(body: bytes) -> None:
    with suppress(ValueError):
        for sheet in readers.read(body):
            assert isinstance(sheet, Sheet)
            for each in sheet.things:
                assert each.shape or each.mask or each.rings


@given(some.one_of(COCO, STUDIO, JSON))
def test_json_is_read_or_named(facts: Any) -> None:
    assert_read_or_named(json.dumps(facts).encode())


ATTRIBUTES = some.dictionaries(
    some.sampled_from(
        ["label", "xtl", "ytl", "xbr", "ybr", "points", "rle", "left", "top", "width", "height"]
    ),
    some.one_of(NUMBERS.map(str), some.sampled_from(["1,2;3,4;5,6", "1, 2, 3", "a", "1,2", ""])),
)


@given(
    some.lists(
        some.tuples(some.sampled_from(["box", "mask", "polygon", "points", "tag"]), ATTRIBUTES),
        max_size=3,
    ),
    some.sampled_from(["0123456789abcd.0", "x", "", "0123456789abcd.x"]),
)
def test_xml_is_read_or_named(shapes: list[tuple[str, dict[str, str]]], mark: str) -> None:
    inner = "".join(
        f"<{tag} {' '.join(f'{key}={quoteattr(value)}' for key, value in told.items())}>"
        f'<attribute name="darkroom">{mark}</attribute></{tag}>'
        for tag, told in shapes
    )
    image = f'<image name="a.jpg" width="64" height="40">{inner}</image>'
    assert_read_or_named(f"<annotations>{image}</annotations>".encode())


@given(some.binary(max_size=60))
def test_bytes_are_read_or_named(body: bytes) -> None:
    assert_read_or_named(body)
    assert_read_or_named(b"<annotations>" + body)


@given(some.integers(0, 63), some.integers(0, 39), some.integers(1, 64), some.integers(1, 40))
def test_percents_are_the_pixels_that_they_were_made_of(
    left: int, top: int, width: int, height: int
) -> None:
    for size in ((64, 40), (4_001, 2_999), (7, 3)):
        across = min(left, size[0] - 1), min(left % size[0] + width, size[0])
        down = min(top, size[1] - 1), min(top % size[1] + height, size[1])
        if across[0] >= across[1] or down[0] >= down[1]:
            continue
        place = {
            "x": 100 * across[0] / size[0],
            "y": 100 * down[0] / size[1],
            "width": 100 * (across[1] - across[0]) / size[0],
            "height": 100 * (down[1] - down[0]) / size[1],
        }
        (sheet,) = readers.read(_task("rectanglelabels", place, size))
        assert sheet.things[0].shape == Box(across[0], down[0], across[1], down[1])
        middle = {"x": 100 * (across[0] + 0.5) / size[0], "y": 100 * (down[0] + 0.5) / size[1]}
        (sheet,) = readers.read(_task("keypointlabels", middle, size))
        assert sheet.things[0].shape == Point(across[0], down[0])


def _task(kind: str, place: dict[str, float], size: tuple[int, int], **told: Any) -> bytes:
    region = {
        "id": "0123456789abcd",
        "type": kind,
        "original_width": size[0],
        "original_height": size[1],
        "value": {**place, kind: ["cup"]},
        **told,
    }
    task = {"data": {"image": "a.jpg"}, "annotations": [{"result": [region]}]}
    return json.dumps([task]).encode()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"image_rotation": 90}, "it was turned in the tool"),
        ({"type": "ellipselabels"}, "it has ellipselabels, which is not read"),
        ({"value": {"rotation": 3}}, "it was turned in the tool"),
        ({"value": {"x": 1, "y": 1, "width": 1, "height": 1}}, "has 0 labels, and one"),
        ({"original_width": 70_000}, "no photo has 70000 x 40 pixels"),
    ],
    ids=str,
)
def test_what_cannot_be_here_is_named(told: dict[str, Any], said: str) -> None:
    (sheet,) = readers.read(_task("rectanglelabels", {}, (64, 40), **told))

    assert said in sheet.fault


def test_one_task_that_cannot_be_read_takes_no_other_with_it() -> None:
    tasks = [{"data": {"image": 7}}, {"data": {"image": "a.jpg"}}]

    broken, sound = readers.read(json.dumps(tasks).encode())

    assert "it cannot be read" in broken.fault
    assert (sound.file, sound.open, sound.fault) == ("a.jpg", True, "")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("cat-0000000000000a.jpg", 10),
        ("in/7b-cat_dog-10000000000000.png", 2**52),
        ("cat.jpg", None),
        ("cat-0000000000000A.jpg", None),
        ("-0000000000000a", 10),
    ],
)
def test_a_photo_is_known_by_the_end_of_its_name(name: str, number: int | None) -> None:
    assert number_in(name) == number
