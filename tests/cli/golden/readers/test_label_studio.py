"""Label Studio's JSON, read as truths."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.golden import readers
from cli.golden.readers import brush
from cli.golden.readers.annotations import Annotations
from shared.exports import brush as written
from shared.exports.rle import Rle
from shared.masks import area, rle
from shared.model import Box, Size
from tests.shared.exports.exporting import RING, done, drawn, exported, seen
from tests.shared.exports.exporting import document as record_of
from tests.shared.masks.decoding import decoded

HERE = {"x": 5, "y": 20, "width": 15, "height": 40, "rotation": 0}


def region(kind: str = "rectanglelabels", value: dict | None = None, **told: Any) -> dict:
    return {
        "id": "a",
        "type": kind,
        "original_width": 200,
        "original_height": 100,
        "image_rotation": 0,
        "value": {**(HERE if value is None else value), kind: ["cup"]},
        **told,
    }


def read(*regions: dict, **told: Any) -> Annotations:
    task = {"data": {"image": "/data/upload/1/a.jpg"}, "annotations": [{"result": [*regions]}]}
    return readers.read("tasks.json", json.dumps([{**task, **told}]).encode())


def test_a_rectangle_is_in_percent_of_the_photo() -> None:
    (photo,) = read(region()).photos

    (found,) = photo.objects
    assert (photo.file, photo.size) == ("a.jpg", Size(200, 100))
    assert (found.label, found.shape, found.mask) == ("cup", Box(10, 20, 40, 60), None)


def test_an_outline_has_a_mask() -> None:
    points = [[5, 20], [7, 20], [7, 23], [5, 23]]

    (photo,) = read(region("polygonlabels", {"points": points})).photos

    (found,) = photo.objects
    assert (found.shape, found.mask.area) == (Box(10, 20, 14, 23), 12)


def test_what_we_export_and_a_person_accepts_is_read_as_it_was_found(tmp_path: Path) -> None:
    record = record_of(done(seen("ring", RING), seen("box", box=Box(3, 4, 23, 24))))
    exported(tmp_path / "out", record, format="label-studio")
    (task,) = json.loads((tmp_path / "out/tasks.json").read_text())
    accepted = {"data": task["data"], "annotations": task.pop("predictions")}

    (photo,) = readers.read("tasks.json", json.dumps([accepted]).encode()).photos

    assert photo.file == "a.jpg"
    for found, known in zip(photo.objects, record.findings.objects, strict=True):
        assert (found.label, found.shape) == (known.label, known.shape)
        assert (found.mask and found.mask.rle) == (known.mask and known.mask.rle)


def test_a_brush_alone_is_a_mask_with_the_box_around_it() -> None:
    mask = drawn("##.", ".##", left=10, top=20)
    size = Size(200, 100)
    packed = [*written.encoded(Rle(size, rle(mask, size), area(mask)))]

    (photo,) = read(region("brushlabels", {"format": "rle", "rle": packed})).photos

    (found,) = photo.objects
    rows = decoded(found.mask.rle.counts, size)
    assert [row[10:13] for row in rows[20:22]] == ["##.", ".##"]
    assert found.shape == Box(10, 20, 13, 22)


@given(some.lists(some.sampled_from(["#" * 5, ".....", "#.#.#", ".###."]), min_size=1, max_size=9))
def test_a_brush_is_read_as_it_was_written(rows: list[str]) -> None:
    mask, size = drawn(*rows), Size(5, len(rows))
    if not area(mask):
        return

    alpha = brush.alpha(written.encoded(Rle(size, rle(mask, size), area(mask))), 5 * len(rows))

    assert "".join(".#"[each == 255] for each in alpha) == "".join(rows)


def test_values_that_are_not_repeated_are_read_as_well() -> None:
    """Two pixels, in one run of eight values that all differ."""
    values = [0, 0, 0, 7, 1, 2, 3, 255]
    sizes = "".join(f"{size - 1:04b}" for size in (3, 4, 8, 16))
    bits = f"{8:032b}{7:05b}{sizes}" + "0" + "00" + f"{7:03b}"
    bits += "".join(f"{each:08b}" for each in values)
    bits += "0" * (-len(bits) % 8)

    assert brush.alpha(int(bits, 2).to_bytes(len(bits) // 8), 2) == bytes([7, 255])


@pytest.mark.parametrize(
    ("annotations", "why"),
    [
        ([], "nobody has annotated it"),
        ([{"result": [], "was_cancelled": True}], "nobody has annotated it"),
        ([{"result": []}], "its annotation is empty"),
        ([{"result": [region("keypointlabels")]}], "it has keypointlabels, which is not read"),
        ([{"result": [region(image_rotation=90)]}], "it was turned in the tool"),
        ([{"result": [region(value={**HERE, "rotation": 12})]}], "it was turned in the tool"),
    ],
)
def test_a_photo_that_cannot_be_a_truth_is_left_out_and_named(annotations, why: str) -> None:
    found = read(annotations=annotations)

    assert found.photos == ()
    assert found.left_out[0].startswith(f"a.jpg: {why}")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (region(value={"x": 1}), "a.jpg: a region lacks 'y'"),
        (region(original_width=0), "a.jpg: the box .* is not in the photo"),
        (region("brushlabels", {"rle": [1, 2]}), "a.jpg: the brush ends too early"),
        (region("brushlabels", {"rle": [0] * 9}), "a.jpg: the brush is not of the photo's size"),
        (region("brushlabels", {"rle": [999]}), "a.jpg: "),
        ({"type": "rectanglelabels"}, "is not Label Studio's JSON: .*value"),
    ],
)
def test_what_does_not_fit_is_named(wrong: dict, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(wrong)
