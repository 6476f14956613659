"""Masks as bits, as run lengths, as files; and made of maps and outlines."""

from io import BytesIO
from math import cos, pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from shared import masks
from shared.masks import file, outline, soft
from shared.model import Box, Mask, Size
from tests.shared.masks.decoding import decoded


def drawn(rows, left=0, top=0):
    """A mask of text: # belongs."""
    width = len(rows[0])
    pixels = bytes(255 * (char == "#") for row in rows for char in row)
    picture = Image.frombytes("L", (width, len(rows)), pixels).point([0] * 128 + [255] * 128, "1")
    return Mask(Box(left, top, left + width, top + len(rows)), picture.tobytes())


def text(mask):
    picture = file.image(mask).convert("L")
    pixels = picture.tobytes()
    rows = (pixels[at : at + picture.width] for at in range(0, len(pixels), picture.width))
    return ["".join(".#"[value > 0] for value in row) for row in rows]


def whole(rows, left, top, size):
    """The same rows in an image of that size."""
    picture = ["." * size.width for _ in range(size.height)]
    for row, line in enumerate(rows, top):
        picture[row] = "." * left + line + "." * (size.width - left - len(line))
    return picture


# --- run lengths

RING = [".##.", "#..#", "#..#", ".##."]
FRAME = ["#" * 40, *["#" + "." * 38 + "#"] * 30, "#" * 40]


@pytest.mark.parametrize(
    ("rows", "left", "top", "size", "counts"),
    [
        pytest.param(["#"], 0, 0, (1, 1), "01", id="one pixel is all"),
        pytest.param(["#"], 0, 0, (5, 4), "01c0", id="first pixel"),
        pytest.param(["#"], 4, 3, (5, 4), "c01", id="last pixel"),
        pytest.param(RING, 2, 1, (9, 7), "`024ON010O021d0", id="ring"),
        pytest.param(["####"] * 3, 0, 0, (4, 3), "0<", id="everything"),
        pytest.param(["##"] * 3, 1, 0, (4, 3), "363", id="whole columns run on"),
        pytest.param(["#.#.#.#.#.#"] * 2, 3, 2, (20, 6), "d02:000000000l0", id="stripes"),
        pytest.param(
            FRAME,
            *(100, 200, (1000, 800)),
            "XZ^2P1Ph0QOnXO" + "0Rg00nXO" * 37 + "0Rg0o0heod0",
            id="frame",
        ),
    ],
)
def test_run_lengths_are_those_of_pycocotools(rows, left, top, size, counts):
    assert masks.rle(drawn(rows, left, top), Size(*size)) == counts


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_run_lengths_read_back_are_the_mask_in_its_image(data):
    size = Size(data.draw(st.integers(1, 30)), data.draw(st.integers(1, 12)))
    left = data.draw(st.integers(0, size.width - 1))
    top = data.draw(st.integers(0, size.height - 1))
    wide = data.draw(st.integers(1, size.width - left))
    tall = data.draw(st.integers(1, size.height - top))
    rows = data.draw(
        st.lists(st.text("#.", min_size=wide, max_size=wide), min_size=tall, max_size=tall)
    )

    mask = drawn(rows, left, top)

    assert decoded(masks.rle(mask, size), size) == whole(rows, left, top, size)
    assert masks.area(mask) == sum(row.count("#") for row in rows)
    assert text(mask) == rows


def test_a_mask_wider_than_a_strip_has_the_same_run_lengths_as_its_parts():
    rows = ["#" * 700, "." * 350 + "#" * 350]

    counts = masks.rle(drawn(rows, 20, 3), Size(800, 9))

    assert decoded(counts, Size(800, 9)) == whole(rows, 20, 3, Size(800, 9))


def test_a_file_has_one_bit_per_pixel_of_the_box():
    picture = Image.open(BytesIO(file.png(drawn(RING, 2, 1))))

    assert (picture.format, picture.mode, picture.size) == ("PNG", "1", (4, 4))
    assert picture.tobytes() == drawn(RING).bits


# --- from a map


@pytest.mark.parametrize(
    ("threshold", "kept"), [(0, 255), (126, 129), (127, 128), (128, 127), (254, 1), (255, 0)]
)
def test_a_pixel_belongs_if_its_map_is_above_the_threshold(threshold, kept):
    levels = Image.frombytes("L", (256, 1), bytes(range(256)))

    mask = soft.mask(levels, Box(10, 10, 266, 11), threshold)

    assert masks.area(mask) == kept
    assert text(mask) == ["." * (256 - kept) + "#" * kept]


def test_a_map_is_stretched_bilinearly_over_the_box():
    mask = soft.mask(Image.frombytes("L", (2, 1), b"\x00\xff"), Box(0, 0, 10, 3), 127)

    assert text(mask) == [".....#####"] * 3

    fainter = soft.mask(Image.frombytes("L", (2, 1), b"\x00\xc8"), Box(0, 0, 20, 1), 127)
    assert text(fainter) == ["." * 11 + "#" * 9]  # the nearest level would make it ten


def test_of_a_map_that_leaves_the_image_the_part_inside_counts():
    levels = Image.frombytes("L", (4, 1), b"\xff\xff\x00\x00")

    assert text(soft.mask(levels, Box(0, 0, 4, 1), 127, (0.5, 0, 1, 1))) == ["...."]
    assert text(soft.mask(levels, Box(0, 0, 4, 1), 127, (0, 0, 0.5, 1))) == ["####"]


# --- from outlines

SQUARE = [(1, 1), (5, 1), (5, 4), (1, 4)]


@pytest.mark.parametrize(
    ("rings", "rows"),
    [
        pytest.param([SQUARE], ["......", ".####.", ".####.", ".####.", "......"], id="square"),
        pytest.param(
            [SQUARE[::-1]], ["......", ".####.", ".####.", ".####.", "......"], id="the other way"
        ),
        pytest.param(
            [SQUARE, [(2, 2), (4, 2), (4, 3), (2, 3)]],
            ["......", ".####.", ".#..#.", ".####.", "......"],
            id="hole",
        ),
        pytest.param(
            [[(0, 0), (2, 0), (2, 2), (0, 2)], [(4, 3), (6, 3), (6, 5), (4, 5)]],
            ["##....", "##....", "......", "....##", "....##"],
            id="two parts",
        ),
        pytest.param(
            [[(0, 0), (6.2, 0), (0, 6.2)]],
            ["######", "#####.", "####..", "###...", "##...."],
            id="slope",
        ),
        pytest.param(
            [[(-9, -9), (99, -9), (99, 99), (-9, 99)]], ["######"] * 5, id="beyond the box"
        ),
        pytest.param([[(7, 0), (9, 0), (9, 5)]], ["......"] * 5, id="beside the box"),
        pytest.param(
            [[(1.6, 1.6), (3.4, 1.6), (3.4, 3.4), (1.6, 3.4)]],
            ["......", "......", "..#...", "......", "......"],
            id="middles decide",
        ),
    ],
)
def test_an_outline_is_filled_by_the_even_odd_rule(rings, rows):
    moved = [[(x + 30, y + 20) for x, y in ring] for ring in rings]

    mask = outline.mask(moved, Box(30, 20, 36, 25))

    assert text(mask) == rows


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 25), st.floats(-5, 25)), min_size=3, max_size=12))
def test_a_pixel_is_inside_if_a_ray_from_its_middle_crosses_the_outline_oddly_often(ring):
    rows = text(outline.mask([ring], Box(0, 0, 20, 20)))

    for y, row in enumerate(rows):
        for x, char in enumerate(row):
            crossed = [
                where - (x + 0.5)
                for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True)
                if (y0 <= y + 0.5) != (y1 <= y + 0.5)
                for where in [x0 + (y + 0.5 - y0) * (x1 - x0) / (y1 - y0)]
            ]
            if all(abs(distance) > 1e-6 for distance in crossed):
                assert (char == "#") == (sum(distance > 0 for distance in crossed) % 2 == 1)


def test_an_outline_that_would_take_seconds_to_fill_is_refused():
    comb = [(at, 0 if at % 2 else 4000) for at in range(1000)]

    with pytest.raises(outline.TooComplex):
        outline.mask([comb], Box(0, 0, 4000, 4000))


def test_an_outline_of_a_circle_has_the_area_of_the_circle():
    circle = [(500 + 400 * cos(at * pi / 90), 500 + 400 * sin(at * pi / 90)) for at in range(180)]

    mask = outline.mask([circle], Box(100, 100, 900, 900))

    assert masks.area(mask) == pytest.approx(pi * 400**2, rel=0.001)
    mirrored = file.image(mask).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert sum(ImageChops.logical_xor(mirrored, file.image(mask)).histogram()[1:]) < 800
