"""Uploads from the page in a real browser: folders, bad networks, reloads, several tabs."""

import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google_crc32c import Checksum

from testbed.cloud import Cloud, until
from tests.photos import jpeg
from tests.shared.web.gallery.browsing import PATIENCE, Seer, Tab, chromium

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def tabs(browser: Any, darkroom: Cloud) -> Iterator[Callable[..., Tab]]:
    """Opens tabs of one visitor."""
    darkroom.script(otherwise=Seer())
    context = browser.new_context()
    opened: list[Tab] = []

    def open_tab() -> Tab:
        opened.append(Tab.within(context, darkroom.functions.address("gallery")))
        return opened[-1]

    yield open_tab
    context.close()


def nested(place: Path, count: int) -> Path:
    """A folder with so many photos in nested folders, and what else lies in folders."""
    for number in range(count):
        folder = place / "holiday" / f"day {number % 4}" / f"{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{number:03}.jpg"
        (folder / name).write_bytes(jpeg() + name.encode())
    (place / "holiday/.DS_Store").write_bytes(b"junk")
    (place / "holiday/readme.txt").write_text("words")
    return place / "holiday"


def drop(tab: Tab, *paths: Path) -> None:
    """Drop files and folders as a hand does."""
    session = tab.context.new_cdp_session(tab.page)
    data = {"items": [], "files": [str(each) for each in paths], "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": step, "x": 300, "y": 300, "data": data})


def uploads(cloud: Cloud) -> list[str]:
    """The names of all uploads."""
    return sorted(blob.name for blob in cloud.client.list_blobs(os.environ["UPLOADS_BUCKET"]))


def wanted(folder: Path) -> list[str]:
    paths = [each.relative_to(folder.parent) for each in folder.rglob("*.jpg")]
    return sorted(f"page/{each}" for each in paths)


def test_a_dropped_folder_is_walked(
    tabs: Callable[..., Tab], darkroom: Cloud, tmp_path: Path
) -> None:
    folder = nested(tmp_path, 12)
    tab = tabs()
    tab.open()
    tab.see(".empty")

    drop(tab, folder)

    tab.see("#tray", "12 of 12 photos sent")
    tab.see("#tray summary", "1 file not taken")
    assert uploads(darkroom) == wanted(folder)


def test_what_a_cut_network_and_a_reload_interrupt_arrives_once(
    tabs: Callable[..., Tab], darkroom: Cloud, tmp_path: Path
) -> None:
    folder = nested(tmp_path, 200)
    tab = tabs()
    tab.page.on("dialog", lambda dialog: dialog.accept())
    tab.open()
    tab.see(".empty")

    drop(tab, folder)
    until(lambda: len(uploads(darkroom)) > 10, PATIENCE / 1000)
    tab.context.set_offline(True)
    tab.see("#tray", "It goes on by itself")
    tab.context.set_offline(False)
    before = len(uploads(darkroom))
    until(lambda: len(uploads(darkroom)) > before + 10, PATIENCE / 1000)
    tab.page.reload()

    until(lambda: len(uploads(darkroom)) >= 200, PATIENCE / 1000)
    tab.see("#tray", "sent")
    tab.until("!document.querySelector('#tray').textContent.includes('Cancel')")
    assert uploads(darkroom) == wanted(folder)


def test_leaving_warns_while_something_is_not_sent(
    tabs: Callable[..., Tab], darkroom: Cloud, tmp_path: Path
) -> None:
    tab = tabs()
    asked: list[str] = []
    tab.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    tab.open()
    tab.see(".empty")
    tab.context.set_offline(True)
    tab.drop("a.jpg", jpeg(), "image/jpeg")
    tab.see("#tray", "0 of 1 photo sent")
    tab.page.mouse.click(400, 500)  # browsers ask only who has touched the page

    tab.page.evaluate("location.reload()")
    until(lambda: bool(asked), PATIENCE / 1000)
    tab.context.set_offline(False)
    tab.see("#tray", "1 of 1 photo sent")
    tab.page.reload()

    tab.see(".card", "page/a.jpg")
    assert asked == ["beforeunload"]
    assert uploads(darkroom) == ["page/a.jpg"]


def test_a_tab_goes_on_with_what_a_closed_one_has_left_and_with_nothing_else(
    tabs: Callable[..., Tab], darkroom: Cloud, tmp_path: Path
) -> None:
    one, two = tabs(), tabs()
    for tab in (one, two):
        tab.open()
        tab.see(".empty")
    one.page.route("**/api/upload*", lambda route: None)  # it is never answered
    one.drop("a.jpg", jpeg(), "image/jpeg")
    one.see(".card", "is being sent")

    two.page.reload()
    two.see(".empty, .card")
    two.until("document.querySelector('#tray').hidden")
    assert uploads(darkroom) == []

    one.page.close(run_before_unload=False)
    two.page.reload()

    two.see("#tray", "1 of 1 photo sent")
    assert uploads(darkroom) == ["page/a.jpg"]


def test_cancel_stops_what_is_not_sent_and_forgets_it(
    tabs: Callable[..., Tab], darkroom: Cloud, tmp_path: Path
) -> None:
    tab = tabs()
    tab.open()
    tab.page.route("**/api/upload*", lambda route: None)
    for number in range(5):
        tab.drop(f"{number}.jpg", jpeg(), "image/jpeg")
    tab.see("#tray", "0 of 5 photos sent")

    tab.page.get_by_role("button", name="Cancel").click()

    tab.see(".card", count=0)
    tab.page.unroute("**/api/upload*")
    tab.page.reload()
    tab.see(".empty")
    tab.until("document.querySelector('#tray').hidden")
    assert uploads(darkroom) == []


def test_every_upload_that_stopped_is_tried_again_at_once(
    tabs: Callable[..., Tab], darkroom: Cloud
) -> None:
    tab = tabs()
    tab.open()
    broken = {"title": "Internal Server Error", "detail": "Something broke."}
    tab.page.route(
        "**/api/upload*",
        lambda route: route.fulfill(status=500, json=broken),
    )
    for number in range(3):
        tab.drop(f"{number}.jpg", jpeg() + str(number).encode(), "image/jpeg")
    tab.see(".card .sum.failed", "Something broke.", count=3)
    tab.page.unroute("**/api/upload*")

    tab.page.get_by_role("button", name="Try all again").click()

    tab.see("#tray", "3 of 3 photos sent")
    assert len(uploads(darkroom)) == 3


@pytest.mark.parametrize(
    "given", [b"", b"a", b"123456789", bytes(range(256)) * 20], ids=["none", "one", "nine", "long"]
)
def test_the_sum_of_a_file_is_that_of_cloud_storage(tabs: Callable[..., Tab], given: bytes) -> None:
    tab = tabs()
    tab.open()
    place = tab.page.evaluate("document.querySelector('script[type=module]').src")

    found = tab.page.evaluate(
        """async ([place, bytes]) => {
          const { crc32c } = await import(new URL("crc32c.js", place));
          return crc32c(new Blob([Uint8Array.from(bytes)]));
        }""",
        [place, list(given)],
    )

    assert found == b64encode(Checksum(given).digest()).decode()
