"""What is hidden is gone: the copy is the same whatever was there."""

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from shared import overlay
from shared.copies import hiding
from shared.copies.hiding import Blocks
from shared.images.developed import Developed
from shared.images.development import develop
from shared.limits import Limits
from shared.model import Box, Detection, Mask, Size
from shared.redaction import Terms
from tests.shared.copies.twins import FORMATS, Twins, stored, texture

SIZE = Size(333, 251)  # no multiple of a block
INK = (64, 64, 64)
FILL = Terms(("face",))
MASK = FILL._replace(what="mask")
PIXELATE = FILL._replace(how="pixelate")


def ellipse(box: Box, size: Size = SIZE) -> Image.Image:
    drawn = Image.new("1", size)
    corners = (box.left, box.top, box.right - 1, box.bottom - 1)
    canvas = ImageDraw.Draw(drawn)
    canvas.ellipse(corners, 1)
    canvas.point(corners[:2], 1)  # what is very small would have no pixel
    return drawn


def thing(box: Box, inside: Image.Image | None = None) -> Detection:
    """A thing at a box; `inside` is white where its mask is."""
    if inside is None:
        return Detection("face", box)
    cut = inside.crop((box.left, box.top, box.right, box.bottom))
    return Detection("face", box, mask=Mask(box, cut.tobytes()))


def opened(data: bytes) -> Developed:
    return develop(data, Limits(), None, 64)


def hidden(data: bytes, things: list[Detection], terms: Terms = FILL) -> Image.Image:
    photo = opened(data)
    hiding.hide(photo.working, photo, things, terms)
    return photo.working


def covered(things: list[Detection], terms: Terms, photo: Developed) -> Image.Image:
    """White where the things are hidden."""
    drawn = Image.new("1", photo.size)
    for each in things:
        blocks = Blocks.of(photo).around(each, terms.margin, by_mask=terms.what == "mask")
        for row in blocks:
            drawn.paste(1, (row.left, row.top, row.right, row.bottom))
    return drawn


BOX = Box(101, 60, 168, 151)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("terms", [FILL, MASK], ids=["box", "mask"])
def test_photos_that_differ_only_in_what_is_hidden_give_equal_copies(
    kind: str, orientation: int, terms: Terms
) -> None:
    inside = ellipse(BOX)
    one, other = (stored(Twins(inside).picture(seed), kind, orientation) for seed in (2, 3))
    things = [thing(BOX, inside)]

    assert opened(one).size == SIZE
    assert ImageChops.difference(opened(one).working, opened(other).working).getbbox()
    first, second = (overlay.encode(hidden(data, things, terms)) for data in (one, other))
    assert first == second


boxes = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    *(st.integers(0, 250), st.integers(0, 180), st.integers(1, 70), st.integers(1, 60)),
)


@given(
    boxes,
    st.integers(1, 8),
    st.sampled_from(["4:4:4", "4:2:2", "4:2:0", "4:1:1"]),
    st.booleans(),
    st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_no_trace_is_left_in_the_blocks_of_a_jpeg(
    box: Box, orientation: int, sampling: str, progressive: bool, by_mask: bool
) -> None:
    inside = ellipse(box)
    twins = Twins(inside)
    options = {"subsampling": sampling, "progressive": progressive, "quality": 60}
    one, other = (stored(twins.picture(seed), "jpeg", orientation, **options) for seed in (2, 3))
    terms = MASK if by_mask else FILL

    first, second = (hidden(data, [thing(box, inside)], terms) for data in (one, other))

    assert first.tobytes() == second.tobytes()


@given(
    boxes,
    st.binary(min_size=1, max_size=40),
    st.tuples(st.integers(-4, 4), st.integers(-4, 4)),
    st.integers(1, 8),
)
@settings(deadline=None, max_examples=200)
def test_a_mask_that_is_off_by_four_pixels_still_covers(
    box: Box, seed: bytes, off: tuple[int, int], orientation: int
) -> None:
    width, height = box.right - box.left, box.bottom - box.top
    dots = Image.frombytes("L", (len(seed), 1), seed).resize((width, height), Image.Resampling.BOX)
    there = Image.new("1", SIZE)
    there.paste(dots.point([255 * (level > 127) for level in range(256)], "1"), (box.left, box.top))
    photo = Developed("image/jpeg", SIZE, orientation, 1, (), Image.new("RGB", (1, 1)), b"")

    area = covered([thing(box, there)], MASK, photo)

    moved = ImageChops.offset(there.convert("L"), *off)  # what leaves the picture comes in again:
    ImageDraw.Draw(moved).rectangle((0, 0, SIZE.width - 1, SIZE.height - 1), outline=0, width=4)
    assert not ImageChops.subtract(moved, area.convert("L")).getbbox()


@given(boxes, st.integers(1, 8), st.booleans(), st.floats(0.03, 1))
@settings(deadline=None)
def test_no_more_is_hidden_than_the_margin_and_whole_blocks(
    box: Box, orientation: int, by_mask: bool, margin: float
) -> None:
    photo = Developed("image/jpeg", SIZE, orientation, 1, (), Image.new("RGB", (1, 1)), b"")
    terms = (MASK if by_mask else FILL)._replace(margin=margin)

    left, top, right, bottom = covered([thing(box, ellipse(box))], terms, photo).getbbox()

    longest = max(box.right - box.left, box.bottom - box.top)
    most = max(margin * longest + 1, 4) + 15 + 2
    assert left >= box.left - most
    assert top >= box.top - most
    assert right <= box.right + most
    assert bottom <= box.bottom + most


def test_what_is_filled_has_one_colour_and_the_rest_stays() -> None:
    picture = texture(SIZE, 1)
    data = stored(picture, "png", 1)

    copy = hidden(data, [thing(BOX)])

    area = covered([thing(BOX)], FILL, opened(data))
    assert copy.crop((BOX.left, BOX.top, BOX.right, BOX.bottom)).getcolors() == [
        ((BOX.right - BOX.left) * (BOX.bottom - BOX.top), INK)
    ]
    changed = ImageChops.difference(copy, picture)
    changed.paste(0, mask=area)
    assert not changed.getbbox()


def test_what_is_pixelated_has_at_most_eight_squares_on_its_longer_side() -> None:
    plate = Box(40, 100, 290, 150)
    data = stored(texture(SIZE, 1), "png", 1)

    copy = hidden(data, [thing(plate)], PIXELATE)

    middle = copy.crop((plate.left, 125, plate.right, 126))
    across = [middle.getpixel((x, 0)) for x in range(middle.width)]
    assert 1 < 1 + sum(one != other for one, other in pairwise(across)) <= 8
    colours = copy.crop((plate.left, plate.top, plate.right, plate.bottom)).getcolors()
    assert colours is not None
    assert len(colours) <= 8 * 3


@pytest.mark.parametrize(("how", "most"), [("fill", 1), ("pixelate", 64)])
def test_a_whole_picture_is_hidden(how: hiding.How, most: int) -> None:
    picture = texture(SIZE, 1).copy()

    hiding.hide_all(picture, how)

    colours = picture.getcolors()
    assert colours is not None
    assert len(colours) <= most


def test_several_things_are_hidden_each() -> None:
    corners = [Box(0, 0, 9, 9), Box(320, 0, 333, 9), Box(0, 240, 9, 251), Box(320, 240, 333, 251)]

    copy = hidden(stored(texture(SIZE, 1), "webp", 6), [thing(box) for box in corners])

    for x, y in ((0, 0), (332, 0), (0, 250), (332, 250)):
        assert copy.getpixel((x, y)) == INK
    assert copy.getpixel((166, 125)) != INK


@pytest.mark.slow
@pytest.mark.parametrize("orientation", [1, 6])
def test_fifty_megapixels_are_hidden_alike(orientation: int) -> None:
    size = Size(8000, 6250)
    box = Box(3001, 2003, 4507, 4009)
    inside = ellipse(box, size)
    twins = Twins(inside, texture(size, 1))
    things = [thing(box, inside), thing(Box(7990, 10, 8000, 900))]

    digests = set()
    for seed in (2, 3):
        copy = hidden(stored(twins.picture(seed), "jpeg", orientation), things, MASK)
        digests.add(overlay.encode(copy))

    assert len(digests) == 1
    assert Image.open(io.BytesIO(digests.pop())).size == size
