"""A HEIC is taken if every tile of it is there, and refused by its true name."""

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.errors import Rejected
from shared.images import heif
from shared.images.development import develop
from shared.limits import Limits
from testbed import uploads as hostile
from testbed.uploads import heic_files, heifs

IGNORED = "exif_orientation_ignored"


def outcome(data: bytes) -> tuple[object, ...]:
    """The pixels and the warnings, or the reason."""
    try:
        photo = develop(data, Limits(), None, 64)
    except Rejected as refusal:
        return (refusal.reason,)
    return photo.working.tobytes(), set(photo.warnings) & {"incomplete", IGNORED}


@cache
def whole(form: str) -> bytes:
    version = {"version 0": 0, "version 1": 1, "version 2": 2}.get(form)
    if version is None:
        return hostile.heic()
    tiles = [tile(number) for number in range(4)]
    return heic_files.file(heic_files.grid(tiles, 2, 128, 128), version=version)


def tile(number: int) -> heic_files.Item:
    window = (number, number, number + 64, number + 64)
    return heic_files.picture_item(hostile.noise().crop(window))


FORMS = ["one picture", "version 0", "version 1", "version 2"]


@pytest.mark.slow
@given(
    st.sampled_from(FORMS),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([b"", b"\0", b"\xff"]),
)
@example("version 1", 0.001, b"")
@example("version 2", 0.5, b"\0")
@settings(max_examples=120, deadline=None, derandomize=True)
def test_a_heic_cut_anywhere_is_corrupt_or_warned_of_or_the_same(
    form: str, share: float, filler: bytes
) -> None:
    data = whole(form)
    lost = int(share**2 * (len(data) - data.index(b"mdat")))

    found = outcome(data[: len(data) - lost] + filler * lost)

    few = filler == b"\xff" and lost < 32  # nobody can know
    assert few or found in (("corrupt",), outcome(data)) or found[1:] == ({"incomplete"},)
    assert lost < 32 or found != outcome(data)


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_heic_is_taken_wherever_its_parts_lie(form: str) -> None:
    assert outcome(whole(form))[1:] == (set(),)
    assert outcome(whole(form) + bytes(99))[1:] == (set(),)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("form", FORMS[1:])
def test_no_tile_may_be_missing(form: str, number: int) -> None:
    """Each of them in turn is zeros, as an interrupted copy of another order leaves it."""
    data = whole(form)
    payload = tile(number).payload

    assert data.count(payload) == 1
    assert outcome(data.replace(payload, bytes(len(payload)))) == ("corrupt",)
    half = payload[: len(payload) // 2] + bytes(len(payload) - len(payload) // 2)
    assert outcome(data.replace(payload, half)) == ("corrupt",)


@pytest.mark.parametrize(
    ("number", "boxes", "warned"),
    [
        (6, (), True),
        (3, (), True),
        (1, (), False),
        (0, (), False),
        (6, (heic_files.irot(0),), False),
        (6, (heic_files.irot(3),), False),
        (6, (heic_files.imir(1),), False),
    ],
)
def test_an_orientation_that_only_exif_has_is_ignored_with_a_warning(
    number: int, boxes: Sequence[bytes], warned: bool
) -> None:
    item = heic_files.picture_item(hostile.noise(), *boxes)

    photo = develop(heic_files.file([item, heifs.orientation(number)]), Limits(), 64, 64)

    assert (IGNORED in photo.warnings) is warned
    assert photo.orientation == 1


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (lambda: heifs.heif_with(b"avc1", b"avci"), "H.264"),
        (lambda: heifs.heif_with(b"jpeg", b"jpeg"), "JPEG"),
        (lambda: heifs.heif_with(b"j2k1", b"j2ki"), "JPEG 2000"),
        (lambda: heifs.heif_with(b"vvc1", b"vvic"), "VVC"),
        (lambda: heifs.heif_with(b"vvc1", b"mif1"), "VVC"),
        (heifs.sequence, "sequence without a still"),
    ],
    ids=["avci", "jpeg", "j2ki", "vvic", "mif1", "sequence"],
)
def test_a_coding_that_is_not_read_is_named(data, named: str) -> None:
    with pytest.raises(Rejected, match=named) as refusal:
        develop(data(), Limits(), 64, 64)

    assert refusal.value.reason == "unsupported_codec"


def test_the_codec_that_counts_is_the_pictures_not_its_thumbnails() -> None:
    picture = heic_files.picture_item(hostile.noise(), kind=b"avc1")
    thumbnail = heic_files.picture_item(hostile.picture(64, 64))

    assert heif.read(heic_files.file([picture, thumbnail])).foreign == "H.264"
