"""IoU of boxes and of masks."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cli.grading import regions
from cli.grading.regions import Pixels, box_iou, mask_iou
from shared.jobs.record import Found, Object
from shared.model import Box, Point, Polygon, Size
from tests.cli.grading.found import SIZE, boxes, full, thing

HERE = Box(0, 0, 100, 50)


@pytest.mark.parametrize(
    ("other", "iou"),
    [
        (HERE, 1.0),
        (Box(10, 0, 110, 50), 90 / 110),  # shifted by a tenth of its width
        (Box(10, 5, 110, 55), 0.81 / 1.19),  # and by a tenth of its height
        (Box(0, 0, 50, 50), 0.5),
        (Box(100, 0, 200, 50), 0.0),  # they touch
        (Box(150, 60, 200, 100), 0.0),
    ],
)
def test_the_iou_of_boxes_is_what_one_counts_by_hand(other: Box, iou: float) -> None:
    assert box_iou(HERE, other) == pytest.approx(iou, abs=1e-12)
    assert box_iou(other, HERE) == pytest.approx(iou, abs=1e-12)


@given(boxes, boxes)
def test_a_full_mask_overlaps_as_its_box_does(one: Box, other: Box) -> None:
    first, second = regions.of(Found((thing("a", one, full(one)), thing("b", other, full(other)))))

    assert first.pixels
    assert second.pixels
    assert mask_iou(first.pixels, second.pixels) == box_iou(one, other)


@given(some.sets(some.integers(0, 59)), some.sets(some.integers(0, 59)))
def test_the_iou_of_masks_is_that_of_their_sets_of_pixels(one: set[int], other: set[int]) -> None:
    shared, either = len(one & other), len(one | other)

    assert mask_iou(pixels(one), pixels(other)) == (shared / either if shared else 0)


def pixels(numbers: set[int]) -> Pixels:
    """Each pixel is a span of its own, unless its neighbour belongs, too."""
    spans: list[tuple[int, int]] = []
    for at in sorted(numbers):
        if spans and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return Pixels(Size(6, 10), tuple(spans))


def test_masks_of_images_of_different_sizes_are_not_compared() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        mask_iou(Pixels(SIZE, ((0, 1),)), Pixels(Size(100, 200), ((0, 1),)))


def test_a_point_has_no_area_and_an_outline_has_its_box() -> None:
    triangle = Polygon((((1.5, 2), (8, 2), (4, 9.2)),))

    found = regions.of(
        Found(
            (
                Object(0, "a", Point(3, 4), None, "exact", None),
                Object(1, "b", triangle, 0.5, "exact", None),
            )
        )
    )

    assert [(each.label, each.box, each.score) for each in found] == [("b", Box(1, 2, 8, 10), 0.5)]
