from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.answers.geometry import NotInImage, to_box, to_point, units_of
from shared.model import Box, Point, Size

WIDE = Size(4000, 3000)
SIDES = st.integers(1, 20_000)
SIZES = st.builds(Size, SIDES, SIDES)


def test_y_comes_first_and_each_side_has_its_own_scale():
    box, mends = to_box([100, 250, 300, 750], WIDE)

    assert box == Box(left=1000, top=300, right=3000, bottom=900)
    assert mends == ()


@pytest.mark.parametrize(
    ("corners", "size", "expected", "mended"),
    [
        pytest.param([0, 0, 1000, 1000], Size(7, 3), Box(0, 0, 7, 3), (), id="the whole image"),
        pytest.param([0, 0, 500, 500], Size(5, 7), Box(0, 0, 3, 4), (), id="halves go up"),
        pytest.param([0, 0, 449, 449], Size(10, 10), Box(0, 0, 4, 4), (), id="less goes down"),
        pytest.param(
            [300, 750, 100, 250], WIDE, Box(1000, 300, 3000, 900), ("swapped_corners",), id="both"
        ),
        pytest.param(
            [100, 750, 300, 250], WIDE, Box(1000, 300, 3000, 900), ("swapped_corners",), id="x only"
        ),
        pytest.param(
            [-50, -1, 500, 1001], WIDE, Box(0, 0, 4000, 1500), ("clamped",), id="beyond, clamped"
        ),
        pytest.param(
            [500, 1200, -9, 900],
            WIDE,
            Box(3600, 0, 4000, 1500),
            ("swapped_corners", "clamped"),
            id="swapped and beyond",
        ),
        pytest.param([0, 501, 1000, 509], Size(10, 1), Box(5, 0, 6, 1), ("widened",), id="thin"),
        pytest.param([0, 999, 1000, 1000], Size(10, 1), Box(9, 0, 10, 1), ("widened",), id="rim"),
        pytest.param([0, 0, 1000, 1], Size(10, 1), Box(0, 0, 1, 1), ("widened",), id="near rim"),
    ],
)
def test_a_box_becomes_pixels(corners, size, expected, mended):
    assert to_box(corners, size) == (expected, mended)


@pytest.mark.parametrize(
    ("corners", "code"),
    [
        pytest.param([100, 1100, 200, 1200], "outside_image", id="to the right"),
        pytest.param([100, -200, 200, -100], "outside_image", id="to the left"),
        pytest.param([-20, 0, -10, 10], "outside_image", id="above"),
        pytest.param([1001, 0, 1010, 10], "outside_image", id="below"),
        pytest.param([100, 1000, 200, 1200], "outside_image", id="only touches the right border"),
        pytest.param([-10, 10, 0, 20], "outside_image", id="only touches the top border"),
        pytest.param([100, 100, 100, 200], "zero_area", id="no height"),
        pytest.param([100, 200, 300, 200], "zero_area", id="no width"),
        pytest.param([nan, 0, 10, 10], "not_finite", id="nan"),
        pytest.param([0, 0, 10, inf], "not_finite", id="infinite"),
    ],
)
def test_a_box_that_is_not_in_the_image_is_never_moved_into_it(corners, code):
    with pytest.raises(NotInImage) as caught:
        to_box(corners, WIDE)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("units", "corners"),
    [
        ("grid", [100, 250, 300, 750]),
        ("fractions", [0.1, 0.25, 0.3, 0.75]),
        ("pixels", [300, 1000, 900, 3000]),
    ],
)
def test_the_same_box_in_any_units_is_the_same_box(units, corners):
    assert to_box(corners, WIDE, units) == (Box(1000, 300, 3000, 900), ())


@pytest.mark.parametrize(
    ("spot", "expected"),
    [
        pytest.param([0, 0], Point(0, 0), id="first pixel"),
        pytest.param([500, 250], Point(x=1000, y=1500), id="y first"),
        pytest.param([1000, 1000], Point(3999, 2999), id="the far border is the last pixel"),
    ],
)
def test_a_point_is_the_pixel_that_holds_it(spot, expected):
    assert to_point(spot, WIDE) == expected


@pytest.mark.parametrize("spot", [[-1, 5], [5, -1], [1001, 5], [5, 1001]])
def test_a_point_outside_is_not_moved_to_the_border(spot):
    with pytest.raises(NotInImage, match="outside_image"):
        to_point(spot, WIDE)


@pytest.mark.parametrize(
    ("shapes", "size", "units"),
    [
        pytest.param([], WIDE, "grid", id="nothing"),
        pytest.param([[10, 20, 300, 400]], WIDE, "grid", id="grid"),
        pytest.param([[0, 0, 1, 1]], WIDE, "fractions", id="all of the image"),
        pytest.param([[0, 0.05, 1.002, 0.95]], WIDE, "fractions", id="a little too far"),
        pytest.param([[0, 0, 0, 0]], WIDE, "grid", id="nothing at all"),
        pytest.param([[0, 0, 2, 1]], WIDE, "grid", id="small, but no fraction"),
        pytest.param([[0.1, 0.2, 0.5, 1]], WIDE, "fractions", id="fractions"),
        pytest.param([[0.1, 0.5]], WIDE, "fractions", id="a point in fractions"),
        pytest.param([[0.1, 0.2, 0.5, 1], [1, 2, 3, 4]], WIDE, "grid", id="one is no fraction"),
        pytest.param([[100, 1200, 900, 2000]], WIDE, "pixels", id="pixels"),
        pytest.param([[100, 1050, 900, 1090]], WIDE, "grid", id="a little beyond is overshoot"),
        pytest.param([[100, 1200, 900, 4100]], WIDE, "grid", id="beyond the image"),
        pytest.param([[1200, 100, 3100, 200]], WIDE, "grid", id="below the image"),
        pytest.param([[-5, 1200, 900, 2000]], WIDE, "grid", id="pixels are never negative"),
        pytest.param(
            [[100, 1200, 900, 2000], [1, 2, 3, 4]], WIDE, "grid", id="half of them is not most"
        ),
        pytest.param(
            [[100, 1200, 900, 2000], [1, 2, 3, 4], [5, 1500, 9, 1600]],
            WIDE,
            "pixels",
            id="most of them",
        ),
        pytest.param([[100, 1200, 500, 1300]], Size(800, 600), "grid", id="the image is smaller"),
        pytest.param([[nan, 0, 1, 1]], WIDE, "grid", id="no number"),
    ],
)
def test_the_units_are_told_from_all_shapes_together(shapes, size, units):
    assert units_of(shapes, size) == units


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.floats() | st.integers(-2000, 2000), min_size=4, max_size=4),
    SIZES,
    st.sampled_from(["grid", "fractions", "pixels"]),
)
def test_a_box_of_any_numbers_is_inside_and_at_least_a_pixel(corners, size, units):
    try:
        box, _ = to_box(corners, size, units)
    except NotInImage:
        return

    assert 0 <= box.left < box.right <= size.width
    assert 0 <= box.top < box.bottom <= size.height


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.floats(), min_size=2, max_size=2), SIZES)
def test_a_point_of_any_numbers_is_inside(spot, size):
    try:
        point = to_point(spot, size)
    except NotInImage:
        return

    assert 0 <= point.x < size.width
    assert 0 <= point.y < size.height


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data(), SIZES)
def test_a_box_put_on_the_grid_comes_back_within_a_pixel_and_half_a_step(data, size):
    left, right = sorted(data.draw(st.integers(0, size.width)) for _ in range(2))
    top, bottom = sorted(data.draw(st.integers(0, size.height)) for _ in range(2))
    corners = [
        round(1000 * top / size.height),
        round(1000 * left / size.width),
        round(1000 * bottom / size.height),
        round(1000 * right / size.width),
    ]
    if corners[0] == corners[2] or corners[1] == corners[3]:
        return  # thinner than a step of the grid: the model cannot say it

    box, _ = to_box(corners, size)

    assert abs(box.left - left) <= 1 + size.width / 2000
    assert abs(box.right - right) <= 1 + size.width / 2000
    assert abs(box.top - top) <= 1 + size.height / 2000
    assert abs(box.bottom - bottom) <= 1 + size.height / 2000
