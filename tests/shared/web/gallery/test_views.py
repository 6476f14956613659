"""The photos themselves, as the page shows them."""

import io
import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pillow_heif
import pytest
import requests
from PIL import Image

from shared.model import ImageRef
from shared.web.gallery import views
from testbed.cloud import Servers
from tests.photos import STORED, Scene, jpeg
from tests.shared.web.gallery.requests import Page, quiet_page

NOTE = "taken by nobody at 52.5 N"
MAKER = 0x010F  # the EXIF tag


@pytest.fixture(scope="module")
def quiet(servers: Servers) -> Iterator[Page]:
    with quiet_page(servers) as started:
        yield started


def shown(page: Page, ref: ImageRef, **query: str) -> Image.Image:
    """The picture a browser gets."""
    answer = page.get("picture", name=ref.name, generation=ref.generation, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert NOTE.encode() not in answer.content
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.format, picture.mode, dict(picture.getexif())) == ("JPEG", "RGB", {})
    assert not picture.info.keys() & {"exif", "icc_profile", "comment", "xmp"}
    return picture


def assert_upright(picture: Image.Image, scene: Scene) -> None:
    """The red thing is where people see it, and green is all around."""
    assert picture.size == scene.size
    truth = scene.truth
    inside = [(truth.left + 6, truth.top + 6), (truth.right - 7, truth.bottom - 7)]
    outside = [(truth.left - 7, truth.top + 6), (truth.right + 6, truth.bottom + 6)]
    assert all(is_red(picture, place) for place in inside)
    assert not any(is_red(picture, place) for place in outside)


def is_red(picture: Image.Image, place: tuple[int, int]) -> bool:
    red, green, _ = picture.getpixel(place)
    return red > 180 and green < 80


@pytest.mark.parametrize("orientation", STORED)
def test_a_photo_is_shown_as_people_see_it(quiet: Page, orientation: int) -> None:
    scene = Scene()
    data = scene.stored(orientation=orientation, quality=95)
    ref = quiet.cloud.upload(f"turned {orientation}.jpg", data)

    assert_upright(shown(quiet, ref), scene)


@pytest.mark.parametrize(("kind", "name"), [("PNG", "a.png"), ("WEBP", "a.webp"), ("HEIF", "a")])
def test_a_photo_of_any_kind_is_shown_as_a_jpeg(quiet: Page, kind: str, name: str) -> None:
    pillow_heif.register_heif_opener()
    scene = Scene()
    turned = scene.upright().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112], exif[MAKER] = 6, NOTE
    file = io.BytesIO()
    turned.save(file, kind, quality=95, exif=exif.tobytes())

    ref = quiet.cloud.upload(name, file.getvalue())

    assert_upright(shown(quiet, ref), scene)


def test_a_large_photo_is_shown_smaller_unless_asked_for_in_full(quiet: Page) -> None:
    ref = quiet.cloud.upload("wide.jpg", jpeg(size=(4200, 300)))

    assert shown(quiet, ref).size == shown(quiet, ref, side="2048").size == (2048, 146)
    assert shown(quiet, ref, side="full").size == (4200, 300)


def test_a_picture_is_made_once_and_outlives_its_photo(quiet: Page) -> None:
    ref = quiet.cloud.upload("once.jpg", Scene().stored())

    with ThreadPoolExecutor(4) as browsers:
        pictures = [*browsers.map(lambda _: shown(quiet, ref).tobytes(), range(4))]
    kept = kept_views(quiet)
    quiet.cloud.client.bucket(ref.bucket).blob(ref.name, generation=ref.generation).delete()

    assert shown(quiet, ref).tobytes() == pictures[0]
    assert len({*pictures}) == 1
    assert kept_views(quiet) == kept
    gone = quiet.refused("picture", name=ref.name, generation=ref.generation, side="full")
    assert gone == (404, "source_gone")


class Counted:
    """Pictures that are being made, counted at their peak and in all."""

    def __init__(self) -> None:
        self._lock, self._make = threading.Lock(), views._made
        self.now = self.peak = self.total = 0

    def __call__(self, ref: ImageRef, side: int | None) -> bytes:
        with self._lock:
            self.now, self.total = self.now + 1, self.total + 1
            self.peak = max(self.peak, self.now)
        try:
            return self._make(ref, side)
        finally:
            with self._lock:
                self.now -= 1


def asked_at_once(page: Page, refs: list[ImageRef]) -> list[requests.Response]:
    with ThreadPoolExecutor(len(refs)) as browsers:
        return [*browsers.map(lambda ref: page.get("picture", **named(ref)), refs)]


def named(ref: ImageRef) -> dict[str, Any]:
    return {"name": ref.name, "generation": ref.generation}


def test_two_pictures_are_made_at_a_time_and_each_once(
    quiet: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = [quiet.cloud.upload(f"large {at}.jpg", jpeg(size=(4000, 3000))) for at in range(6)]
    monkeypatch.setattr(views, "_made", counted := Counted())

    answers = asked_at_once(quiet, refs * 2)

    assert {answer.status_code for answer in answers} <= {200, 503}
    assert counted.peak == 2
    assert counted.total <= len(refs)
    assert not views._making


def test_a_picture_whose_turn_does_not_come_is_asked_for_later(
    quiet: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = quiet.cloud.upload("crowded.jpg", jpeg())
    monkeypatch.setattr(views, "_PATIENCE", 0.05)

    with views._turn("one"), views._turn("another"):
        busy = quiet.get("picture", **named(ref))

    assert (busy.status_code, busy.json()["code"], busy.headers["Retry-After"]) == (
        *(503, "busy", "2"),
    )
    assert quiet.get("picture", **named(ref)).status_code == 200


def kept_views(page: Page) -> dict[str, int]:
    """The pictures that are kept, and their generations."""
    blobs = page.cloud.client.list_blobs(os.environ["STATE_BUCKET"], prefix="views/")
    return {blob.name: blob.generation for blob in blobs}


def test_versions_and_names_are_not_mixed_up(quiet: Page) -> None:
    red = quiet.cloud.upload("same.jpg", jpeg((250, 0, 0)))
    assert is_red(shown(quiet, red), (5, 5))
    green = quiet.cloud.upload("same.jpg", jpeg((0, 250, 0)))

    assert not is_red(shown(quiet, green), (5, 5))
    assert is_red(shown(quiet, red), (5, 5))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<script>alert(1)</script>", "unsupported_type"),
        (b"", "empty"),
        (jpeg()[:300], "corrupt"),
        (jpeg(size=(20_001, 1)), "too_large"),
    ],
    ids=["script", "empty", "cut", "long"],
)
def test_a_file_that_is_no_photo_is_reported_and_not_shown(
    quiet: Page, data: bytes, code: str
) -> None:
    ref = quiet.cloud.upload(f"no photo, {code}.jpg", data)

    answer = quiet.get("picture", name=ref.name, generation=ref.generation)

    assert (answer.status_code, answer.json()["code"]) == (415, code)
    assert answer.json()["detail"].endswith(".")
    assert data not in answer.content or not data
    assert answer.headers["Cache-Control"] == "no-store"


def test_there_is_no_picture_of_what_is_not_there(quiet: Page) -> None:
    ref = quiet.cloud.upload("there.jpg", jpeg())

    assert quiet.refused("picture", name="x.jpg", generation=1) == (404, "source_gone")
    assert quiet.refused("picture", name=ref.name, generation=1) == (404, "source_gone")


def test_a_picture_gets_coarser_until_it_fits() -> None:
    noise = Image.frombytes("RGB", (200, 200), random.Random(1).randbytes(120_000))

    roomy, tight, tightest = (views.jpeg(noise, most) for most in (10**6, 25_000, 1))

    assert len(roomy) > 25_000 >= len(tight) > len(tightest)
    assert Image.open(io.BytesIO(tight)).size == (200, 200)
