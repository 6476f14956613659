"""Records as the files that other tools read; test_interop.py runs those tools."""

import csv
import json
import re
import unicodedata
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from shared import masks
from shared.exports import bridges, brush, example, outlines, rle
from shared.exports.rle import Rle
from shared.masks import outline
from shared.model import CANNOT, Box, Detection, Label, Point, Polygon, Problem, Size
from tests.documents import read_back
from tests.shared.exports.exporting import (
    RING,
    SIZE,
    document,
    done,
    drawn,
    exported,
    files,
    rejected,
    seen,
)

HOSTILE = 'a"b<c>&\n\t\x00\x1b\ufffe\ud800 é 漢 😀 =1+1 ../../etc %s {x}: - #'


def run_lengths(picture: Image.Image) -> Rle:
    """A whole image's mask."""
    from tests.shared.exports.exporting import masked

    mask = masked(picture)
    size = Size(*picture.size)
    return Rle(size, masks.rle(mask, size), masks.area(mask))


@st.composite
def pictures(draw) -> Image.Image:
    """Small masks with all that can touch."""
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    pixels = draw(st.lists(st.booleans(), min_size=width * height, max_size=width * height))
    picture = Image.new("1", (width, height))
    picture.putdata([255 * each for each in pixels])
    return picture


def raster(polygons, size: Size) -> bytes:
    return outline.mask(polygons, Box(0, 0, *size)).bits


# --- masks


@settings(max_examples=300, deadline=None)
@given(pictures())
def test_outlines_in_corners_hold_the_masks_pixels_and_no_others(picture: Image.Image) -> None:
    mask = run_lengths(picture)

    polygons = outlines.in_corners(mask.columns()) if mask.area else []

    assert raster(polygons, mask.size) == picture.tobytes()


@settings(max_examples=300, deadline=None)
@given(pictures())
def test_each_outline_is_a_part_with_its_holes_and_no_two_overlap(picture: Image.Image) -> None:
    mask = run_lengths(picture)

    polygons = outlines.in_corners(mask.columns()) if mask.area else []

    parts = [int.from_bytes(raster([each], mask.size)) for each in polygons]
    assert sum(part.bit_count() for part in parts) == mask.area


@settings(max_examples=300, deadline=None)
@given(pictures())
def test_outlines_in_pixels_are_filled_by_opencv_as_the_mask(picture: Image.Image) -> None:
    mask = run_lengths(picture)

    polygons = outlines.in_pixels(mask.columns()) if mask.area else []

    assert filled(polygons, mask.size) == picture.convert("L").tobytes()


@settings(max_examples=200, deadline=None)
@given(pictures())
def test_parts_joined_to_one_polygon_hold_the_mask_and_a_line_at_most(
    picture: Image.Image,
) -> None:
    mask = run_lengths(picture)
    if not mask.area:
        return

    whole = bridges.joined(outlines.in_pixels(mask.columns()))

    drawn_ = filled([whole.polygon], mask.size)
    truth = picture.convert("L").tobytes()
    assert all(one >= other for one, other in zip(drawn_, truth, strict=True))
    assert (drawn_.count(255) - mask.area) <= whole.line


def filled(polygons: list, size: Size) -> bytes:
    """By the reader's own hand."""
    canvas = numpy.zeros((size.height, size.width), numpy.uint8)
    for each in polygons:
        cv2.fillPoly(canvas, [numpy.array(each, numpy.int32)], 255)
    return canvas.tobytes()


@settings(max_examples=200, deadline=None)
@given(pictures())
def test_run_lengths_by_rows_say_the_same_pixels(picture: Image.Image) -> None:
    mask = run_lengths(picture)
    if not mask.area:
        return
    columns = mask.columns()
    box = rle.bounds(columns)

    runs = rle.rows(columns, box)

    pixels = b"".join(bytes([255 * (at % 2)]) * length for at, length in enumerate(runs))
    part = picture.crop((box.left, box.top, box.right, box.bottom))
    assert pixels == part.convert("L").tobytes()
    assert (box.left, box.top, box.right, box.bottom) == picture.getbbox()


@given(st.lists(st.integers(0, 5_000_000), min_size=1, max_size=30))
def test_run_lengths_are_read_as_they_were_written(lengths: list[int]) -> None:
    from shared.masks import coco

    assert rle.lengths(coco.compressed(lengths)) == lengths


def big() -> Image.Image:
    picture = Image.new("1", (1200, 900))
    canvas = ImageDraw.Draw(picture)
    canvas.ellipse((100, 80, 1000, 850), fill=1)
    canvas.ellipse((300, 300, 500, 480), fill=0)
    canvas.ellipse((1020, 20, 1180, 200), fill=1)
    return picture


def test_a_large_outline_is_made_simple_as_far_as_the_mask_hardly_changes() -> None:
    mask = run_lengths(big())

    polygons = outlines.in_corners(mask.columns())

    got, truth = (int.from_bytes(each) for each in (raster(polygons, mask.size), big().tobytes()))
    assert sum(map(len, polygons)) < 150
    assert (got & truth).bit_count() / (got | truth).bit_count() >= 0.995


def test_a_noisy_mask_keeps_every_speck() -> None:
    picture = big()
    for at in range(0, 1200 * 900, 617):  # each a pixel turned over
        spot = (at % 1200, at // 1200)
        picture.putpixel(spot, 255 - picture.getpixel(spot))
    mask = run_lengths(picture)

    polygons = outlines.in_corners(mask.columns())

    got, truth = (int.from_bytes(each) for each in (raster(polygons, mask.size), picture.tobytes()))
    assert (got & truth).bit_count() / (got | truth).bit_count() >= 0.995


def test_parts_are_joined_by_the_shortest_line_and_none_is_lost() -> None:
    mask = run_lengths(masked_picture("##....", "##....", "......", "##..##", "##..##"))

    whole = bridges.joined(outlines.in_pixels(mask.columns()))

    assert whole.line == 2 + 3
    assert {*whole.polygon} >= {(0, 0), (1, 1), (0, 3), (4, 3), (5, 4)}
    closed = [*whole.polygon, whole.polygon[0]]
    legs = {frozenset(leg) for leg in pairwise(closed)}
    assert frozenset({(1, 3), (4, 3)}) in legs


def masked_picture(*rows: str) -> Image.Image:
    picture = Image.new("1", (len(rows[0]), len(rows)))
    picture.putdata([255 * (each == "#") for row in rows for each in row])
    return picture


def test_a_brush_says_how_many_values_and_how_long_its_runs_may_be() -> None:
    mask = run_lengths(masked_picture(".#", ".."))

    encoded = brush.encoded(mask)

    assert encoded[:4] == (16).to_bytes(4)
    assert f"{int.from_bytes(encoded[4:]):b}".zfill(8 * len(encoded[4:])).startswith(
        "00111" + "0010" + "0011" + "0111" + "1111" + "1" + "00" + "011" + "00000000"
    )


# --- names and numbers


def test_two_uploads_never_share_a_name_and_none_is_a_path() -> None:
    uploads = [
        *("cat.jpg", "cat.png", "a/cat.jpg", "b/cat.jpg", "CAT.jpg", "../cat.jpg", "cat"),
        *("/etc/passwd", "..", ".", "-rf", "con", "a\tb.jpg", "漢字.jpg", "x" * 900),
        *("𠀀" * 200, "क्षि" * 200, "\u202egpj.exe", "a／b", "é.jpg", "e\u0301.jpg", "\x00", "🦆"),
    ]
    photos = [example.of(document(done(name=each))).photo for each in uploads]
    photos.append(example.of(document(done(name="cat.jpg", generation=2))).photo)
    photos.append(example.of(document(done(name="cat.jpg", bucket="other"))).photo)

    stems = [photo.stem for photo in photos]

    assert len({stem.lower() for stem in stems}) == len(stems)
    assert [
        stem
        for stem in stems
        if not re.fullmatch(r"[^\W\u0300-\u036f]{0,60}-[0-9a-f]{14}", bare(stem))
    ] == []
    assert max(len(f"{stem}.webp.new".encode()) for stem in stems) <= 255


def bare(stem: str) -> str:
    """Without the marks that letters of some scripts need."""
    return "".join(each for each in stem if unicodedata.category(each)[0] != "M")


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("日本語 写真 テスト.jpg", "日本語_写真_テスト"),
        ("Фото №7.png", "Фото__7"),
        ("صورة.jpg", "صورة"),
        ("हिन्दी.jpg", "हिन्दी"),
        ("cafe\u0301.jpg", "café"),
        ("🦆🦆.jpg", "__"),
        ("a\u202eb／c\u200bd.jpg", "a_b_c_d"),
    ],
)
def test_a_file_keeps_the_letters_and_digits_of_any_script(name: str, readable: str) -> None:
    photo = example.of(document(done(name=name))).photo

    assert photo.stem.rpartition("-")[0] == readable


def test_numbers_fit_a_double_and_depend_on_nothing_else(tmp_path: Path) -> None:
    one, two = document(done(seen("cat"), seen("dog", RING))), document(done(name="b.jpg"))

    exported(tmp_path / "one", one)
    exported(tmp_path / "both", two, one)

    alone, both = (
        json.loads((tmp_path / each / "annotations.json").read_text()) for each in ("one", "both")
    )
    assert alone["annotations"] == both["annotations"]
    assert alone["images"] == both["images"][1:]
    assert alone["categories"] == both["categories"]
    numbers = [each["id"] for key in ("images", "annotations", "categories") for each in both[key]]
    assert len({*numbers}) == len(numbers) == 6
    assert all(0 < each <= 2**53 and int(float(each)) == each for each in numbers)


def test_labels_given_in_order_make_the_classes_and_the_rest_is_counted(tmp_path: Path) -> None:
    found = document(done(seen("dog"), seen("cat"), seen("sofa")))

    tally = exported(tmp_path / "coco", found, labels=("cat", "dog", "bird"))
    exported(tmp_path / "yolo", found, format="yolo-detect", labels=("cat", "dog", "bird"))

    told = json.loads((tmp_path / "coco/annotations.json").read_text())
    assert [(each["id"], each["name"]) for each in told["categories"]] == [
        *((1, "cat"), (2, "dog"), (3, "bird"))
    ]
    assert [each["category_id"] for each in told["annotations"]] == [2, 1]
    assert "1 object was left out: not among --labels." in tally.sentences("photos")
    (labels,) = (tmp_path / "yolo/labels").iterdir()
    assert [line[0] for line in labels.read_text().splitlines()] == ["1", "0"]
    assert '  2: "bird"' in (tmp_path / "yolo/data.yaml").read_text().splitlines()


# --- what is an example


@pytest.mark.parametrize(
    ("ended", "is_one"),
    [
        pytest.param(done(seen("cat")), True, id="an object"),
        pytest.param(done(), True, id="nothing found"),
        pytest.param(done(complete=False), False, id="nothing found in half an answer"),
        pytest.param(rejected("a"), False, id="rejected"),
    ],
)
def test_a_photo_in_which_nothing_was_found_is_one_too(ended, is_one: bool) -> None:
    assert (example.of(document(ended)) is not None) == is_one


NO_WORD = Problem(CANNOT, 'The offline model has no word for "shoe".')


@pytest.mark.parametrize(
    ("found", "labels", "photos"),
    [
        pytest.param((), (), 0, id="nothing"),
        pytest.param((seen("car"),), (), 1, id="something"),
        pytest.param((seen("car"),), ("car", "shoe"), 1, id="something of these labels"),
        pytest.param((seen("car"),), ("shoe",), 0, id="something of other labels"),
    ],
)
def test_a_photo_is_never_one_without_what_was_not_looked_for(
    tmp_path: Path, found: tuple, labels: tuple, photos: int
) -> None:
    record = document(done(*found, problems=(NO_WORD,)))

    tally = exported(tmp_path / "out", record, labels=labels)

    assert tally.counts["photos"] == photos
    assert tally.counts["not_looked_for"] == 1 - photos
    told = json.loads((tmp_path / "out/annotations.json").read_text())
    assert len(told["images"]) == photos


def test_csv_says_why_nothing_is_found(tmp_path: Path) -> None:
    records = [document(done(problems=(NO_WORD,))), document(done(name="b.jpg"))]

    exported(tmp_path / "all.csv", *records, format="csv")

    with (tmp_path / "all.csv").open(newline="") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == [CANNOT, ""]


def test_a_caption_is_no_photo_without_objects() -> None:
    caption = replace(document(done(task="caption", text="A cat.")), request={"model": "m"})

    assert example.of(caption) is None


def test_a_photo_is_in_it_once_by_the_record_that_comes_first(tmp_path: Path) -> None:
    newer, older = document(done(seen("cat"))), document(done(seen("dog"), task="detect"))

    tally = exported(tmp_path / "out", newer, older)

    told = json.loads((tmp_path / "out/annotations.json").read_text())
    assert [each["name"] for each in told["categories"]] == ["cat"]
    assert list(tally.sentences("photos"))[-1].startswith("1 record was left out: another")


# --- formats


def test_coco_has_boxes_areas_and_masks(tmp_path: Path) -> None:
    found = document(done(seen("cat", confidence=0.5), seen("ring", RING)))

    exported(tmp_path / "out", found)

    told = json.loads((tmp_path / "out/annotations.json").read_text())
    cat, ring = told["annotations"]
    assert (cat["bbox"], cat["area"], cat["segmentation"], cat["score"]) == (
        *([3, 4, 20, 20], 400, [], 0.5),
    )
    assert (ring["bbox"], ring["area"], ring["iscrowd"]) == ([30, 7, 5, 5], 17, 0)
    assert ring["segmentation"] == read_back(found.findings.objects[1].mask.rle)
    assert "score" not in ring


def test_voc_counts_from_one_and_names_the_last_pixel(tmp_path: Path) -> None:
    tally = exported(tmp_path / "out", document(done(seen("cat"), seen("m", RING))), format="voc")

    (file,) = (tmp_path / "out/Annotations").iterdir()
    box = ElementTree.fromstring(file.read_text()).find("object/bndbox")
    assert {each.tag: each.text for each in box} == {
        "xmin": "4",
        "ymin": "5",
        "xmax": "23",
        "ymax": "24",
    }
    assert "1 mask has no place in this format." in tally.sentences("photos")


def test_yolo_says_an_object_without_a_mask_as_its_box(tmp_path: Path) -> None:
    tally = exported(tmp_path / "out", document(done(seen("cat"))), format="yolo-segment")

    (file,) = (tmp_path / "out/labels").iterdir()
    place, *numbers = file.read_text().split()
    corners = [float(x) * SIZE[at % 2] for at, x in enumerate(numbers)]
    assert (place, corners) == (
        "0",
        pytest.approx([3.25, 4.25, 22.25, 4.25, 22.25, 23.25, 3.25, 23.25]),
    )
    assert "1 object had no mask: its box is the outline." in tally.sentences("photos")


def test_yolo_says_when_joining_lines_change_a_mask(tmp_path: Path) -> None:
    far = drawn("#....................#")

    tally = exported(tmp_path / "out", document(done(seen("far", far))), format="yolo-segment")

    assert any("lines that join parts" in each for each in tally.sentences("photos"))


def test_cvat_has_masks_by_rows_in_a_box_of_their_own(tmp_path: Path) -> None:
    point = Detection("p", Point(5, 6))
    shape = Detection("poly", Polygon((((1.0, 2.0), (3.0, 2.0), (3.0, 5.0)),)))

    exported(
        tmp_path / "out", document(done(seen("c"), seen("m", RING), point, shape)), format="cvat"
    )

    root = ElementTree.fromstring((tmp_path / "out/annotations.xml").read_text())
    box, mask, points, polygon = root.find("image")
    assert box.attrib["xbr"] == "23"
    assert mask.attrib["rle"].startswith("0, 6, 3, 2, 1, 1, 1, 2")
    assert [mask.attrib[key] for key in ("left", "top", "width", "height")] == ["30", "7", "5", "5"]
    assert (points.attrib["points"], polygon.tag) == ("5.5,6.5", "polygon")
    assert [each.text for each in root.iterfind("meta/task/labels/label/name")] == [
        *("c", "m", "p", "poly")
    ]
    assert root.find("meta/task/size").text == "1"


def test_points_are_counted_where_there_is_no_place_for_them(tmp_path: Path) -> None:
    found = document(done(Detection("p", Point(5, 6))))

    for form in ("coco", "yolo-detect", "yolo-segment", "voc"):
        assert "1 point has no place in this format." in exported(
            tmp_path / form, found, format=form
        ).sentences("photos")


def test_csv_has_a_row_per_object_and_one_for_a_record_without(tmp_path: Path) -> None:
    records = [
        document(done(seen("cat", confidence=0.25), seen("ring", RING))),
        document(rejected("b.jpg")),
        document(done(name="c.jpg", labels=(Label("shoe", 0.9), Label("bag")))),
    ]

    exported(tmp_path / "all.csv", *records, format="csv")

    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["name"], row["label"]) for row in rows] == [
        ("object", "a.jpg", "cat"),
        ("object", "a.jpg", "ring"),
        ("record", "b.jpg", ""),
        ("class", "c.jpg", "shoe"),
        ("class", "c.jpg", "bag"),
    ]
    assert [rows[0][key] for key in ("left", "bottom", "confidence", "generation")] == [
        *("3", "24", "0.25", "1")
    ]
    assert (rows[1]["mask_area"], rows[2]["reason"]) == ("17", "empty")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_begins_as_a_formula_and_numbers_stay_numbers(tmp_path: Path, start: str) -> None:
    label = f'{start}HYPERLINK("http://x")'
    found = document(done(seen(label, box=Box(0, 0, 1, 1)), text="-1", name="=a.jpg"))

    exported(tmp_path / "all.csv", found, format="csv")

    with (tmp_path / "all.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["label"], row["text"], row["name"]) == (f"'{label}", "'-1", "'=a.jpg")
    assert row["left"] == "0"


def test_jsonl_is_the_records_as_they_are(tmp_path: Path) -> None:
    records = [document(done(seen(HOSTILE), name="a\u2028b")), document(rejected("b"))]

    exported(tmp_path / "all.jsonl", *records, format="jsonl")

    assert [
        json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()
    ] == read_back(records)


# --- hostile words


@pytest.mark.parametrize("form", ["coco", "label-studio", "jsonl"])
def test_a_hostile_label_comes_through_json_unchanged(tmp_path: Path, form: str) -> None:
    exported(tmp_path / "out", document(done(seen(HOSTILE))), format=form)

    file = tmp_path / "out" if form == "jsonl" else next((tmp_path / "out").glob("[at]*.json"))
    assert HOSTILE in _words(json.loads(file.read_text()))


def _words(told) -> list[str]:
    """Every text in a JSON document."""
    if isinstance(told, dict):
        return _words(list(told.values()))
    if isinstance(told, list):
        return [word for each in told for word in _words(each)]
    return [told] if isinstance(told, str) else []


@pytest.mark.parametrize(
    ("form", "pattern", "find"),
    [
        ("voc", "Annotations/*.xml", lambda root: root.find("object/name").text),
        ("cvat", "annotations.xml", lambda root: root.find("image/box").attrib["label"]),
        ("label-studio", "config.xml", lambda root: root.find(".//Label").attrib["value"]),
    ],
)
def test_a_hostile_label_is_text_in_xml_and_nothing_more(
    tmp_path: Path, form, pattern, find
) -> None:
    exported(tmp_path / "out", document(done(seen(HOSTILE), name="a]]>&<.jpg")), format=form)

    (file,) = (tmp_path / "out").glob(pattern)
    assert find(ElementTree.fromstring(file.read_text("utf-8"))) == re.sub(
        "[\x00\x1b\ufffe\ud800]", "\ufffd", HOSTILE
    )


def test_the_files_are_called_after_uploads_and_never_after_labels(tmp_path: Path) -> None:
    found = document(done(seen("../../../evil"), name="../../up/evil.jpg"))

    place = tmp_path / "in"
    place.mkdir()

    for form in ("coco", "yolo-detect", "yolo-segment", "voc", "label-studio", "cvat"):
        exported(place / form, found, format=form)

    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    made = {path.stem for path in place.rglob("evil*")}
    assert made == {example.of(found).photo.stem}


# --- nothing at all


@pytest.mark.parametrize(
    "form", ["coco", "yolo-detect", "yolo-segment", "voc", "label-studio", "cvat", "csv", "jsonl"]
)
def test_an_export_of_nothing_is_whole(tmp_path: Path, form: str) -> None:
    exported(tmp_path / "out", format=form)

    for name, body in files(tmp_path / "out").items():
        if name.endswith("json"):
            json.loads(body)
        if name.endswith("xml"):
            ElementTree.fromstring(body)
    assert (tmp_path / "out").exists()
    assert not (tmp_path / "out.unfinished").exists()


def test_runs_of_a_brush_are_those_of_the_mask() -> None:
    mask = run_lengths(big())

    assert decoded(brush.encoded(mask)) == [
        (value, 4 * len(list(run))) for value, run in groupby(big().convert("L").tobytes())
    ]


def decoded(body: bytes) -> list[tuple[int, int]]:
    """Values and lengths of the runs, by the format's own description."""
    bits = f"{int.from_bytes(body):0{8 * len(body)}b}"
    at, left, found = 53, int(bits[:32], 2), []
    while left:
        size = (3, 4, 8, 16)[int(bits[at + 1 : at + 3], 2)]
        length = int(bits[at + 3 : at + 3 + size], 2) + 1
        value = int(bits[at + 3 + size : at + 11 + size], 2)
        if found and found[-1][0] == value:
            found[-1] = (value, found[-1][1] + length)
        else:
            found.append((value, length))
        at, left = at + 11 + size, left - length
    return found
