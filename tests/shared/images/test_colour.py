"""Colours are judged by what a file says of them in numbers, never by a name."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageStat

from shared.images import cicp, colour
from shared.images.development import develop
from shared.images.icc import D65, SRGB, profile
from shared.limits import Limits
from testbed import uploads as hostile
from testbed.uploads import heic_files
from testbed.uploads.pngs import chunk
from tests.shared.images.profiles import P3, distance, matrix_profile

SCENE = hostile.picture(96, 64)
P3_PRIMARIES = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))


def developed(data: bytes):
    return develop(data, Limits(), 1024, 1024)


def off(picture: Image.Image, truth: Image.Image = SCENE) -> float:
    """By how much a picture differs from the truth, 0 to 255, on average."""
    return sum(ImageStat.Stat(ImageChops.difference(picture, truth)).mean) / 3


def stored(curve: Callable[[float], float], primaries=SRGB) -> Image.Image:
    """The scene in another space, of which the curve is the way back to light."""
    if primaries != SRGB:
        source = ImageCms.createProfile("sRGB")
        target = ImageCms.ImageCmsProfile(io.BytesIO(profile(primaries, D65, cicp.srgb)))
        picture = ImageCms.profileToProfile(SCENE, source, target)
    else:
        picture = SCENE
    light = [cicp.srgb(level / 255) for level in range(256)]
    table = [min(range(256), key=lambda code: abs(curve(code / 255) - wanted)) for wanted in light]
    return picture.point(table * 3)


def png_with(picture: Image.Image, *chunks: bytes) -> bytes:
    data = hostile.saved(picture, "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def gama(exponent: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(exponent * 100_000)))


def chrm(primaries) -> bytes:
    numbers = [value for one in (D65, *primaries) for value in one]
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in numbers)))


def iccp(content: bytes) -> bytes:
    return chunk(b"iCCP", b"any\0\0" + zlib.compress(content))


def codes(*numbers: int) -> bytes:
    return chunk(b"cICP", bytes(numbers))


def named(data: bytes, name: bytes) -> bytes:
    """A profile of ours under a name of the same length."""
    return data.replace(b"Wide\0", name.ljust(5, b"\0")[:5])


# -- profiles ------------------------------------------------------------------------------------

XYZ_SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


@given(
    name=st.sampled_from([b"sRGB", b"Wide", b"Any", b"P3"]),
    gamma=st.sampled_from([1.0, 1.4, 1.8, 2.2, 2.6]),
    swapped=st.booleans(),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_profile_means_what_it_does_whatever_its_name(
    name: bytes, gamma: float, swapped: bool
) -> None:
    """As an independent colour engine's own conversion has it."""
    primaries = XYZ_SRGB[::-1] if swapped else XYZ_SRGB
    lying = named(matrix_profile(primaries, gamma), name)

    photo = developed(hostile.saved(SCENE, "PNG", icc_profile=lying))

    straight = ImageCms.profileToProfile(
        SCENE, ImageCms.ImageCmsProfile(io.BytesIO(lying)), ImageCms.createProfile("sRGB")
    )
    assert off(photo.working, straight) < 1
    assert "bad_icc" not in photo.warnings


def test_what_changes_nothing_costs_nothing() -> None:
    """sRGB under a name that says nothing leaves each pixel as it is."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    other = data.replace("sRGB".encode("utf-16-be"), "ABCD".encode("utf-16-be"))
    assert other != data or b"sRGB" not in data

    assert colour.to_srgb(SCENE, data).tobytes() == SCENE.tobytes()
    assert colour.to_srgb(SCENE, other).tobytes() == SCENE.tobytes()


def grey_profile(gamma: float) -> bytes:
    rgb = matrix_profile(XYZ_SRGB, gamma)
    return rgb.replace(b"RGB XYZ ", b"GRAYXYZ ", 1).replace(b"rTRC", b"kTRC", 1)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize(
    "make",
    [
        lambda icc: hostile.saved(SCENE.convert("L"), "PNG", icc_profile=icc),
        lambda icc: hostile.saved(SCENE.convert("L"), "JPEG", icc_profile=icc, quality=98),
        lambda icc: deep_grey_with_alpha(SCENE.convert("L"), icc),
        lambda icc: hostile.saved(SCENE.convert("L").convert("RGB"), "PNG", icc_profile=icc),
    ],
    ids=["png", "jpeg", "deep with alpha", "as colour"],
)
@pytest.mark.parametrize("kind", ["grey", "colour"])
def test_grey_goes_with_profiles_of_grey_and_of_colour(
    kind: str, make: Callable[[bytes], bytes], gamma: float
) -> None:
    icc = grey_profile(gamma) if kind == "grey" else matrix_profile(XYZ_SRGB, gamma)

    photo = developed(make(icc))

    light = [(level / 255) ** gamma for level in range(256)]
    levels = [min(range(256), key=lambda n: abs(cicp.srgb(n / 255) - wanted)) for wanted in light]
    assert off(photo.working, SCENE.convert("L").point(levels).convert("RGB")) < 2
    assert "bad_icc" not in photo.warnings


def deep_grey_with_alpha(picture: Image.Image, icc: bytes) -> bytes:
    width, height = picture.size
    rows = (picture.crop((0, y, width, y + 1)).tobytes() for y in range(height))
    packed = b"".join(b"\0" + b"".join(bytes([v, v, 255, 255]) for v in row) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 16, 4, 0, 0, 0)
    parts = chunk(b"IHDR", head) + iccp(icc) + chunk(b"IDAT", zlib.compress(packed))
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IEND")


def test_colour_does_not_go_with_a_profile_of_grey() -> None:
    photo = developed(hostile.saved(SCENE, "PNG", icc_profile=grey_profile(1.0)))

    assert "bad_icc" in photo.warnings
    assert photo.working.tobytes() == SCENE.tobytes()


# -- numbers in a PNG ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "chunks", "most"),
    [
        (lambda: stored(cicp.power(1.0)), [gama(1.0)], 3),
        (lambda: stored(cicp.power(1 / 0.551)), [gama(0.551)], 1.5),
        (lambda: SCENE, [gama(0.45455)], 0.01),
        (lambda: SCENE, [gama(0.45455), chrm(SRGB)], 0.01),
        (lambda: stored(cicp.srgb, P3_PRIMARIES), [gama(0.45455), chrm(P3_PRIMARIES)], 1.5),
        (lambda: stored(cicp.srgb, P3_PRIMARIES), [chrm(P3_PRIMARIES)], 1.5),
        (lambda: stored(cicp.srgb, P3_PRIMARIES), [codes(12, 13, 0, 1)], 1.5),
        (lambda: stored(cicp.srgb, BT2020), [codes(9, 13, 0, 1)], 2),
        (lambda: SCENE, [codes(1, 13, 0, 1)], 0.01),
        (lambda: SCENE, [codes(2, 2, 0, 1)], 0.01),
        (lambda: SCENE, [codes(1, 1, 0, 1)], 0.01),
        # One outranks the next: cICP, iCCP, sRGB, gAMA and cHRM.
        (lambda: SCENE, [codes(1, 13, 0, 1), iccp(matrix_profile(P3, 1.0)), gama(1.0)], 0.01),
        (lambda: stored(cicp.power(1.8)), [iccp(matrix_profile(XYZ_SRGB, 1.8)), gama(1.0)], 1.5),
        (lambda: SCENE, [chunk(b"sRGB", b"\0"), gama(1.0), chrm(BT2020)], 0.01),
        # Nonsense says nothing.
        (lambda: SCENE, [gama(0.0)], 0.01),
        (lambda: SCENE, [chunk(b"gAMA", b"12")], 0.01),
        (lambda: SCENE, [chunk(b"cICP", b"1")], 0.01),
    ],
)
def test_a_png_states_its_colours_in_numbers(
    picture: Callable[[], Image.Image], chunks: list[bytes], most: float
) -> None:
    photo = developed(png_with(picture(), *chunks))

    assert off(photo.working) <= most
    assert "bad_icc" not in photo.warnings


def test_samples_of_the_range_of_video_are_stretched() -> None:
    narrow = SCENE.point([round(16 + level * 219 / 255) for level in range(256)] * 3)

    assert off(developed(png_with(narrow, codes(1, 13, 0, 0))).working) < 1.5


def test_chromaticities_that_span_no_space_are_left_aside() -> None:
    for primaries in (((0.3, 0.3),) * 3, ((0.0, 0.0),) * 3):
        photo = developed(png_with(SCENE, chrm(primaries)))

        assert "bad_icc" in photo.warnings
        assert photo.working.tobytes() == SCENE.tobytes()


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_numbers_make_a_picture(gamma: bytes, chromaticities: bytes) -> None:
    data = png_with(SCENE, chunk(b"gAMA", gamma), chunk(b"cHRM", chromaticities))

    assert developed(data).size == SCENE.size


# -- HDR, and numbers in a HEIF ------------------------------------------------------------------


@pytest.mark.parametrize("transfer", [16, 18], ids=["PQ", "HLG"])
@pytest.mark.parametrize("form", ["png", "heic"])
def test_hdr_is_mapped_down_with_a_warning(form: str, transfer: int) -> None:
    picture = stored(curve(transfer), BT2020)

    photo = developed(in_form(form, picture, 9, transfer))

    assert "hdr" in photo.warnings
    assert off(photo.working) < 14
    assert off(picture) > 20  # so it makes a difference


def curve(transfer: int) -> Callable[[float], float]:
    """Light of white paper is 1: nothing is beyond it here, and nothing is compressed."""
    whole = cicp.light_of(transfer)
    return lambda sample: min(1.0, whole(sample))


def in_form(form: str, picture: Image.Image, primaries: int, transfer: int) -> bytes:
    if form == "png":
        return png_with(picture, codes(primaries, transfer, 0, 1))
    told = struct.pack(">HHHB", primaries, transfer, 6, 128)
    return heic_files.file(
        [heic_files.picture_item(picture, heic_files.box(b"colr", b"nclx", told))]
    )


@pytest.mark.parametrize(
    ("primaries", "transfer", "space"),
    [(12, 13, P3_PRIMARIES), (9, 13, BT2020), (1, 13, SRGB), (2, 2, SRGB), (1, 1, SRGB)],
)
def test_a_heic_states_its_colours_in_numbers(primaries: int, transfer: int, space) -> None:
    photo = developed(in_form("heic", stored(cicp.srgb, space), primaries, transfer))

    assert off(photo.working) < 4
    assert "hdr" not in photo.warnings


def test_a_profile_outranks_the_numbers_of_a_heic() -> None:
    boxes = [
        heic_files.box(b"colr", b"nclx", struct.pack(">HHHB", 9, 16, 6, 128)),
        heic_files.box(b"colr", b"prof", matrix_profile(XYZ_SRGB, 2.2)),
    ]

    photo = developed(heic_files.file([heic_files.picture_item(SCENE, *boxes)]))

    assert off(photo.working) < 4
    assert "hdr" not in photo.warnings


# -- transparent shades --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "depth"), [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16)]
)
def test_a_transparent_shade_is_clear_at_any_depth(kind: int, depth: int) -> None:
    most, samples = 2**depth - 1, 1 if kind == 0 else 3
    clear, opaque = most // 3, most - most // 3
    bits = "".join(f"{shade:0{depth}b}" * samples for shade in [clear] * 8 + [opaque] * 8)
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    head = struct.pack(">IIBBBBB", 16, 4, depth, kind, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"tRNS", struct.pack(">H", clear) * samples)
    data = b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IDAT", zlib.compress(row * 4)) + chunk(b"IEND")

    photo = developed(data)

    assert "transparent" in photo.warnings
    assert photo.working.getpixel((2, 2)) == (255, 255, 255)
    shade = opaque * 255 // most
    assert distance(photo.working.getpixel((12, 2)), (shade,) * 3) <= 1
