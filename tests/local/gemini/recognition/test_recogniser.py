"""What the embedded networks see: in photos that people looked at, and what the rules alone do."""

import io
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from local.gemini.recognition import net
from local.gemini.recognition.seen import Box, Seen, distinct
from local.gemini.recognition.sight import Eyes, Sight
from local.gemini.vision.softmask import SoftMask

SAMPLES = Path(__file__).parents[4] / "samples"

register_heif_opener()


@cache
def eyes() -> Eyes:
    return Eyes(net.WEIGHTS)


def encoded(name: str, folder: Path = SAMPLES) -> bytes:
    """A photo as a worker sends it: upright, as a JPEG."""
    with Image.open(folder / name) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((1024, 1024))
    file = io.BytesIO()
    upright.save(file, "JPEG", quality=90)
    return file.getvalue()


@cache
def sight(name: str) -> Sight:
    return eyes().look(encoded(name))


def words(seen: Sight) -> list[str]:
    return [thing.label for thing in seen.things if thing.named]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("butterfly.jpg", "butterfly"),
        ("crab.jpg", "crab"),
        ("drums.heic", "drum"),
        ("duck.jpg", "bird"),
        ("horse.webp", "horse"),
        ("cup.png", "cup"),
        ("kitten.heif", "cat"),
    ],
)
def test_the_main_thing_of_a_sample_is_named_and_masked(name: str, word: str) -> None:
    best = sight(name).things[0]

    assert best.label == word
    assert best.confidence > 0.5
    assert 0.25 < (best.mask > 0.5).mean() < 0.95, "the mask fills its box, but not wholly"
    reach = [np.flatnonzero((best.mask > 0.5).any(axis)) for axis in (0, 1)]
    for inside, side in zip(reach, reversed(best.mask.shape), strict=True):
        assert inside[-1] - inside[0] > 0.85 * side, "the mask reaches to the sides of its box"


def test_things_of_one_kind_get_one_word():
    assert words(sight("drums.heic")) == ["drum"] * 3


def test_hens_that_overlap_are_a_bird_each():
    assert words(sight("chickens.jpg")) == ["bird"] * 4


def test_nothing_is_named_among_coins_but_each_is_found():
    seen = eyes().look(encoded("coins.png", Path(__file__).parent))

    assert not words(seen)
    assert len(seen.things) == 24


def test_a_picture_is_looked_at_once_by_however_many_threads():
    data = encoded("horse.webp")

    with ThreadPoolExecutor(4) as pool:
        seen = set(pool.map(lambda _: id(eyes().look(data)), range(8)))

    assert len(seen) == 1


def test_the_same_picture_looks_the_same_to_other_eyes():
    data = encoded("duck.jpg")

    (first, *_), (second, *_) = (each.look(data).things for each in (eyes(), Eyes(net.WEIGHTS)))

    assert (first.box, first.label, first.confidence) == (
        second.box,
        second.label,
        second.confidence,
    )
    assert np.array_equal(first.mask, second.mask)


def test_only_a_few_pictures_are_remembered():
    small = []
    for shade in range(12):
        file = io.BytesIO()
        Image.new("RGB", (8, 8), (shade, 0, 0)).save(file, "PNG")
        small.append(file.getvalue())

    first = eyes().look(small[0])
    for data in small:
        eyes().look(data)

    assert eyes().look(small[0]) is not first


def test_what_failed_once_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded("cup.png")
    mine = Eyes(net.WEIGHTS)
    with monkeypatch.context() as short:
        short.setattr("local.gemini.recognition.sight.upright", _without_memory)
        with pytest.raises(MemoryError):
            mine.look(data)

    assert mine.look(data).things[0].label == "cup"


def _without_memory(*_: object) -> None:
    raise MemoryError


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    *(st.integers(0, 100) for _ in range(2)),
    *(st.integers(1, 100) for _ in range(2)),
)


@given(boxes, boxes)
def test_overlap_is_symmetric_and_a_share(one: Box, other: Box) -> None:
    assert one.overlap(other) == pytest.approx(other.overlap(one))
    assert 0 <= one.overlap(other) <= 1
    assert one.overlap(one) == pytest.approx(1)


@given(st.lists(st.builds(Seen, st.sampled_from("ab"), boxes, st.floats(0, 1)), max_size=12))
def test_what_is_kept_overlaps_no_surer_one_of_its_word(found: list[Seen]) -> None:
    kept = distinct(found, 0.5, 0.75)

    assert set(kept) <= set(found)
    for at, each in enumerate(kept):
        for surer in kept[:at]:
            assert surer.score >= each.score
            assert each.box.overlap(surer.box) <= (0.5 if each.word == surer.word else 0.75)


def test_a_pixel_of_two_masks_belongs_to_the_surer_one():
    faint = SoftMask(np.full((4, 4), 0.6, np.float32), 0, 0)
    sure = SoftMask(np.full((4, 4), 0.9, np.float32), 2, 2)

    left = faint.less([sure]).probability
    assert (left[2:, 2:] == 0).all()
    assert (left[:2] == np.float32(0.6)).all()
    assert np.array_equal(sure.less([faint]).probability, sure.probability)
