"""A JPEG is taken if all of it is there, however it ends, and refused by its true name."""

import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.errors import Rejected
from shared.images import jpeg
from shared.images.development import develop
from shared.limits import Limits
from shared.model import Size
from testbed import uploads as hostile
from testbed.uploads import jpegs as odd
from tests.shared.images.jpegs import every_kind, pixels_at, saved

KINDS = sorted(every_kind())
END = b"\xff\xd9"


def outcome(data: bytes) -> tuple[object, ...]:
    """The pixels and the warnings, or the reason."""
    try:
        photo = develop(data, Limits(), None, 64)
    except Rejected as refusal:
        return (refusal.reason,)
    return photo.working.tobytes(), set(photo.warnings) & {"incomplete"}


@pytest.mark.slow
@given(st.sampled_from(KINDS), st.floats(0, 1, exclude_max=True), st.booleans())
@example("baseline", 0, False)
@example("progressive", 0, False)
@example("baseline", 0, True)
@example("progressive", 0.001, True)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_jpeg_cut_anywhere_is_corrupt_or_warned_of_or_the_same(
    kind: str, share: float, closed: bool
) -> None:
    whole = every_kind()[kind]
    lost = int((share**3) * (len(whole) - pixels_at(whole)))  # mostly near the end

    cut = whole[: len(whole) - 2 - lost] + (END if closed else b"")

    found = outcome(cut)
    assert found in (("corrupt",), outcome(whole)) or found[1:] == ({"incomplete"},)
    if lost > 64 and kind != "progressive and smooth":
        assert found != outcome(whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "end",
    [b"", b"\xff", END, END + bytes(5_000), bytes(5_000), b"\xff" * 700, END + b"SEFH trailer"],
    ids=["none", "half", "as it should be", "more behind", "zeros", "ones", "a trailer"],
)
def test_a_whole_jpeg_is_taken_however_it_ends(kind: str, end: bytes) -> None:
    whole = every_kind()[kind]

    assert outcome(whole[:-2] + end) == outcome(whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"\x55"], ids=["zeros", "ones", "both"])
@pytest.mark.parametrize("end", [b"", END], ids=["open", "closed"])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_what_was_filled_up_is_corrupt(kind: str, filler: bytes, end: bytes, kept: float) -> None:
    whole = every_kind()[kind]
    start = pixels_at(whole) + 12
    left = start + int((len(whole) - start) * kept)

    found = outcome(whole[:left] + filler * (len(whole) - 2 - left) + end)

    assert found == ("corrupt",) or found[1:] == ({"incomplete"},)


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}])
def test_an_even_end_is_no_filler(options: dict[str, bool]) -> None:
    image = hostile.picture(200, 300).copy()
    image.paste((255, 255, 255), (0, 100, 200, 300))
    data = saved(image, **options)

    assert outcome(data)[1:] == (set(),)
    assert outcome(data[:-2]) == outcome(data)


def test_a_progressive_jpeg_that_ends_between_two_scans_is_incomplete() -> None:
    whole = every_kind()["progressive"]
    last = whole.rindex(b"\xff\xc4")  # the tables of the last scan

    assert outcome(whole[:last] + END)[1:] == ({"incomplete"},)


def test_a_jpeg_that_lacks_a_component_is_corrupt() -> None:
    whole = saved(hostile.noise(96, 64), progressive=True)
    first = whole.index(b"\xff\xda")
    rest = whole.index(b"\xff\xc4", first)

    assert outcome(whole[:first] + whole[rest:]) == ("corrupt",)  # there are no first values


@pytest.mark.parametrize("short", [0, 2, 200])
def test_a_thumbnail_is_never_the_photo(short: int) -> None:
    """Metadata that claims to end before its thumbnail, in it, or too late."""
    thumbnail = hostile.saved(hostile.picture(64, 48), "JPEG")
    content = b"Exif\0\0" + hostile.tiff() + thumbnail
    said = struct.pack(">H", len(content) + 2 - len(thumbnail) + short)
    data = hostile.jpeg()[:2] + b"\xff\xe1" + said + content + hostile.jpeg()[2:]

    assert outcome(data) == ("corrupt",)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: odd.deep(12), "samples of 12 bits"),
        (lambda: odd.deep(16), "samples of 16 bits"),
        (lambda: odd.resized(0xF7), "JPEG-LS"),
        (lambda: odd.resized(0xC5), "hierarchy"),
        (lambda: odd.resized(0xCB), "lossless arithmetic coding"),
    ],
    ids=["12 bits", "16 bits", "JPEG-LS", "hierarchical", "lossless arithmetic"],
)
def test_a_coding_that_is_not_read_is_named(make, named: str) -> None:
    with pytest.raises(Rejected, match=named) as refusal:
        develop(make(), Limits(), 100, 50)

    assert refusal.value.reason == "unsupported_codec"


@pytest.mark.parametrize(
    ("size", "side", "fits"),
    [
        ((16_382, 3_628), 2048, True),  # a panorama
        ((11_648, 8_736), 2048, True),  # 102 megapixels
        ((16_320, 12_240), 2048, True),  # 200
        ((16_320, 12_300), 2048, False),
        ((9_504, 6_336), 5_000, False),  # not shrunk as it is decoded
        ((9_504, 6_336), None, False),
        ((20_001, 100), 2048, False),
    ],
)
def test_a_jpeg_may_be_larger_where_it_is_shrunk_as_it_is_decoded(
    size: tuple[int, int], side: int | None, fits: bool
) -> None:
    data = odd.jpeg_claiming(*size)  # the pixels are those of a small one

    with pytest.raises(Rejected) as refusal:
        develop(data, Limits(), side, 50)

    assert refusal.value.reason == ("corrupt" if fits else "too_large")


def test_a_panorama_is_taken_by_default() -> None:
    stripe = hostile.picture(16_382 // 8, 8).resize((16_382, 3_628))

    photo = develop(saved(stripe.convert("L")), Limits(), 2048, 1024)

    assert photo.size == Size(16_382, 3_628)
    assert photo.working.size == (2048, 454)


def test_a_progressive_jpeg_that_would_fill_the_memory_is_too_large() -> None:
    data = hostile.saved(hostile.noise(), "JPEG", progressive=True)
    at = data.index(b"\xff\xc2") + 5
    claimed = data[:at] + struct.pack(">HH", 12_000, 16_000) + data[at + 4 :]

    with pytest.raises(Rejected, match="MiB are the limit") as refusal:
        develop(claimed, Limits(memory_bytes=2**29), 2048, 1024)

    assert refusal.value.reason == "too_large"


def test_scans_are_counted_up_to_the_limit_and_no_further() -> None:
    data = hostile.saved(hostile.noise(), "JPEG", progressive=True)

    assert [len(jpeg.extent(data, most).scans) for most in (1, 9, 10, 100)] == [2, 10, 10, 10]
