"""Bytes in, upright sRGB pixels out: in one process, where a failure is easy to look at."""

import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from shared.errors import Rejected
from shared.images import jpeg
from shared.images.development import develop
from shared.limits import Limits
from shared.model import Size
from testbed import uploads as hostile
from testbed.uploads import heic_files
from tests.photos import ORIENTATION, STORED
from tests.shared.images.profiles import P3, distance, matrix_profile

QUARTERS = ("red", "lime", "blue", "yellow")  # left to right, top to bottom
LANDSCAPE, PORTRAIT = (192, 96), (96, 192)


def quarters(size: tuple[int, int]) -> Image.Image:
    """Unlike itself in every other orientation."""
    image = Image.new("RGB", size)
    half = size[0] // 2, size[1] // 2
    for index, colour in enumerate(QUARTERS):
        image.paste(Image.new("RGB", half, colour), (index % 2 * half[0], index // 2 * half[1]))
    return image


def seen(image: Image.Image) -> tuple[str, ...]:
    """The nearest of the four colours in the middle of each quarter."""
    width, height = image.size
    places = [(width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]
    return tuple(nearest(image.convert("RGB").getpixel(place)) for place in places)


def nearest(pixel: object) -> str:
    truth = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
    return min(truth, key=lambda name: distance(pixel, truth[name]))


def developed(data: bytes, working: int | None = 2048, model: int = 1024):
    return develop(data, Limits(), working, model)


def reason(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Rejected) as refusal:
        develop(data, limits or Limits(), 2048, 1024)
    return refusal.value.reason


def png_of(mode: str, colour: object, **options: object) -> bytes:
    return hostile.saved(Image.new(mode, (40, 30), colour), "PNG", **options)


# -- upright -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("side", [2048, 48, None])
def test_every_orientation_lands_upright(
    side: int | None, orientation: int, form: str, size: tuple[int, int]
) -> None:
    turned = STORED[orientation]
    picture = quarters(size) if turned is None else quarters(size).transpose(turned)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation

    photo = develop(hostile.saved(picture, form, exif=exif), Limits(), side, 48)

    assert photo.size == Size(*size)
    assert photo.orientation == orientation
    assert photo.warnings == (() if orientation == 1 else ("rotated",))
    assert seen(photo.working) == QUARTERS
    assert seen(Image.open(io.BytesIO(photo.for_model))) == QUARTERS


@pytest.mark.parametrize(
    ("boxes", "undo"),
    [
        ((), None),
        ((heic_files.irot(1),), Image.Transpose.ROTATE_270),
        ((heic_files.irot(2),), Image.Transpose.ROTATE_180),
        ((heic_files.irot(3),), Image.Transpose.ROTATE_90),
        ((heic_files.imir(0),), Image.Transpose.FLIP_TOP_BOTTOM),
        ((heic_files.imir(1),), Image.Transpose.FLIP_LEFT_RIGHT),
    ],
    ids=["as it is", "90", "180", "270", "mirrored", "flipped"],
)
@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_a_heic_is_turned_once_by_its_own_boxes_and_never_by_exif(
    size: tuple[int, int], boxes: tuple[bytes, ...], undo: Image.Transpose | None
) -> None:
    stored = quarters(size) if undo is None else quarters(size).transpose(undo)
    item = heic_files.picture_item(stored, *boxes)
    exif = heic_files.exif_item(hostile.tiff((ORIENTATION, 3, 6)), of=1)

    photo = developed(heic_files.file([item, exif]))

    assert photo.size == Size(*size)
    assert photo.orientation == 1
    assert seen(photo.working) == QUARTERS


@pytest.mark.parametrize(
    "exif",
    [
        hostile.exif((ORIENTATION, 3, 999)),
        hostile.exif((ORIENTATION, 9, -6 & 0xFFFFFFFF)),  # minus six
        hostile.exif((ORIENTATION, 2, 6)),  # as text
        hostile.segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\xff"),  # more entries than bytes
        hostile.segment(0xE1, b"Exif\0\0no directory"),
    ],
    ids=["999", "-6", "of the wrong kind", "cut", "garbage"],
)
def test_an_orientation_that_makes_no_sense_is_none(exif: bytes) -> None:
    photo = developed(hostile.jpeg_with(exif))

    assert photo.orientation == 1
    assert photo.warnings == ("bad_exif",)
    assert photo.size == Size(320, 240)


def turned(order: str, kind: int, count: int, value: int) -> bytes:
    """A JPEG with an orientation of this type; several numbers that need more lie behind it."""
    form = order + {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}[kind]
    numbers = struct.pack(form, value) * count
    place = numbers.ljust(4, b"\0") if len(numbers) <= 4 else struct.pack(order + "I", 26)
    directory = struct.pack(order + "HHHI", 1, ORIENTATION, kind, count) + place + bytes(4)
    mark = {">": b"MM\0*\0\0\0\x08", "<": b"II*\0\x08\0\0\0"}[order]
    tiff = mark + directory + (numbers if len(numbers) > 4 else b"")
    return hostile.jpeg_with(hostile.segment(0xE1, b"Exif\0\0" + tiff))


@given(
    order=st.sampled_from("<>"),
    kind=st.sampled_from([1, 3, 4, 6, 8, 9, 13]),
    count=st.integers(1, 9),
    value=st.integers(0, 8),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_an_orientation_is_read_in_every_integer_type(
    order: str, kind: int, count: int, value: int
) -> None:
    photo = developed(turned(order, kind, count, value), 100, 50)

    assert photo.orientation == (value or 1)  # 0 is "unknown"
    assert photo.warnings == (("rotated",) if value > 1 else ())


# -- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "working", "expected"),
    [
        ((640, 480), 2048, (640, 480)),
        ((640, 480), None, (640, 480)),
        ((640, 480), 640, (640, 480)),
        ((640, 480), 320, (320, 240)),
        ((630, 480), 320, (315, 240)),  # half is near enough
        ((641, 480), 320, (320, 240)),
        ((640, 480), 500, (500, 375)),
        ((480, 640), 500, (375, 500)),
        ((1000, 3), 100, (100, 1)),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_the_long_side_is_as_wanted_and_never_longer(
    form: str, stored: tuple[int, int], working: int | None, expected: tuple[int, int]
) -> None:
    photo = developed(hostile.saved(hostile.picture(*stored), form), working, 256)

    assert photo.size == Size(*stored)
    assert photo.working.size == expected
    shown = max(Image.open(io.BytesIO(photo.for_model)).size)
    assert shown in range(250, 257) or shown == max(expected) < 250


def test_a_model_that_reads_more_than_there_is_gets_what_there_is() -> None:
    photo = developed(hostile.jpeg(), working=100, model=3000)

    assert Image.open(io.BytesIO(photo.for_model)).size == photo.size
    assert max(photo.working.size) == 100


@pytest.mark.parametrize("side", [1024, 700])
def test_a_shrunk_jpeg_looks_like_the_whole_one(side: int) -> None:
    data = hostile.saved(hostile.picture(2000, 1500), "JPEG", quality=95)

    quick = developed(data, side).working

    slow = Image.open(io.BytesIO(data)).resize(quick.size, Image.Resampling.LANCZOS)
    assert all(
        distance(quick.getpixel((x, y)), slow.getpixel((x, y))) <= 6
        for x in range(5, quick.width, 97)
        for y in range(5, quick.height, 83)
    )


# -- colours -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (lambda: png_of("1", 1), (255, 255, 255)),
        (lambda: png_of("1", 0, transparency=0), (255, 255, 255)),
        (lambda: png_of("L", 70), (70, 70, 70)),
        (lambda: png_of("L", 70, transparency=70), (255, 255, 255)),
        (lambda: png_of("I;16", 0x4600), (70, 70, 70)),
        (lambda: png_of("LA", (100, 0)), (255, 255, 255)),
        (lambda: png_of("LA", (100, 255)), (100, 100, 100)),
        (lambda: png_of("RGB", (9, 8, 7), transparency=(9, 8, 7)), (255, 255, 255)),
        (lambda: png_of("RGBA", (255, 0, 0, 51)), (255, 204, 204)),
        (lambda: palette(None), (10, 200, 30)),
        (lambda: palette(bytes([255, 0])), (255, 255, 255)),
        (lambda: cmyk(), (0, 102, 255)),
        (lambda: hostile.saved(Image.new("L", (40, 30), 70), "JPEG"), (70, 70, 70)),
        (
            lambda: hostile.saved(Image.new("RGBA", (40, 30), (0, 0, 0, 0)), "WEBP", lossless=True),
            (255, 255, 255),
        ),
    ],
    ids=[
        "bilevel",
        "bilevel with a transparent shade",
        "grey",
        "grey with a transparent shade",
        "deep grey",
        "transparent grey",
        "opaque grey",
        "transparent colour",
        "one fifth red",
        "palette",
        "transparent palette",
        "cmyk",
        "grey jpeg",
        "transparent webp",
    ],
)
@pytest.mark.parametrize("side", [2048, 20])
def test_every_kind_of_pixel_becomes_the_colour_people_see(
    side: int, data: Callable[[], bytes], expected: tuple[int, int, int]
) -> None:
    photo = developed(data(), side, 20)

    assert photo.working.mode == "RGB"
    assert distance(photo.working.getpixel((5, 5)), expected) <= 3
    shown = Image.open(io.BytesIO(photo.for_model)).getpixel((5, 5))
    assert distance(shown, expected) <= 6


def palette(transparency: bytes | None) -> bytes:
    image = Image.new("P", (40, 30), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    options = {} if transparency is None else {"transparency": transparency}
    return hostile.saved(image, "PNG", **options)


def cmyk() -> bytes:
    """As Photoshop writes it, with inverted inks, and an Adobe marker to say so."""
    return hostile.saved(Image.new("CMYK", (40, 30), (255, 153, 0, 0)), "JPEG", quality=95)


def test_deep_grey_is_scaled_not_clipped() -> None:
    photo = developed(hostile.deep_png(16, 0, 1))

    row = [photo.working.getpixel((x, 3)) for x in range(16)]
    assert row == [(x * 1000 >> 8,) * 3 for x in range(16)]


def test_a_transparent_picture_has_a_warning_and_an_opaque_one_has_none() -> None:
    assert developed(png_of("RGBA", (1, 2, 3, 254))).warnings == ("transparent",)
    assert developed(png_of("RGBA", (1, 2, 3, 255))).warnings == ()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_wide_colours_are_brought_into_srgb(form: str) -> None:
    picture = Image.new("RGB", (64, 64), (200, 120, 120))
    profile = matrix_profile(P3, 2.2)

    photo = developed(in_form(picture, form, profile))

    assert photo.warnings == ()
    # By hand: linear light, the P3 matrix, XYZ to linear sRGB under D50, sRGB's curve.
    assert distance(photo.working.getpixel((30, 30)), (214, 116, 118)) <= 4
    assert not photo.working.info


def in_form(picture: Image.Image, form: str, profile: bytes) -> bytes:
    if form == "HEIF":
        colours = heic_files.box(b"colr", b"prof", profile)
        return heic_files.file([heic_files.picture_item(picture, colours)])
    return hostile.saved(picture, form, icc_profile=profile, quality=95)


def test_a_profile_that_says_srgb_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = Image.new("RGB", (64, 64), (200, 120, 120))

    photo = developed(hostile.saved(picture, "PNG", icc_profile=profile))

    assert photo.working.getpixel((3, 3)) == (200, 120, 120)


@pytest.mark.parametrize(
    "profile",
    [b"garbage", matrix_profile(P3, 2.2).replace(b"RGB XYZ ", b"CMYKXYZ "), b"x" * 200],
    ids=["no", "cmyk", "long"],
)
def test_a_profile_that_does_not_fit_is_left_aside(profile: bytes) -> None:
    photo = developed(hostile.saved(Image.new("L", (64, 64), 70), "PNG", icc_profile=profile))

    assert photo.warnings == ("bad_icc",)
    assert photo.working.getpixel((3, 3)) == (70, 70, 70)


def test_the_parts_of_a_profile_are_put_in_order() -> None:
    profile = matrix_profile(P3, 2.2)
    parts = [
        hostile.segment(0xE2, b"ICC_PROFILE\0" + bytes([number, 2]) + part)
        for number, part in ((2, profile[200:]), (1, profile[:200]))
    ]

    assert developed(hostile.jpeg_with(*parts)).warnings == ()


# -- what does not travel on ---------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_reaches_the_model(form: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    profile = matrix_profile(P3, 2.2)
    data = hostile.saved(
        hostile.picture(), form, exif=exif, icc_profile=profile, comment=b"SECRET", xmp=b"SECRET"
    )
    assert b"SECRET" in data

    photo = developed(data)

    shown = Image.open(io.BytesIO(photo.for_model))
    assert b"SECRET" not in photo.for_model
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not photo.working.info


def test_a_heic_keeps_its_place_to_itself() -> None:
    assert b"Canary" in hostile.heic_with_gps()

    assert b"SECRET" not in developed(hostile.heic_with_gps()).for_model


# -- broken, too much ----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [hostile.jpeg, hostile.png, hostile.webp, hostile.heic])
@pytest.mark.parametrize("side", [2048, 40])
def test_half_a_photo_is_no_photo(side: int, make: Callable[[], bytes]) -> None:
    with pytest.raises(Rejected, match="corrupt"):
        developed(make()[: len(make()) // 2], side)


def test_more_bytes_than_allowed_are_too_many() -> None:
    assert reason(hostile.jpeg(), Limits(bytes=1000)) == "too_large"


@pytest.mark.parametrize("make", [hostile.jpeg, hostile.png, hostile.webp, hostile.heic])
@pytest.mark.parametrize("limits", [Limits(pixels=320 * 240 - 1), Limits(side=319)])
def test_one_pixel_more_than_allowed_is_too_large(
    limits: Limits, make: Callable[[], bytes]
) -> None:
    assert reason(make(), limits) == "too_large"


@pytest.mark.parametrize("make", [hostile.jpeg, hostile.png, hostile.webp, hostile.heic])
def test_exactly_what_is_allowed_is_not_too_large(make: Callable[[], bytes]) -> None:
    assert develop(make(), Limits(pixels=320 * 240, side=320), None, 100).size == Size(320, 240)


def test_scans_are_counted_up_to_the_limit() -> None:
    normal = hostile.saved(hostile.noise(), "JPEG", progressive=True)  # libjpeg's ten scans

    assert develop(normal, Limits(scans=10), 2048, 1024).size == Size(320, 240)
    assert reason(normal, Limits(scans=9)) == "too_complex"


def test_scans_of_an_embedded_thumbnail_and_of_a_second_picture_do_not_count() -> None:
    thumbnail = hostile.segment(0xE1, b"Exif\0\0" + hostile.tiff() + hostile.scan_bomb(200, 64))
    data = hostile.jpeg_with(thumbnail) + hostile.scan_bomb(200, 64)

    assert len(jpeg.extent(data, 1).scans) == 1
    assert develop(data, Limits(scans=1), 2048, 1024).size == Size(320, 240)


def test_an_animation_is_its_first_frame() -> None:
    for form in ("WEBP", "PNG"):
        photo = developed(hostile.animation(form))

        assert photo.frames == 3
        assert photo.warnings == ("animated",)
        assert distance(photo.working.getpixel((20, 20)), (255, 0, 0)) <= 4


def test_the_pictures_of_a_multi_picture_jpeg_are_counted_and_the_first_is_taken() -> None:
    photo = developed(hostile.two_in_one())

    assert (photo.detected_type, photo.frames, photo.warnings) == ("image/jpeg", 2, ())
    assert distance(photo.working.getpixel((160, 120)), hostile.noise().getpixel((160, 120))) < 90


def test_the_primary_picture_of_a_heic_is_taken() -> None:
    assert developed(hostile.heic_of_two()).size == Size(320, 240)


def test_a_grid_is_put_together_whole() -> None:
    photo = developed(hostile.heic_grid(3, 2, 1400, 1000))

    assert photo.size == Size(1400, 1000)
    assert photo.frames == 1
    tile = hostile.picture(512, 512)
    for x, y in ((100, 100), (700, 300), (1380, 980)):
        expected = tile.getpixel((x % 512, y % 512))
        assert distance(photo.working.getpixel((x, y)), expected) <= 12
