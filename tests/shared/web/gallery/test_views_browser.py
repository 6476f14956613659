"""Every view of the page in a real browser, looked at by axe: nothing is found."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.gemini import Reply, replies
from testbed.cloud import Cloud, Servers, cloud
from tests.photos import Scene, jpeg
from tests.shared.tasks.describing import job
from tests.shared.web.gallery.browsing import Tab, chromium, furnish

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
FACE = {"box_2d": [200, 200, 400, 400], "label": "face"}
BAG = {"box_2d": [500, 100, 800, 300], "label": "bag"}
PICTURES = os.environ.get("DARKROOM_PICTURES")  # a folder for a picture of each view


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def gallery(browser: Any, servers: Servers) -> Iterator[Cloud]:
    """One upload of each kind, one with copies and one without, and one that waits.

    It waits as long as all these tests take, and fails again and again: without the breaker.
    """
    with pytest.MonkeyPatch.context() as patch, cloud(servers) as started:
        patch.setenv("BREAKER", "off")
        furnish(started)
        copied(started, "street.jpg", replies.boxes([FACE, BAG]))
        copied(started, "unsure.jpg", replies.boxes([FACE, {"label": "face"}]))
        started.script(otherwise=lambda _: replies.bad_request("API key not valid."))
        started.upload("waits.jpg", jpeg() + b"waits")
        yield started


def copied(cloud: Cloud, name: str, answer: Reply) -> None:
    """A photo of which a job file asks for a redacted copy."""
    ref = cloud.upload(name, Scene().stored() + name.encode())  # or the answer were reused
    wanted = job("redact", ref, redact={"hide": ["face"]}, crops=["bag"])
    cloud.script(otherwise=lambda _: answer)
    assert cloud.deliver(wanted, "segment").ok


def grid(tab: Tab) -> None:
    tab.open()
    tab.see(".card", "waits: Gemini refuses the key")
    tab.see("#today a")


def filters(tab: Tab) -> None:
    grid(tab)
    if tab.page.locator("#more").is_visible():
        tab.page.locator("#more").click()
    tab.page.locator("#by-words").fill("red thing")
    tab.see("#end", "That is all")


def nothing_found(tab: Tab) -> None:
    tab.open("#q=nowhere&status=failed")
    tab.see("#end", "nowhere")


def selection(tab: Tab) -> None:
    grid(tab)
    tab.page.get_by_label("Select samples/scene.jpg").check(force=True)
    tab.page.get_by_label("Select twice.jpg").first.check(force=True)
    tab.see("#selected", "2 photos selected")


def asking_many(tab: Tab) -> None:
    selection(tab)
    tab.page.locator("#select-ask").click()
    tab.page.locator("#ask-task").select_option("caption")
    tab.see("#ask-price", "calls of")


def add(tab: Tab) -> None:
    grid(tab)
    tab.page.locator("#open-add").click()
    tab.see("#add[open]")


def export(tab: Tab) -> None:
    grid(tab)
    tab.page.locator("#open-export").click()
    tab.see("#export[open]")


def help_(tab: Tab) -> None:
    grid(tab)
    tab.page.keyboard.press("?")
    tab.see("#help[open]")


def dragging(tab: Tab) -> None:
    grid(tab)
    transfer = tab.page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["x"], "a.jpg"));
          return transfer;
        }"""
    )
    for step in ("dragenter", "dragover"):
        tab.page.dispatch_event("body", step, {"dataTransfer": transfer})
    tab.see("#drop:not([hidden])")


def tray(tab: Tab) -> None:
    grid(tab)
    tab.drop("words.txt", b"just words", "text/plain")
    tab.page.context.set_offline(True)
    tab.drop("offline.jpg", jpeg() + b"offline", "image/jpeg")
    tab.see("#tray:not([hidden])")


def photo(tab: Tab) -> None:
    tab.photo("samples/scene.jpg")
    tab.see("#panel .facts")


def marked(tab: Tab) -> None:
    photo(tab)
    tab.page.locator("#panel .objects li").first.click()
    tab.see("#panel .objects [aria-pressed=true], #panel .objects .on, #panel .objects .marked")


def asking(tab: Tab) -> None:
    photo(tab)
    tab.page.locator("#open-ask").click()
    tab.page.locator("#ask-question").fill("How many?")
    tab.see("#ask-price", "One call of")


def rejected(tab: Tab) -> None:
    tab.photo("notes.txt")
    tab.see("#panel .facts, #note.failed")


def refused(tab: Tab) -> None:
    tab.photo("refused.jpg")
    tab.see("#panel .facts, #note.failed")


def missing(tab: Tab) -> None:
    tab.photo("nothing.jpg")
    tab.see("#note.failed")


def waiting(tab: Tab) -> None:
    tab.photo("waits.jpg")
    tab.see("#note", "Gemini refuses the key")


def comparison(tab: Tab) -> None:
    tab.photo("twice.jpg")
    tab.page.get_by_role("navigation").get_by_text("compare").click()
    tab.see("#beside img")


def copies(tab: Tab) -> None:
    tab.photo("street.jpg")
    tab.page.get_by_role("navigation").get_by_text("redact").click()
    tab.see(".copies", "1 thing hidden.")
    tab.page.wait_for_function(
        "[...document.querySelectorAll('.copies img')].every(each => each.naturalWidth)"
    )
    assert tab.page.locator(".copies img").count() == 2


def withheld(tab: Tab) -> None:
    tab.photo("unsure.jpg")
    tab.page.get_by_role("navigation").get_by_text("redact").click()
    tab.see(".copies", "There is no copy: The answer had to be repaired.")


def doubtful(tab: Tab) -> None:
    tab.open("#status=doubt&sort=doubt")
    tab.see(".card")
    tab.page.locator(".card a").first.click()
    tab.see("#panel .doubts", "Worth a look")


VIEWS: tuple[Callable[[Tab], None], ...] = (
    *(grid, filters, nothing_found, selection, asking_many, add, export, help_, dragging, tray),
    *(photo, marked, asking, rejected, refused, missing, waiting, comparison, copies, withheld),
    doubtful,
)


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__.strip("_"))
def test_axe_finds_nothing(
    gallery: Cloud, browser: Any, view: Callable[[Tab], None], screen: dict[str, Any]
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    tab = Tab(browser, gallery.functions.address("gallery"), **screen)
    told = []
    try:
        view(tab)
        for scheme in ("light", "dark"):
            tab.page.emulate_media(color_scheme=scheme)
            found = axe.Axe().run(tab.page).response["violations"]
            told += [
                (scheme, each["id"], [node["html"] for node in each["nodes"]]) for each in found
            ]
            if PICTURES:
                picture = f"{view.__name__}-{tab.page.viewport_size['width']}-{scheme}.png"
                tab.page.screenshot(path=Path(PICTURES) / picture)
        sideways = tab.scrolls_sideways()
    finally:
        tab.close()

    assert told == []
    assert not sideways
    tab.forgiven = "Failed to load resource"  # what the console says of every refusal
    assert tab.unforgiven() == []
