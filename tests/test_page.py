"""The plain first page."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
from PIL import Image

from local.gemini import replies
from tests.cloud import Cloud
from tests.photos import Scene, jpeg

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
EVIL = "<script>alert('label')</script>\u202e"


def get(darkroom: Cloud, path: str, **query: str) -> requests.Response:
    return requests.get(darkroom.functions.address("gallery") + path, params=query, timeout=30)


def test_it_shows_what_became_of_each_upload(darkroom: Cloud) -> None:
    darkroom.script(replies.boxes([{"box_2d": Scene().box_2d(), "label": "red thing"}]))
    record = darkroom.record(darkroom.upload("a b.jpg", Scene().stored()))
    darkroom.record(darkroom.upload("note.txt", b"just words"))

    html = get(darkroom, "").text

    assert "<bdi>a b.jpg</bdi>" in html
    assert "done: 1 found: <bdi>red thing</bdi>" in html
    assert "rejected: This is text." in html
    assert f"file?name={record['folder'].replace('/', '%2F').replace(' ', '%20')}" in html
    assert "refresh" not in html


def test_an_upload_that_waits_is_shown_waiting(darkroom: Cloud) -> None:
    darkroom.trigger.close()
    darkroom.upload("later.jpg", jpeg())

    html = get(darkroom, "").text

    assert '<p class="waiting">waiting</p>' in html
    assert "refresh" in html


def test_words_from_outside_stay_words(darkroom: Cloud) -> None:
    darkroom.script(replies.boxes([{"box_2d": [0, 0, 500, 500], "label": EVIL}]))
    darkroom.record(darkroom.upload("<img src=x onerror=alert(1)>.jpg", jpeg()))

    answer = get(darkroom, "")

    assert "<script" not in answer.text
    assert "<img src=x" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_it_serves_results_and_nothing_else(darkroom: Cloud) -> None:
    darkroom.script(replies.boxes([]))
    record = darkroom.record(darkroom.upload("a.jpg", jpeg()))

    picture = get(darkroom, "file", name=record["folder"] + "overlay.jpg")
    others = [
        get(darkroom, "file", name=name).status_code
        for name in ("a.jpg", "", "../overlay.jpg", f"jobs/{record['id']}/lease.json")
    ]

    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(picture.content)).size == (96, 64)
    assert others == [404] * 4


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_a_browser_draws_it_with_its_pictures(darkroom: Cloud, tmp_path: Path) -> None:
    scene = Scene()
    darkroom.script(replies.boxes([{"box_2d": scene.box_2d(), "label": EVIL}]))
    darkroom.record(darkroom.upload("red.jpg", scene.stored()))
    shot = tmp_path / "page.png"

    subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=800,600",
            f"--screenshot={shot}",
            darkroom.functions.address("gallery"),
        ],
        env=os.environ | {"HOME": str(tmp_path)},
        capture_output=True,
        timeout=120,
        check=True,
    )

    colours = Image.open(shot).convert("RGB").getcolors(800 * 600) or []
    red = sum(count for count, (r, g, b) in colours if r > 190 and g < 70 and b < 80)
    green = sum(count for count, (r, g, b) in colours if r < 70 and 120 < g < 180 and b < 90)
    assert red > 3_000  # the thing in the overlay ...
    assert green > 10_000  # ... and what is around it
