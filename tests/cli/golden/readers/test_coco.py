"""COCO's files, read as truths."""

import json
from pathlib import Path

import pytest

from cli.golden import readers
from cli.golden.readers.annotations import Annotations
from shared.jobs.record import MaskFile, Object
from shared.model import Box, Size
from tests.cli.golden.sets import coco
from tests.shared.exports.exporting import RING, done, exported, seen
from tests.shared.exports.exporting import document as record_of
from tests.shared.masks.decoding import decoded

SQUARE = [10, 20, 14, 20, 14, 23, 10, 23]


def read(folder: Path, *annotations: dict, **image: object) -> Annotations:
    file = coco(folder, list(annotations), **image)
    return readers.read(file.name, file.read_bytes())


def only(folder: Path, **annotation: object) -> Object:
    (photo,) = read(folder, {"bbox": [10, 20, 4, 3], **annotation}).photos
    (found,) = photo.objects
    return found


def test_a_box_is_left_top_width_height(tmp_path: Path) -> None:
    found = only(tmp_path, bbox=[10, 20, 30, 40], category_id=2)

    assert (found.label, found.shape, found.mask) == ("hat", Box(10, 20, 40, 60), None)


@pytest.mark.parametrize(
    ("bbox", "box"),
    [
        ([10.4, 20.6, 29.9, 40], Box(10, 21, 40, 61)),
        ([-3, -2, 10, 10], Box(0, 0, 7, 8)),
        ([190, 90, 30, 40], Box(190, 90, 200, 100)),
        ([10, 10, 0.2, 0.2], Box(10, 10, 11, 11)),
    ],
)
def test_a_box_is_rounded_to_pixels_of_the_photo(tmp_path: Path, bbox: list, box: Box) -> None:
    assert only(tmp_path, bbox=bbox).shape == box


def test_an_outline_takes_the_pixels_whose_middles_are_in_it(tmp_path: Path) -> None:
    mask = only(tmp_path, segmentation=[SQUARE]).mask

    assert pixels(mask) == {(x, y) for x in range(10, 14) for y in range(20, 23)}
    assert mask.area == 12


def test_two_outlines_that_overlap_are_one_thing_without_a_hole(tmp_path: Path) -> None:
    moved = [each + 2 * (at % 2 == 0) for at, each in enumerate(SQUARE)]

    mask = only(tmp_path, segmentation=[SQUARE, moved]).mask

    assert pixels(mask) == {(x, y) for x in range(10, 16) for y in range(20, 23)}


@pytest.mark.parametrize("counts", [[2020, 3, 97, 3, 17877], "PointsOf"])
def test_run_lengths_are_read_in_both_forms(tmp_path: Path, counts: object) -> None:
    if counts == "PointsOf":
        counts = only(tmp_path, segmentation=[[20, 20, 22, 20, 22, 23, 20, 23]]).mask.rle.counts

    mask = only(tmp_path, segmentation={"size": [100, 200], "counts": counts}).mask

    assert pixels(mask) == {(x, y) for x in (20, 21) for y in (20, 21, 22)}


def pixels(mask: MaskFile | None) -> set[tuple[int, int]]:
    assert mask
    assert mask.rle
    rows = decoded(mask.rle.counts, Size(200, 100))
    return {(x, y) for y, row in enumerate(rows) for x, each in enumerate(row) if each == "#"}


def test_a_photo_with_a_crowd_is_left_out_and_named(tmp_path: Path) -> None:
    found = read(tmp_path, {"bbox": [1, 1, 9, 9], "iscrowd": 1})

    assert found.photos == ()
    assert found.left_out == ("1.jpg: it has a crowd, which cannot be counted",)


def test_what_we_export_is_read_as_it_was_found(tmp_path: Path) -> None:
    record = record_of(done(seen("ring", RING), seen("box", box=Box(3, 4, 23, 24))))
    exported(tmp_path / "out", record)

    (photo,) = readers.read(
        "annotations.json", (tmp_path / "out/annotations.json").read_bytes()
    ).photos

    for found, known in zip(photo.objects, record.findings.objects, strict=True):
        assert (found.label, found.shape) == (known.label, known.shape)
        assert (found.mask and found.mask.rle) == (known.mask and known.mask.rle)
        assert (found.mask and found.mask.area) == (known.mask and known.mask.area)


@pytest.mark.parametrize(
    ("annotation", "why"),
    [
        ({"bbox": [300, 10, 10, 10]}, "annotation 1: the box .* is not in the photo"),
        ({"bbox": [10, 10, -5, 10]}, "annotation 1: the box .* is not in the photo"),
        ({"bbox": [10, 10, 10]}, r"annotations\[0\].bbox"),
        ({"bbox": "10"}, r"annotations\[0\].bbox"),
        ({"category_id": 7}, "names the category 7, which is not there"),
        ({"image_id": 7}, "name the image 7, which is not in the file"),
        ({"segmentation": [[1, 2, 3, 4]]}, "fewer than three corners"),
        ({"segmentation": [[1, 2, 3, 4, 5]]}, "annotation 1: "),
        ({"segmentation": [[1, 1, 9, 1, 5, 1]]}, "no pixel in it"),
        ({"segmentation": {"size": [9, 9], "counts": [1, 2]}}, "of another size than the image"),
        ({"segmentation": {"size": [100, 200], "counts": [1, 99999]}}, "do not fit the photo"),
        ({"segmentation": {"size": [100, 200], "counts": "~~~"}}, "are not COCO's"),
        ({"segmentation": {"size": [100, 200], "counts": [20000]}}, "do not fit the photo"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, annotation: dict, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(tmp_path, {"bbox": [10, 20, 4, 3], **annotation})


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("a.csv", b"a,b", "it has no column `name`.* as `darkroom export` writes it"),
        ("a.json", json.dumps([{"image": {}}]).encode(), "its form is not known"),
        ("a.json", b"{}", "its form is not known"),
        ("a.json", b"\x00", "neither JSON nor XML"),
        ("a.xml", b"<svg/>", "its form is not known"),
    ],
)
def test_another_format_is_refused_with_what_to_do(name: str, body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        readers.read(name, body)
