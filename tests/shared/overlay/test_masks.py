"""Masks and polygons in the overlay."""

import pytest
from PIL import Image, ImageChops, ImageColor

from shared import overlay
from shared.masks import outline
from shared.model import Box, Detection, Findings, Polygon, Size
from shared.overlay.style import colour

GREY = (128, 128, 128)
SIZE = Size(800, 600)
BOX = Box(200, 100, 600, 500)
RING = [(240, 140), (560, 140), (560, 460), (240, 460)]
HOLE = [(340, 240), (460, 240), (460, 360), (340, 360)]


def blank(factor=1.0):
    return Image.new("RGB", (round(SIZE.width * factor), round(SIZE.height * factor)), GREY)


def thing(label="cat", box=BOX, rings=(RING, HOLE)):
    return Detection(label, box, mask=outline.mask(rings, box))


def drawn(*things, factor=1.0):
    return on(blank(factor), *things)


def on(picture, *things):
    """A copy of the picture with the things drawn on it."""
    copy = picture.copy()
    overlay.draw(copy, Findings(things), SIZE)
    return copy


def paint(label):
    return ImageColor.getrgb(colour(label))


def between(pixel, one, other):
    """Whether each channel lies between the two colours, at neither end unless they agree."""
    return all(
        min(a, b) < value < max(a, b) or a == b == value or abs(a - b) < 4
        for value, a, b in zip(pixel, one, other, strict=True)
    )


def test_a_mask_tints_its_pixels_and_no_others():
    after = drawn(thing())

    assert between(after.getpixel((290, 300)), GREY, paint("cat"))
    assert after.getpixel((400, 300)) == GREY  # in the hole
    assert after.getpixel((220, 300)) == GREY  # in the box, beside the mask
    assert after.getpixel((100, 300)) == GREY


def test_the_photo_is_seen_through_a_mask():
    photo = Image.effect_noise(SIZE, 60).convert("RGB")

    after = on(photo, thing())

    inside = (250, 380, 550, 450)
    before, seen = photo.crop(inside).convert("L"), after.crop(inside).convert("L")
    low, high = seen.getextrema()
    assert high - low > (before.getextrema()[1] - before.getextrema()[0]) * 0.5


def test_a_line_in_the_labels_colour_runs_along_the_edge_of_a_mask_and_of_its_holes():
    after = drawn(thing())

    for x, y in [(240, 300), (559, 300), (400, 140), (400, 459), (339, 300), (400, 360)]:
        assert after.getpixel((x, y)) == paint("cat")


def test_a_box_around_a_mask_is_thinner_than_one_alone():
    alone, around = Detection("", BOX), thing("")
    large = Size(3200, 2400)
    grey = Image.new("RGB", large, GREY)

    def width(one):
        after = on(grey, one)
        row = [after.getpixel((x, 440)) for x in range(780, 830)]
        return sum(pixel == paint("") for pixel in row)

    assert 0 < width(around) < width(alone)


@pytest.mark.parametrize("factor", [0.25, 0.5, 2])
def test_masks_are_drawn_at_the_scale_of_the_picture(factor):
    after = drawn(thing(""), factor=factor)

    def at(x, y):
        return after.getpixel((round(x * factor), round(y * factor)))

    assert between(at(290, 300), GREY, paint(""))
    assert at(400, 300) == at(222, 300) == GREY


def test_the_mask_of_a_small_thing_lies_on_that_of_a_large_one():
    small = thing(
        "dog", Box(260, 160, 300, 200), [[(270, 160), (300, 160), (300, 200), (270, 200)]]
    )

    one, other = drawn(thing(), small), drawn(small, thing())

    assert ImageChops.difference(one, other).getbbox() is None
    assert one.getpixel((270, 180)) == paint("dog")  # its edge, untinted


def test_a_mask_of_one_pixel_and_one_scaled_away_are_drawn():
    speck = thing("", Box(10, 10, 11, 11), [[(10, 10), (11, 10), (11, 11), (10, 11)]])

    assert drawn(speck).getpixel((10, 10)) == paint("")
    assert ImageChops.difference(drawn(speck, factor=0.1), blank(0.1)).getbbox() is not None


@pytest.mark.parametrize("factor", [0.5, 1, 2])
def test_a_polygon_is_drawn_as_its_rings(factor):
    rings = tuple(tuple((float(x), float(y)) for x, y in ring) for ring in (RING, HOLE))

    after = drawn(Detection("", Polygon(rings)), factor=factor)

    def at(x, y):
        return after.getpixel((round(x * factor), round(y * factor)))

    assert at(240, 300) == at(400, 460) == at(340, 300) == paint("")
    assert at(290, 300) == at(400, 300) == at(100, 300) == GREY
    left, top, right, bottom = ImageChops.difference(after, blank(factor)).getbbox()
    assert (left + right) / 2 == pytest.approx(400 * factor, abs=1.5)
    assert (top + bottom) / 2 == pytest.approx(300 * factor, abs=1.5)


def test_a_polygon_has_its_label_beside_it_and_its_place_by_size():
    rings = (((250.0, 150.0), (550.0, 150.0), (400.0, 400.0)),)
    small = Detection("dog", Box(240, 140, 280, 180))

    after = drawn(Detection("cat", Polygon(rings)), small)

    other = drawn(small, Detection("cat", Polygon(rings)))
    assert ImageChops.difference(after, other).getbbox() is None
    assert after.crop((250, 100, 330, 150)).getcolors(99_999) != [(80 * 50, GREY)]
