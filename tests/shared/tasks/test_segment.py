"""Masks, from a model's answer in any form to files."""

import base64
import io
import json
import os
import struct
import time
import zlib
from math import cos, pi, sin

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from local import gemini
from local.gemini import replies
from shared import answers, masks, naming, tasks
from shared.intake import recipes
from shared.masks import file
from shared.model import Box, Job, Size
from testbed.cloud import Cloud
from testbed.uploads import heic_files
from tests.jobs import SCHEMA
from tests.photos import Scene
from tests.shared.masks.decoding import decoded

SIZE = Size(2000, 1000)
BOX = Box(400, 100, 800, 300)  # [100, 200, 300, 400] on the grid
LEFT_HALF = [[200, 100], [300, 100], [300, 300], [200, 300]]  # x first


def png(picture, **options):
    stream = io.BytesIO()
    picture.save(stream, "PNG", **options)
    return stream.getvalue()


def half(mode="L", size=(8, 4)):
    """A map of the box whose left half belongs."""
    picture = Image.new("L", size)
    picture.paste(255, (0, 0, size[0] // 2, size[1]))
    return picture.convert(mode)


def encoded(data, prefix="data:image/png;base64,"):
    return prefix + base64.b64encode(data).decode()


def item(mask, **members):
    return {"box_2d": [100, 200, 300, 400], "label": "cat", "mask": mask, **members}


GOOD = next(  # with all that base64 can have, so that there is something to mend
    text
    for side in range(4, 400, 4)
    for text in [encoded(png(half(size=(side, side))))]
    if text.endswith("=") and "+" in text and "/" in text[22:]
)


def read(*items, size=SIZE, limit=25, threshold=127):
    return answers.masked_objects(json.dumps(items), size, limit, threshold)


def only(mask, **members):
    """The one object, and the codes of its problems."""
    found = read(item(mask, **members))
    (one,) = found.objects
    return one, [problem.code for problem in found.problems]


def covered(mask):
    """The mask's extent in the image, and its area."""
    left, top, right, bottom = file.image(mask).getbbox()
    x, y = mask.box.left, mask.box.top
    return (left + x, top + y, right + x, bottom + y), masks.area(mask)


IN_LEFT_HALF = (400, 100, 600, 300), 200 * 200


# --- maps


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(GOOD, id="asked for"),
        pytest.param(encoded(png(half(size=(256, 256)))), id="14 256 x 256"),
        pytest.param(encoded(png(half(size=(64, 64)))), id="14 64 x 64"),
        pytest.param(encoded(png(half(size=(400, 200)))), id="14 as large as the box"),
        pytest.param(encoded(png(half(size=(800, 400)))), id="14 larger than the box"),
        pytest.param(encoded(png(half("RGB"))), id="RGB"),
        pytest.param(encoded(png(half("1"))), id="1 bit"),
        pytest.param(encoded(png(half("P"))), id="palette"),
        pytest.param(encoded(png(half("LA"))), id="grey and alpha"),
        pytest.param(encoded(png(half("RGBA"))), id="RGBA"),
        pytest.param(
            encoded(png(Image.merge("LA", (Image.new("L", (8, 4), 255), half())))), id="in alpha"
        ),
        pytest.param(
            encoded(png(Image.frombytes("I;16", (8, 1), b"\0\xff" * 4 + bytes(8)))),
            id="16 bit",
        ),
        pytest.param(encoded(png(half()), "data:image/PNG;base64,"), id="prefix in capitals"),
        pytest.param([GOOD], id="in a list"),
        pytest.param({"data": GOOD}, id="in an object"),
    ],
)
def test_a_map_is_read_whatever_kind_of_png_it_is(mask):
    one, problems = only(mask)

    assert (one.shape, one.provenance, problems) == (BOX, "exact", [])
    assert one.mask.box == BOX
    (left, top, right, bottom), area = covered(one.mask)
    assert (left, top, right, bottom) == (400, 100, pytest.approx(600, abs=1), 300)
    assert area == pytest.approx(200 * 200, abs=200)


@pytest.mark.parametrize(
    ("mask", "problems"),
    [
        pytest.param(GOOD[22:], ["mask_no_prefix"], id="12 no prefix"),
        pytest.param(GOOD.rstrip("="), ["mask_base64"], id="13 no padding"),
        pytest.param(GOOD + "==", ["mask_base64"], id="13 too much padding"),
        pytest.param(
            GOOD[:22] + GOOD[22:].replace("+", "-").replace("/", "_"),
            ["mask_base64"],
            id="13 URL-safe",
        ),
        pytest.param(GOOD[22:].rstrip("="), ["mask_no_prefix", "mask_base64"], id="both"),
    ],
)
def test_a_map_written_otherwise_is_mended_and_marked(mask, problems):
    one, said = only(mask)

    assert (one.provenance, said) == ("repaired", problems)
    assert covered(one.mask) == IN_LEFT_HALF


def test_white_space_in_base64_is_nothing():
    lines = "\n".join(GOOD[at : at + 60] for at in range(0, len(GOOD), 60))

    one, problems = only(f" {lines} ")

    assert (one.provenance, problems, covered(one.mask)) == ("exact", [], IN_LEFT_HALF)


@pytest.mark.parametrize(("threshold", "whole"), [(99, True), (100, False), (127, False)])
def test_the_request_says_from_which_level_a_pixel_belongs(threshold, whole):
    grey = encoded(png(Image.new("L", (5, 5), 100)))

    found = read(item(grey), threshold=threshold).objects[0]

    assert (found.mask is not None) == whole
    assert found.provenance == ("exact" if whole else "box_only")


def test_a_map_of_a_box_that_leaves_the_image_stays_where_it_is():
    found = read(item(GOOD, box_2d=[100, -200, 300, 200])).objects[0]  # its left half is outside

    assert found.shape == Box(0, 100, 400, 300)
    assert found.provenance == "box_only"  # where all belongs to the other half


# --- outlines

FLAT = [each for corner in LEFT_HALF for each in corner]
TURNED = [[y, x] for x, y in LEFT_HALF]
HOLED = [LEFT_HALF, [[220, 150], [280, 150], [280, 250], [220, 250]]]


@pytest.mark.parametrize(
    ("mask", "provenance", "problems"),
    [
        pytest.param(LEFT_HALF, "exact", [], id="11 x first"),
        pytest.param([*LEFT_HALF, LEFT_HALF[0]], "exact", [], id="closed"),
        pytest.param([LEFT_HALF], "exact", [], id="11 in parts"),
        pytest.param([[LEFT_HALF]], "exact", [], id="nested deeper"),
        pytest.param(TURNED, "repaired", ["mask_y_first"], id="11 y first"),
        pytest.param(FLAT, "repaired", ["mask_corners"], id="11 flat"),
        pytest.param([FLAT], "repaired", ["mask_corners"], id="flat in a list"),
        pytest.param(
            [{"x": x, "y": y} for x, y in LEFT_HALF], "repaired", ["mask_corners"], id="objects"
        ),
        pytest.param(
            [[str(x), str(y)] for x, y in LEFT_HALF], "repaired", ["mask_corners"], id="texts"
        ),
        pytest.param(json.dumps(LEFT_HALF), "exact", [], id="JSON in a text"),
        pytest.param({"points": LEFT_HALF}, "exact", [], id="in an object"),
        pytest.param(
            [*LEFT_HALF, [250, None]], "repaired", ["mask_corners_lost"], id="a corner is broken"
        ),
    ],
)
def test_an_outline_is_read_however_its_corners_are_listed(mask, provenance, problems):
    one, said = only(mask)

    assert (one.shape, one.provenance, said) == (BOX, provenance, problems)
    assert covered(one.mask) == IN_LEFT_HALF


@pytest.mark.parametrize(
    "key", ["mask", "segmentation", "segmentation_mask", "polygon", "masks", "Mask"]
)
@pytest.mark.parametrize("mask", [LEFT_HALF, GOOD, [{"x": x, "y": y} for x, y in LEFT_HALF]])
def test_a_mask_is_found_under_any_of_its_names(key, mask):
    members = item(None)
    del members["mask"]

    found = read({**members, key: mask})

    assert [covered(one.mask) for one in found.objects] == [IN_LEFT_HALF]


def test_the_wrapper_of_newer_models_is_read():
    text = json.dumps({"boxes": [item(LEFT_HALF, confidence=0.9)]})

    (one,) = answers.masked_objects(text, SIZE, 25, 127).objects

    assert (one.provenance, one.confidence, covered(one.mask)) == ("exact", 0.9, IN_LEFT_HALF)


def test_a_ring_in_a_ring_is_a_hole_and_beside_it_a_part():
    one, problems = only(HOLED)
    parts, _ = only([[[200, 100], [240, 100], [200, 300]], [[400, 300], [360, 300], [400, 100]]])

    assert problems == []
    assert covered(one.mask) == ((400, 100, 600, 300), 200 * 200 - 120 * 100)
    assert covered(parts.mask)[0] == (400, 100, 800, 300)


def test_a_square_on_the_diagonal_takes_the_order_of_its_neighbours():
    corner = [[100, 100], [100, 300], [300, 100]]  # bounds alike either way; y first: upper right
    square = item(corner, box_2d=[100, 100, 300, 300])
    odd = [[100, 100], [110, 300], [300, 120]]
    square["mask"] = odd

    alone = read(square).objects[0].mask
    beside = read(square, item(TURNED)).objects[0].mask

    mirrored = [[y, x] for x, y in odd]
    assert alone != beside
    assert beside == read({**square, "mask": mirrored}).objects[0].mask


def test_an_outline_beyond_its_box_ends_at_the_box():
    wide = [[150, 100], [300, 100], [300, 300], [150, 300]]

    one, problems = only(wide)

    assert (one.shape, one.provenance, problems) == (BOX, "repaired", ["mask_beyond_box"])
    assert covered(one.mask) == IN_LEFT_HALF


@pytest.mark.parametrize(
    ("mask", "codes"),
    [
        pytest.param([[200, 100, 400, 100], [400, 300, 200, 300]], ["mask_corners"], id="chunks"),
        pytest.param(
            [[[200, 100], [400, 100]], [[400, 300], [200, 300]]], ["mask_corners"], id="in pairs"
        ),
        pytest.param(
            [[400, 100], [800, 100], [800, 300], [400, 300]], ["mask_units"], id="in pixels"
        ),
        pytest.param([[0, 0], [400, 0], [400, 200], [0, 200]], ["mask_units"], id="of the box"),
        pytest.param([[0.2, 0.1], [0.4, 0.1], [0.4, 0.3], [0.2, 0.3]], ["mask_units"], id="shares"),
        pytest.param([[0, 0], [1000, 0], [1000, 1000], [0, 1000]], ["mask_units"], id="box grid"),
    ],
)
def test_an_outline_in_other_units_than_its_box_is_put_where_its_box_is(mask, codes):
    one, said = only(mask)

    assert (one.provenance, said) == ("repaired", codes)
    assert covered(one.mask) == ((400, 100, 800, 300), 400 * 200)


@pytest.mark.parametrize("size", [(2000, 1000), (1024, 512), (400, 200)])
def test_a_map_of_the_whole_image_is_cropped_and_not_squeezed(size):
    picture = Image.new("L", size)
    scale = size[0] / 2000
    thing = (round(440 * scale), round(120 * scale), round(760 * scale), round(280 * scale))
    picture.paste(255, thing)

    one, said = only(encoded(png(picture)))

    assert said == ["mask_whole_image"]
    assert covered(one.mask)[0] == pytest.approx((440, 120, 760, 280), abs=6)


def test_an_outline_without_a_box_makes_its_own():
    found = read({"label": "cat", "mask": LEFT_HALF})

    (one,) = found.objects
    assert (one.shape, one.provenance) == (Box(400, 100, 600, 300), "repaired")
    assert [problem.code for problem in found.problems] == ["box_from_mask"]
    assert covered(one.mask) == IN_LEFT_HALF


@pytest.mark.parametrize("place", [{}, {"bbox": [100, 200, 300, 300]}])
def test_corners_that_are_objects_are_no_items_of_the_answer(place):
    corners = [{"x": x, "y": y} for x, y in LEFT_HALF]

    (one,) = read({"label": "cat", "polygon": corners, **place}).objects

    assert (one.label, one.shape) == ("cat", Box(400, 100, 600, 300))
    assert covered(one.mask) == IN_LEFT_HALF


def test_fractions_and_pixels_count_for_outlines_as_for_boxes():
    share = item([[x / 1000, y / 1000] for x, y in LEFT_HALF], box_2d=[0.1, 0.2, 0.3, 0.4])
    wide = Size(4000, 3000)
    pixels = item(
        [[2000, 1000], [3000, 1000], [3000, 1500], [2000, 1500]], box_2d=[1000, 2000, 1500, 3000]
    )

    assert covered(read(share).objects[0].mask) == IN_LEFT_HALF
    assert covered(read(pixels, size=wide).objects[0].mask)[0] == (2000, 1000, 3000, 1500)


# --- what is no mask


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width, height):
    """A PNG of few bytes and many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 20), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


TOKENS = "<start_of_mask>" + "".join(f"<seg_{at}>" for at in range(35, 51))
BROKEN = {
    "8 codes": (TOKENS, "mask_tokens"),
    "8 codes, corrupted": ("<start_of_mask><seg_35><se", "mask_tokens"),
    "10 the beginning of codes": ("<start_of_mask>", "mask_tokens"),
    "9 a placeholder": ("gimme_mask_for_this", "mask_unreadable"),
    "13 no base64": ("data:image/png;base64,%%%%", "mask_unreadable"),
    "13 no PNG": (encoded(b"GIF89a" + bytes(40)), "mask_unreadable"),
    "13 cut short": (GOOD[:-40], "mask_unreadable"),
    "13 only a signature": (encoded(png(half())[:8]), "mask_unreadable"),
    "7 a loop": ("data:image/png;base64," + "j4+Pj4+P" * 5000, "mask_unreadable"),
    "nothing after the prefix": ("data:image/png;base64,", "mask_unreadable"),
    "empty text": ("", "mask_unreadable"),
    "a URL": ("https://example.com/mask.png", "mask_unreadable"),
    "a path": ("../../etc/passwd", "mask_unreadable"),
    "a file URL": ("file:///etc/passwd", "mask_unreadable"),
    "null": (None, "mask_missing"),
    "a number": (7, "mask_unreadable"),
    "true": (True, "mask_unreadable"),
    "an object": ({"size": [2, 2], "counts": "04"}, "mask_unreadable"),
    "an empty list": ([], "mask_unreadable"),
    "11 two corners": ([[200, 100], [300, 300]], "mask_few_corners"),
    "11 one corner thrice": ([[200, 100]] * 3, "mask_few_corners"),
    "11 an odd number": ([200, 100, 300, 100, 300], "mask_unreadable"),
    "11 words": (["top", "left", "bottom", "right", "x", "y"], "mask_few_corners"),
    "11 not finite": ([[float("nan"), 1], [2, float("inf")], [1e300, 5]], "mask_few_corners"),
    "deep brackets": ("[" * 5000, "mask_unreadable"),
    "elsewhere": ([[800, 800], [900, 800], [900, 900]], "mask_misfit"),
    "in another unit": ([[0.2, 0.1], [0.3, 0.1], [0.3, 0.3]], "mask_misfit"),
    "on a line": ([[500, 100], [600, 200], [700, 300]], "mask_empty"),
    "15 all dark": (encoded(png(Image.new("L", (9, 9), 127))), "mask_empty"),
    "34 pixels": (encoded(bomb(30_000, 30_000)), "mask_too_large"),
    "34 pixels in a row": (encoded(bomb(2**31 - 1, 1)), "mask_too_large"),
    "34 no pixels": (encoded(bomb(0, 0)), "mask_unreadable"),
    "34 bytes": (encoded(png(half()) + bytes(4_000_000)), "mask_too_large"),
    "34 text": ("data:image/png;base64," + "A" * 9_000_000, "mask_too_large"),
}


@pytest.mark.parametrize(("mask", "code"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_mask_leaves_the_box_and_says_why_and_harms_no_neighbour(mask, code):
    start = time.process_time()

    found = read(item(GOOD, label="one"), item(mask, box_2d=[100, 500, 300, 700]), item(LEFT_HALF))

    before, between, after = found.objects
    assert covered(before.mask) == covered(after.mask) == IN_LEFT_HALF
    assert (between.shape, between.mask) == (Box(1000, 100, 1400, 300), None)
    assert between.provenance == "box_only"
    assert [(each.code, each.item) for each in found.problems][-1] == (code, 1)
    assert found.problems[-1].sentence.endswith(".")
    assert time.process_time() - start < 2


def test_a_mask_that_ran_into_the_next_key_costs_the_mask_alone():
    text = '[{"mask": "<start_of_mask>_box_2d": [100, 200, 300, 400], "label": "cat"}]'

    (one,) = answers.masked_objects(text, SIZE, 25, 127).objects

    assert (one.shape, one.label, one.provenance, one.mask) == (BOX, "cat", "box_only", None)


def test_an_endless_mask_ends_the_answer_and_keeps_what_was_whole():
    text = json.dumps([item(GOOD), item("@@")]).replace(
        "@@", "data:image/png;base64," + "j4+P" * 999
    )

    found = answers.masked_objects(text[:-200], SIZE, 25, 127)

    assert not found.complete
    assert [covered(one.mask) for one in found.objects] == [IN_LEFT_HALF]


def test_a_point_cannot_hold_a_mask():
    found = read({"point": [100, 200], "label": "nose", "mask": GOOD})

    assert (found.objects[0].mask, found.objects[0].provenance) == (None, "box_only")
    assert [problem.code for problem in found.problems] == ["mask_without_box"]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from(["L", "RGB", "P", "LA"]))
def test_a_png_broken_anywhere_is_a_mask_or_none_and_nothing_else(where, byte, mode):
    data = bytearray(png(half(mode, (16, 16))))
    data[where % len(data)] = byte

    (one,) = read(item(encoded(bytes(data)))).objects

    assert (one.mask is None) == (one.provenance == "box_only")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text("<seg_1>[0,]", max_size=9) | st.integers(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json_for_a_mask_leaves_its_object_in_place(mask):
    (one,) = read(item(mask)).objects

    assert one.shape == BOX
    assert one.mask is None or masks.area(one.mask)


# --- fidelity

LARGE = Size(4000, 3000)


def ellipse(middle, radii, corners=120):
    return [
        (
            middle[0] + radii[0] * cos(at * 2 * pi / corners),
            middle[1] + radii[1] * sin(at * 2 * pi / corners),
        )
        for at in range(corners)
    ]


RINGS = [ellipse((1800, 1400), (1501, 1203)), ellipse((1500, 1300), (403, 402))]
TRUE_BOX = (299, 197, 3301, 2603)


def truth():
    """A blob with a hole, drawn by another hand than ours."""
    picture = Image.new("1", LARGE)
    canvas = ImageDraw.Draw(picture)
    canvas.ellipse((299, 197, 3301, 2603), fill=1)
    canvas.ellipse((1097, 898, 1903, 1702), fill=0)
    return picture


def on_grid(rings):
    return [[[round(x / 4), round(y / 3)] for x, y in ring] for ring in rings]


def as_map(mode="L"):
    part = truth().convert("L").crop(TRUE_BOX)
    part.thumbnail((256, 256), Image.Resampling.BOX)
    return encoded(png(part.convert(mode)))


@pytest.mark.parametrize(
    ("mask", "least"),
    [
        pytest.param(as_map(), 0.98, id="PNG"),
        pytest.param(as_map("RGB"), 0.98, id="RGB PNG"),
        pytest.param(as_map("1"), 0.98, id="1-bit PNG"),
        pytest.param(on_grid(RINGS), 0.99, id="outline"),
        pytest.param([[[y, x] for x, y in r] for r in on_grid(RINGS)], 0.99, id="outline y first"),
        pytest.param(
            [[each for corner in ring for each in corner] for ring in on_grid(RINGS)],
            0.99,
            id="outline flat",
        ),
    ],
)
def test_a_mask_is_true_to_its_thing_at_full_resolution(mask, least):
    left, top, right, bottom = TRUE_BOX
    box_2d = [round(top / 3), round(left / 4), round(bottom / 3), round(right / 4)]

    (one,) = read(item(mask, box_2d=box_2d), size=LARGE).objects

    seen = Image.new("1", LARGE)
    seen.paste(file.image(one.mask), (one.mask.box.left, one.mask.box.top))
    both = count(ImageChops.logical_and(seen, truth()))
    assert both / count(ImageChops.logical_or(seen, truth())) >= least


def count(picture):
    return picture.convert("L").histogram()[255]


# --- the whole way


def the_job(ref) -> Job:
    (recipe,) = recipes.parse('[[recipe]]\nname = "all"\nmatch = "**"\ntasks = ["segment"]')
    (job,) = recipe.jobs(ref)
    return job


def two_things(scene: Scene) -> gemini.Reply:
    top, left, bottom, right = scene.box_2d()
    upper = [[left, top], [right, top], [right, (top + bottom) // 2], [left, (top + bottom) // 2]]
    return replies.says(
        json.dumps(
            {
                "boxes": [
                    {"box_2d": scene.box_2d(), "label": "red", "mask": upper},
                    {"box_2d": [700, 700, 900, 900], "label": "dark", "mask": TOKENS},
                    {"box_2d": [600, 100, 900, 400], "label": "half", "mask": GOOD},
                ]
            }
        )
    )


def turned_heic(scene: Scene) -> bytes:
    stored = scene.upright().transpose(Image.Transpose.ROTATE_270)
    return heic_files.file([heic_files.picture_item(stored, heic_files.irot(1))])


@pytest.mark.parametrize(
    ("kind", "photo"),
    [
        pytest.param("image/jpeg", lambda scene: scene.stored("JPEG", quality=95), id="JPEG"),
        pytest.param("image/jpeg", lambda scene: scene.stored("JPEG", 6), id="rotated JPEG"),
        pytest.param("image/heic", turned_heic, id="turned HEIC"),
    ],
)
def test_a_photo_ends_as_masks_in_pixels_of_the_upright_original(quiet, kind, photo) -> None:
    scene = Scene()
    quiet.script(two_things(scene))
    job = the_job(quiet.upload("thing", photo(scene), kind))

    assert quiet.deliver(job, "segment").status_code == 200

    record = quiet.record_of(job)
    jsonschema.validate(record, SCHEMA)
    assert [image["width"] for image in record["images"]] == [scene.size.width]
    red, dark, half_one = record["findings"]["objects"]
    assert [one["provenance"] for one in (red, dark, half_one)] == ["exact", "box_only", "exact"]
    assert dark["mask"] is None
    assert [(each["code"], each["item"]) for each in record["problems"]] == [("mask_tokens", 1)]
    for one in (red, half_one):
        assert_one_mask(quiet, record, one, scene.size)
    assert [each["name"] for each in record["artifacts"]] == [
        *("overlay.jpg", "thumbnail.jpg", "mask-000.png", "mask-002.png")
    ]
    assert_red_above_green_below(quiet, record, scene)


def turned_jpeg(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side
    stream = io.BytesIO()
    picture.transpose(Image.Transpose.ROTATE_90).save(stream, "JPEG", exif=exif.tobytes())
    return stream.getvalue()


def mirrored_heic(picture: Image.Image) -> bytes:
    stored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return heic_files.file([heic_files.picture_item(stored, heic_files.imir(1))])


@pytest.mark.slow
@pytest.mark.parametrize("stored", [turned_jpeg, mirrored_heic])
def test_masks_are_true_to_their_thing_in_turned_and_mirrored_originals(quiet, stored) -> None:
    left, top, right, bottom = TRUE_BOX
    box_2d = [round(top / 3), round(left / 4), round(bottom / 3), round(right / 4)]
    masks = {"map": (as_map(), 0.98), "outline": (on_grid(RINGS), 0.99)}
    answers_ = [{"box_2d": box_2d, "label": name, "mask": masks[name][0]} for name in masks]
    quiet.script(replies.boxes(answers_))
    job = the_job(quiet.upload("thing", stored(truth().convert("RGB")), "image/jpeg"))

    assert quiet.deliver(job, "segment").status_code == 200

    record = quiet.record_of(job)
    assert [image["width"] for image in record["images"]] == [LARGE.width]
    for one in record["findings"]["objects"]:
        written = Image.open(io.BytesIO(quiet.result(record["folder"] + one["mask"]["file"])))
        seen = Image.new("1", LARGE)
        seen.paste(written, (one["shape"]["left"], one["shape"]["top"]))
        both = count(ImageChops.logical_and(seen, truth()))
        either = count(ImageChops.logical_or(seen, truth()))
        assert both / either >= masks[one["label"]][1], one["label"]
    assert len(record["findings"]["objects"]) == 2


def assert_one_mask(cloud: Cloud, record: dict, one: dict, size: Size) -> None:
    """The file holds the box's pixels in one bit each, and the run lengths say the same."""
    shape, mask = one["shape"], one["mask"]
    picture = Image.open(io.BytesIO(cloud.result(record["folder"] + mask["file"])))
    wide, tall = shape["right"] - shape["left"], shape["bottom"] - shape["top"]
    assert (picture.mode, picture.size) == ("1", (wide, tall))
    assert mask["rle"]["size"] == [size.height, size.width]
    rows = decoded(mask["rle"]["counts"], size)
    whole = Image.new("L", size)
    whole.paste(picture.convert("L"), (shape["left"], shape["top"]))
    assert "".join(rows) == "".join(".#"[value > 0] for value in whole.tobytes())
    assert mask["area"] == count(whole) == pytest.approx(wide * tall / 2, rel=0.02)


def assert_red_above_green_below(cloud: Cloud, record: dict, scene: Scene) -> None:
    """The upper half of the red thing is tinted in the overlay, the lower half is not."""
    overlay = Image.open(io.BytesIO(cloud.result(record["folder"] + "overlay.jpg")))
    assert overlay.size == scene.size
    x, quarter = scene.truth.left + 150, (scene.truth.bottom - scene.truth.top) // 4
    tinted = overlay.getpixel((x, scene.truth.top + quarter + 20))
    plain = overlay.getpixel((x, scene.truth.bottom - quarter))
    assert max(abs(a - b) for a, b in zip(plain, (220, 30, 40), strict=True)) < 25
    assert max(abs(a - b) for a, b in zip(tinted, (220, 30, 40), strict=True)) > 40


def test_the_offline_model_is_asked_for_masks_and_gives_them(quiet) -> None:
    scene = Scene()
    quiet.script(otherwise=gemini.OfflineModel())
    job = the_job(quiet.upload("thing.jpg", scene.stored("JPEG", quality=95)))

    assert quiet.deliver(job, "segment").status_code == 200

    record = quiet.record_of(job)
    jsonschema.validate(record, SCHEMA)
    (one,) = record["findings"]["objects"]
    truth = scene.truth
    assert one["provenance"] == "exact"
    assert one["mask"]["area"] == pytest.approx(
        (truth.right - truth.left) * (truth.bottom - truth.top), rel=0.05
    )
    assert naming.mask(0) in {each["name"] for each in record["artifacts"]}
    assert os.environ["MODEL"] == record["request"]["model"]


# --- the question


def test_the_prompt_states_the_grid_and_what_is_wanted():
    segment = tasks.find("segment")
    request = {**segment.defaults, "labels": ["shoe", "bag"], "prompt": "Ignore the mannequin."}

    prompt = segment.prompt(request)

    for part in (
        "box_2d",
        "[ymin, xmin, ymax, xmax]",
        "0 to 1000",
        "mask",
        "at most 25",
        "shoe, bag",
    ):
        assert part in prompt
    assert prompt.endswith("Ignore the mannequin.")
    assert (segment.worker, request["threshold"]) == ("segment", 127)


def test_an_answer_that_fits_the_schema_is_read_as_it_is():
    segment = tasks.find("segment")
    answer = {"boxes": [item(LEFT_HALF)]}
    jsonschema.validate(answer, segment.schema(segment.defaults))

    found = segment.read(json.dumps(answer), [SIZE], segment.defaults)

    assert [one.provenance for one in found.objects] == ["exact"]
    assert found.problems == ()
