"""CVAT for images, read as truths."""

from pathlib import Path

import pytest

from cli.golden import readers
from cli.golden.readers.annotations import Annotations
from shared.jobs.record import Object
from shared.model import Box, Size
from tests.shared.exports.exporting import RING, done, exported, seen
from tests.shared.exports.exporting import document as record_of
from tests.shared.masks.decoding import decoded

LABELS = "<meta><task><labels><label><name>cup</name></label></labels></task></meta>"


def read(shapes: str, size: str = 'width="200" height="100"') -> Annotations:
    image = f'<image id="0" name="a.jpg" {size}>{shapes}</image>'
    text = f"<annotations><version>1.1</version>{LABELS}{image}</annotations>"
    return readers.read("annotations.xml", text.encode())


def only(shapes: str) -> Object:
    (photo,) = read(shapes).photos
    (found,) = photo.objects
    return found


def test_a_box_is_its_corners() -> None:
    found = only('<box label="cup" xtl="10.4" ytl="20" xbr="40.0" ybr="60.2" occluded="0"/>')

    assert (found.label, found.shape, found.mask) == ("cup", Box(10, 20, 40, 60), None)
    assert read("").labels == ("cup",)
    assert read("").photos[0].size == Size(200, 100)


def test_an_outline_has_a_mask_and_the_box_around_it() -> None:
    found = only('<polygon label="cup" points="10,20;14,20;14,23;10,23"/>')

    assert found.shape == Box(10, 20, 14, 23)
    assert found.mask
    assert found.mask.area == 12


def test_a_mask_is_run_lengths_in_its_frame() -> None:
    """Of a frame of 4 x 3 pixels the second to the fifth, and the last."""
    found = only('<mask label="cup" rle="1, 4, 6, 1" left="10" top="20" width="4" height="3"/>')

    rows = decoded(found.mask.rle.counts, Size(200, 100))
    assert [row[10:14] for row in rows[20:23]] == [".###", "#...", "...#"]
    assert sum(row.count("#") for row in rows) == found.mask.area == 5
    assert found.shape == Box(10, 20, 14, 23)


def test_what_we_export_is_read_as_it_was_found(tmp_path: Path) -> None:
    record = record_of(done(seen("ring", RING), seen("box", box=Box(3, 4, 23, 24))))
    exported(tmp_path / "out", record, format="cvat")

    found = readers.read("annotations.xml", (tmp_path / "out/annotations.xml").read_bytes())

    (photo,) = found.photos
    ring, box = photo.objects
    known = record.findings.objects
    assert (ring.label, ring.shape, ring.mask.rle) == ("ring", RING.box, known[0].mask.rle)
    assert (box.label, box.shape, box.mask) == ("box", known[1].shape, None)
    assert photo.size == Size(64, 40)
    assert found.labels == ("ring", "box")


def test_a_photo_with_a_shape_without_area_is_left_out() -> None:
    found = read('<points label="cup" points="1,2"/>')

    assert found.photos == ()
    assert "a.jpg: it has a points" in found.left_out[0]


def test_a_tag_of_the_whole_photo_is_no_object() -> None:
    assert read('<tag label="cup"/>').photos[0].objects == ()


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ('<box label="c" xtl="1" ytl="2" xbr="3"/>', "a.jpg: the attribute 'ybr' is missing"),
        ('<box xtl="1" ytl="2" xbr="3" ybr="4"/>', "the attribute 'label' is missing"),
        ('<box label="c" xtl="x" ytl="2" xbr="3" ybr="4"/>', "a.jpg: could not convert"),
        ('<box label="c" xtl="300" ytl="2" xbr="303" ybr="4"/>', "is not in the photo"),
        ('<box label="c" xtl="1" ytl="2" xbr="9" ybr="9" rotation="30"/>', "a c is turned"),
        ('<polygon label="c" points="1,2;3,4"/>', "fewer than three corners"),
        ('<polygon label="c" points="1;3"/>', "a.jpg: not enough values"),
        ('<mask label="c" rle="0,9" left="198" top="1" width="3" height="3"/>', "not in the photo"),
        ('<mask label="c" rle="0,99" left="1" top="1" width="3" height="3"/>', "more pixels than"),
        ('<mask label="c" rle="9" left="1" top="1" width="3" height="3"/>', "has no pixel"),
        (
            '<mask label="c" rle="3,-2,1,2" left="1" top="1" width="3" height="3"/>',
            "than its frame",
        ),
    ],
)
def test_what_does_not_fit_is_named(shape: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(shape)


def test_broken_xml_and_a_document_that_grows_without_end_are_refused() -> None:
    bomb = (
        "<!DOCTYPE a [<!ENTITY a '"
        + "x" * 1000
        + "'>"
        + "".join(
            f"<!ENTITY {name} '{f'&{before};' * 100}'>"
            for before, name in zip("abcd", "bcde", strict=True)
        )
    )

    for text in ("<annotations>", f"{bomb}]><annotations>&e;</annotations>"):
        with pytest.raises(ValueError, match="it is not XML"):
            readers.read("a.xml", text.encode())
