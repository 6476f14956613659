"""A WEBP is decoded by libwebp's own interface, and looks as it does by Pillow's."""

import io
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from PIL.WebPImagePlugin import WebPImageFile

from shared.errors import Rejected
from shared.images import colour, libwebp, webp
from shared.images.decoder import decode
from shared.images.resizing import shrunk
from shared.limits import Limits
from shared.model import Size
from testbed import uploads as hostile

ROOT = Path(__file__).parents[3]


def by_pillow(data: bytes, side: int | None) -> Image.Image:
    picture = WebPImageFile(io.BytesIO(data))
    return shrunk(colour.eight_bits(picture), side, Size(*picture.size))


def differs(one: Image.Image, other: Image.Image) -> bool:
    """In any way; a clear pixel has a colour, too."""
    if (one.mode, one.size) != (other.mode, other.size):
        return True
    return any(band.getbbox() for band in ImageChops.difference(one, other).split())


def decoded(data: bytes, side: int | None) -> Image.Image:
    """As `develop` has it before it turns it and takes its alpha away."""
    picture, header = decode(data, "image/webp", Limits(), side)
    return shrunk(picture, side, header.size)


def art(seed: int, size: tuple[int, int], mode: str) -> Image.Image:
    """Blocks and noise; with alpha, some of it clear and some half clear."""
    source = random.Random(seed)
    blocks = Image.frombytes(mode, (4, 4), source.randbytes(16 * len(mode)))
    noise = Image.frombytes(mode, size, source.randbytes(size[0] * size[1] * len(mode)))
    return Image.blend(blocks.resize(size, Image.Resampling.BICUBIC), noise, 0.3)


SIZES = st.tuples(st.integers(1, 180), st.integers(1, 180))
SIDES = st.none() | st.integers(1, 200)


@given(
    size=SIZES,
    mode=st.sampled_from(["RGB", "RGBA"]),
    lossless=st.booleans(),
    exact=st.booleans(),
    side=SIDES,
    seed=st.integers(0, 99),
)
@settings(max_examples=120, deadline=None, derandomize=True)
def test_a_still_picture_is_the_same_to_the_last_bit(
    size: tuple[int, int], mode: str, lossless: bool, exact: bool, side: int | None, seed: int
) -> None:
    data = hostile.saved(art(seed, size, mode), "WEBP", lossless=lossless, exact=exact)

    assert not differs(decoded(data, side), by_pillow(data, side))


@given(
    size=SIZES,
    modes=st.lists(st.sampled_from(["RGB", "RGBA"]), min_size=2, max_size=3),
    options=st.sampled_from(
        [{}, {"lossless": True}, {"allow_mixed": True}, {"minimize_size": True}]
    ),
    side=SIDES,
    seed=st.integers(0, 99),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_of_an_animation_the_first_frame_is_the_same(
    size: tuple[int, int],
    modes: list[str],
    options: dict[str, bool],
    side: int | None,
    seed: int,
) -> None:
    first, *rest = (art(seed + step, size, mode) for step, mode in enumerate(modes))
    data = hostile.saved(first, "WEBP", save_all=True, append_images=rest, **options)

    assert not differs(decoded(data, side), by_pillow(data, side))


def on_canvas(
    canvas: tuple[int, int], place: tuple[int, int], frame: Image.Image, *, alpha: bool
) -> bytes:
    """An animation of one frame that does not fill its canvas (RFC 9649, 2.7.1.1)."""
    chunks = hostile.saved(frame, "WEBP", lossless=True)[12:]
    sides = (number.to_bytes(3, "little") for number in (*place, *(s - 1 for s in frame.size)))
    extended = bytes([0x12 if alpha else 0x02, 0, 0, 0]) + b"".join(
        (side - 1).to_bytes(3, "little") for side in canvas
    )
    parts = (
        (b"VP8X", extended),
        (b"ANIM", struct.pack("<IH", 0xFF00FF00, 0)),
        (b"ANMF", b"".join(sides) + bytes(4) + chunks),
    )
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
        for name, content in parts
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("alpha", [True, False], ids=["alpha", "opaque"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("side", [None, 20, 33])
def test_a_frame_lies_at_its_place_on_the_canvas(side: int | None, mode: str, alpha: bool) -> None:
    data = on_canvas((60, 44), (10, 7), art(3, (21, 13), mode), alpha=alpha)  # in units of 2

    picture = decoded(data, side)

    assert not differs(picture, by_pillow(data, side))
    if side is None:
        assert picture.getpixel((19, 14)) == ((0, 0, 0, 0) if alpha else (0, 0, 0))
        assert picture.getpixel((20, 14))[:3] != (0, 0, 0)


@pytest.mark.parametrize(
    ("canvas", "place"), [((60, 44), (20, 7)), ((60, 44), (10, 16)), ((20, 13), (0, 0))]
)
def test_a_frame_beyond_its_canvas_is_damage(
    canvas: tuple[int, int], place: tuple[int, int]
) -> None:
    data = on_canvas(canvas, place, art(3, (21, 13), "RGB"), alpha=False)

    with pytest.raises(Rejected, match="corrupt"):
        decoded(data, None)


@given(
    make=st.sampled_from(
        [
            lambda: hostile.webp(),
            lambda: hostile.saved(art(1, (40, 30), "RGBA"), "WEBP"),
            lambda: hostile.saved(art(1, (40, 30), "RGBA"), "WEBP", lossless=True),
            lambda: hostile.animation("WEBP"),
            lambda: on_canvas((60, 44), (10, 7), art(3, (21, 13), "RGB"), alpha=True),
        ]
    ),
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4))
    ),
    kept=st.floats(0.5, 1) | st.just(1.0),
)
@settings(max_examples=120, deadline=None, derandomize=True)
def test_damage_has_the_same_verdict_as_by_pillow(
    make: Callable[[], bytes], damage: list[tuple[float, bytes]], kept: float
) -> None:
    data = bytearray(make())
    for where, new in damage:
        at = int(where**3 * len(data))
        data[at : at + len(new)] = new
    data = data[: int(len(data) * kept)]

    assert ours(bytes(data)) == pillows(bytes(data))


def ours(data: bytes) -> object:
    try:
        picture = decoded(data, None)
    except Rejected as refusal:
        return refusal.reason
    return picture.mode, picture.size, picture.tobytes()


def pillows(data: bytes) -> object:
    """Pillow's decoder behind the same look at the header."""
    try:
        header = webp.read(data)
        Limits().check_size(header.size)
        picture = WebPImageFile(io.BytesIO(data))
        picture.load()
    except Rejected as refusal:
        return refusal.reason
    except Exception:  # noqa: BLE001 - as the decoder takes them
        return "corrupt"
    same = picture.size == header.size
    return (picture.mode, picture.size, picture.tobytes()) if same else "corrupt"


def test_the_library_of_this_machine_is_known() -> None:
    assert libwebp.find() is not None


@pytest.mark.parametrize(
    "extension",
    ["PIL._nothing", "PIL.Image", "PIL._imagingmath"],
    ids=["not there", "no library", "not linked to it"],
)
def test_where_the_library_is_not_found_pillow_decodes(extension: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT, extension],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


WITHOUT = """
import sys
from shared.images import libwebp
from shared.images.decoder import decode
from shared.limits import Limits
from testbed import uploads
libwebp._EXTENSION = sys.argv[1]
assert libwebp.find() is None
picture, _ = decode(uploads.webp(), "image/webp", Limits(), None)
assert picture.size == (320, 240)
"""
