"""Photo quality: what is said of a photo, and what is not."""

import io
import time
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from shared.images import quality
from shared.images.development import develop
from shared.limits import Limits
from tests.photos import Scene

SAMPLES = sorted(
    path
    for path in (Path(__file__).parents[3] / "samples").iterdir()
    if path.suffix in (".jpg", ".png", ".webp", ".heic", ".heif")
)
NAMES = [path.name for path in SAMPLES]
WITHOUT_DARK_WALL = [name for name in NAMES if name not in ("duck.jpg", "poster.jpg")]


@cache
def sample(name: str) -> Image.Image:
    (path,) = (path for path in SAMPLES if path.name == name)
    return develop(path.read_bytes(), Limits(), 1024, 1024).working


def blurred(picture: Image.Image, share: float) -> Image.Image:
    """Blurred by a standard deviation of that share of the long side."""
    return picture.filter(ImageFilter.GaussianBlur(max(picture.size) * share))


def grey(level: int, size: tuple[int, int] = (800, 600)) -> Image.Image:
    return Image.new("RGB", size, (level,) * 3)


@pytest.mark.parametrize("path", SAMPLES, ids=NAMES)
def test_nothing_is_wrong_with_the_samples(path: Path) -> None:
    photo = develop(path.read_bytes(), Limits(), 2048, 1024)

    assert {"blurry", "dark", "overexposed"} & set(photo.warnings) == set()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.004, 0.01])
def test_a_blurred_photo_is_called_blurry(name: str, share: float) -> None:
    assert quality.faults(blurred(sample(name), share)) == ["blurry"]


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_in_fog_is_not_blurry(name: str) -> None:
    picture = sample(name)

    assert quality.faults(Image.blend(picture, grey(200, picture.size), 0.75)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_that_is_sharp_in_one_place_only_is_not_blurry(name: str) -> None:
    picture = sample(name)
    width, height = picture.size
    middle = (width * 3 // 8, height * 3 // 8, width * 5 // 8, height * 5 // 8)
    with_background = blurred(picture, 0.01)
    with_background.paste(picture.crop(middle), middle)

    assert quality.faults(with_background) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_taken_in_the_dark_is_called_dark(name: str) -> None:
    assert quality.faults(sample(name).point(lambda level: level * 0.12)) == ["dark"]


@pytest.mark.parametrize("name", WITHOUT_DARK_WALL)
def test_a_photo_with_far_too_much_light_is_called_overexposed(name: str) -> None:
    bleached = sample(name).point(lambda level: level * 4 + 120)

    assert quality.faults(bleached) == ["overexposed"]


@pytest.mark.parametrize(
    ("level", "said"), [(0, ["dark"]), (127, []), (255, ["overexposed"])], ids=str
)
def test_a_picture_of_one_tone_is_never_called_blurry(level: int, said: list[str]) -> None:
    assert quality.faults(grey(level)) == said


def test_a_picture_without_an_edge_is_called_blurry() -> None:
    gradient = Image.linear_gradient("L").resize((1024, 768)).convert("RGB")

    assert quality.faults(gradient) == ["blurry"]


def test_a_night_with_lamps_is_as_it_should_be() -> None:
    night = grey(8)
    for x in range(40, 800, 80):
        ImageDraw.Draw(night).rectangle((x, 100, x + 39, 180), fill=(250, 240, 200))

    assert quality.faults(night) == []


def test_a_page_with_writing_is_as_it_should_be() -> None:
    page = grey(255, (1000, 1400))
    font = ImageFont.load_default(24)
    for y in range(100, 1300, 40):
        ImageDraw.Draw(page).text((80, y), "Ten jars of jam, and a receipt for them all", 0, font)

    assert quality.faults(page) == []


@pytest.mark.parametrize("wall", [0, 255])
def test_a_thing_before_an_even_wall_is_as_it_should_be(wall: int) -> None:
    picture = grey(wall)
    picture.paste(sample("crab.jpg").resize((320, 240)), (240, 180))

    assert quality.faults(picture) == []


@pytest.mark.parametrize("size", [(1, 1), (63, 63), (63, 2)], ids=str)
def test_a_tiny_picture_has_no_warnings(size: tuple[int, int]) -> None:
    assert quality.faults(grey(0, size)) == []


@pytest.mark.parametrize("size", [(64, 1), (1, 20_000), (20_000, 2), (600, 3)], ids=str)
def test_a_strip_is_judged_like_any_other(size: tuple[int, int]) -> None:
    assert quality.faults(grey(0, size)) == ["dark"]


@pytest.mark.parametrize("size", [(64, 1), (64, 2), (2, 64), (64, 3)], ids=str)
def test_a_picture_too_thin_to_have_an_inside_is_never_called_blurry(size: tuple[int, int]) -> None:
    stripes = Image.linear_gradient("L").resize(size).convert("RGB")

    assert ("blurry" in quality.faults(stripes)) is (min(size) >= 3)


def test_a_drawing_with_hard_edges_is_not_blurry() -> None:
    assert quality.faults(Scene().upright()) == []


def test_the_warnings_are_in_the_record_of_the_photo() -> None:
    file = io.BytesIO()
    blurred(sample("crab.jpg"), 0.01).point(lambda level: level * 0.12).save(file, "PNG")

    photo = develop(file.getvalue(), Limits(), None, 1024)

    assert photo.warnings == ("blurry", "dark")


def test_judging_a_picture_takes_a_few_milliseconds() -> None:
    picture = sample("crab.jpg").resize((2048, 1365))
    spent = []

    for _ in range(10):
        start = time.process_time()
        quality.faults(picture)
        spent.append(time.process_time() - start)

    assert min(spent) < 0.02  # 0.004 on the machine it was written on
