"""The page in a real browser."""

import io
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise, permutations
from typing import Any

import pytest
from PIL import Image

from local.gemini import OfflineModel, replies
from shared.model import Box, Problem, Size
from shared.spending import brakes
from shared.spending.brakes import Brake, Scope
from shared.sweep import leases
from testbed.cloud import Cloud, Servers, cloud
from testbed.uploads import heic_files
from tests import web
from tests.photos import Scene, jpeg
from tests.shared.exports.exporting import done, put, seen
from tests.shared.web.gallery.browsing import (
    EVIL,
    EVIL_NAME,
    FAR,
    PART,
    SCENE,
    Seer,
    Tab,
    chromium,
    entered,
    furnish,
    read,
)

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
REFUSED = "Failed to load resource"  # what the console says of every answer that is an error
OBJECT = "#panel .objects li"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def gallery(browser: Any, servers: Servers) -> Iterator[Cloud]:
    """One upload of each kind, for all tests that only look."""
    with cloud(servers) as started:
        furnish(started)
        yield started


@pytest.fixture
def tabs(browser: Any) -> Iterator[Callable[..., Tab]]:
    """Opens tabs; at the end nothing may have gone wrong in any."""
    opened: list[Tab] = []

    def open_tab(of: Cloud, **options: Any) -> Tab:
        opened.append(Tab(browser, of.functions.address("gallery"), **options))
        return opened[-1]

    yield open_tab
    for tab in opened:
        tab.close()
    assert [wrong for tab in opened for wrong in tab.unforgiven()] == []


@pytest.fixture
def tab(gallery: Cloud, tabs: Callable[..., Tab]) -> Tab:
    return tabs(gallery)


@pytest.fixture
def own(darkroom: Cloud, tabs: Callable[..., Tab]) -> Tab:
    """A tab on a gallery of the test's own, which is empty."""
    darkroom.script(otherwise=Seer())
    return tabs(darkroom)


def forgive(tab: Tab) -> None:
    """Let the console tell of answers that are errors, and of nothing else."""
    tab.forgiven = REFUSED


def at(tab: Tab, x: float, y: float) -> None:
    """Point at a place of the photo, in its pixels."""
    tab.page.locator("#plane .photo").wait_for()
    place = tab.page.evaluate(
        """([x, y]) => {
          const { left, top, width } = document.querySelector("#plane").getBoundingClientRect();
          const scale = width / document.querySelector(".layers").viewBox.baseVal.width;
          return [left + x * scale, top + y * scale];
        }""",
        [x, y],
    )
    tab.page.mouse.move(*place)


def middle(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def record_of(tab: Tab, name: str, task: str) -> str:
    answer = tab.page.request.get(tab.url + "api/photo", params={"name": name})
    return next(each["id"] for each in answer.json()["records"] if each["task"] == task)


def names(tab: Tab) -> set[str]:
    return set(tab.page.locator(".card h2").all_text_contents())


# -- uploads ------------------------------------------------------------------------------------


def test_an_empty_gallery_says_how_to_begin(own: Tab) -> None:
    own.open()

    own.see(".empty", "Nothing was uploaded yet")
    own.page.get_by_role("button", name="choose photos").click()
    own.see("dialog#add h2", "Add photos")


def test_a_dropped_heic_is_watched_until_it_is_done(own: Tab) -> None:
    heic = heic_files.file([heic_files.picture_item(SCENE.upright())])
    own.open()
    own.see(".empty")

    own.drop("holiday.heic", heic, "image/heic")

    own.see(".card", "page/holiday.heic")
    own.see(".card .chip.done", "detect ✓ 3")
    own.see(".card img")
    own.page.locator(".card a").click()
    own.see(OBJECT, count=3)
    own.until("document.querySelector('#plane .photo')?.naturalWidth === 640")


def test_an_address_is_fetched(own: Tab) -> None:
    photo = jpeg()
    with web.serving() as site:
        site.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(photo), photo))
        own.open()
        own.page.evaluate(
            """(address) => {
              const clipboardData = new DataTransfer();
              clipboardData.setData("text/plain", address);
              const pasting = new ClipboardEvent("paste", { clipboardData, bubbles: true });
              document.body.dispatchEvent(pasting);
            }""",
            f"{site.url}/far/away.jpg",
        )
        own.page.get_by_role("button", name="Add this address").click()

        own.see(".card .chip.done", "detect")

    assert names(own) == {"page/away.jpg"}


def test_the_same_name_again_is_another_upload(own: Tab) -> None:
    own.open()
    own.drop("a.jpg", jpeg(), "image/jpeg")
    own.see(".card .chip.done", count=1)

    own.drop("a.jpg", jpeg((0, 0, 200)), "image/jpeg")
    own.see(".card .chip.done", count=2)

    assert any(re.fullmatch(r"page/a-[0-9a-f]{4}\.jpg", name) for name in names(own))


def test_the_same_photo_again_is_not_sent_again(own: Tab, darkroom: Cloud) -> None:
    own.open()
    own.drop("a.jpg", jpeg(), "image/jpeg")
    own.see(".card .chip.done", count=1)
    sent: list[str] = []
    own.page.on("request", lambda each: sent.append(each.url))

    own.drop("a.jpg", jpeg(), "image/jpeg")

    own.see("#tray", "1 of 1 photo sent")
    own.see(".card .chip.done", count=1)
    assert not [url for url in sent if "api/upload" in url]
    assert names(own) == {"page/a.jpg"}


def test_what_is_not_taken_says_why_and_can_be_dismissed(own: Tab) -> None:
    own.open()
    own.drop("notes.txt", b"just words", "text/plain")

    own.see("#tray summary", "1 file not taken").click()
    own.see("#tray li", "notes.txt This is no photo.")
    assert own.page.get_by_role("button", name="again").count() == 0
    own.page.get_by_role("button", name="Close").click()

    own.see("#tray[hidden]", count=1)
    own.see(".card", count=0)


def test_what_others_upload_appears_by_itself(own: Tab, darkroom: Cloud) -> None:
    own.open()
    own.see(".empty")

    darkroom.upload("from elsewhere.jpg", jpeg())

    own.see(".card", "from elsewhere.jpg")
    own.see(".empty", count=0)


def test_what_appears_by_itself_is_filtered_too(own: Tab, darkroom: Cloud) -> None:
    own.open("#name=cat")  # as old links have it
    own.see(".empty", "No photo matches")

    read(darkroom, "a dog.jpg")
    darkroom.upload("a cat.jpg", jpeg())

    own.see(".card", "a cat.jpg")
    assert names(own) == {"a cat.jpg"}


def test_the_beat_slows_down_and_rests_while_nobody_looks(tab: Tab) -> None:
    tab.page.clock.install()
    tab.open()
    tab.page.evaluate(
        """async () => {
          const { Pulse } = await import("./assets/pulse.js");
          globalThis.beats = [];
          Object.defineProperty(document, "hidden", { get: () => globalThis.isHidden ?? false });
          const beat = async () => { beats.push(Date.now()); return false };
          globalThis.pulse = new Pulse(beat, () => false);
          await pulse.now();
        }"""
    )

    tab.page.clock.run_for(3_600_000)
    beats = tab.page.evaluate("beats")
    tab.page.evaluate("isHidden = true; beats.length = 0; dispatchEvent(new Event('focus'))")
    tab.page.clock.run_for(3_600_000)
    hidden = tab.page.evaluate("beats.length")
    tab.page.evaluate("isHidden = false; document.dispatchEvent(new Event('visibilitychange'))")
    seen = tab.page.evaluate("beats.length")

    pauses = [after - before for before, after in pairwise(beats)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 1_500
    assert pauses[-1] == 120_000
    assert len(beats) < 60
    assert (hidden, seen) == (0, 1)


# -- the list -----------------------------------------------------------------------------------


def test_an_upload_is_one_card_with_a_chip_per_task(tab: Tab) -> None:
    tab.open()

    card = tab.see(".card", "samples/scene.jpg", count=1)

    assert card.locator(".chip").all_text_contents() == [
        *("segment ✓ 1 done", "detect ✓ 3 done", "caption ✓ done")
    ]
    tab.see("#today", "failed")


def test_cards_and_tabs_show_the_masks_first_whoever_ended_first(own: Tab, darkroom: Cloud) -> None:
    darkroom.trigger.close()
    orders = [*permutations(("segment", "detect", "caption"))]
    for number, order in enumerate(orders):
        for task in order:
            found = [] if task == "caption" else [seen(f"by {task}", box=SCENE.truth)]
            put(done(*found, name=f"{number}.jpg", task=task, size=SCENE.size))
    own.open()

    own.see(".card", "by segment", count=len(orders))
    for card in own.page.locator(".card").all():
        chips = card.locator(".chip").all_text_contents()
        assert [chip.split()[0] for chip in chips] == ["segment", "detect", "caption"]
    for number in range(len(orders)):
        own.photo(f"{number}.jpg")
        own.see("#panel", "by segment")
        tabs = own.page.locator("#records .chip").all_text_contents()
        assert [tab.split()[0] for tab in tabs] == ["segment", "detect", "caption"]
    forgive(own)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("SCENE", {"samples/scene.jpg"}),
        ("far thi", {"samples/scene.jpg", "twice.jpg"}),
        ("scene green", {"samples/scene.jpg"}),  # a part of the name, a word of the caption
    ],
)
def test_words_filter_the_list(tab: Tab, words: str, left: set[str]) -> None:
    tab.open()
    tab.see(".card", "notes.txt")

    tab.page.locator("#by-words").fill(words)

    tab.see(".card", "notes.txt", count=0)
    tab.see("#end", "That is all")
    assert names(tab) == left


def test_status_and_task_filter_the_list_and_the_link_tells_them(tab: Tab) -> None:
    tab.open()
    tab.see(".card", "notes.txt")

    tab.page.locator("#by-status").select_option("Rejected")
    tab.see(".card", count=1)
    assert names(tab) == {"notes.txt"}
    assert "status=rejected" in tab.page.url

    tab.page.locator("#by-status").select_option("All results")
    tab.page.locator("#by-task").select_option("segment")
    tab.see(".card", "samples/scene.jpg")
    assert names(tab) == {"samples/scene.jpg"}

    tab.page.locator("#by-words").fill("no such")
    tab.see(".empty", "for “no such”")
    tab.page.get_by_role("link", name="Show all photos").click()
    tab.see(".card", "notes.txt")


def test_rejected_and_failed_say_their_sentence(tab: Tab) -> None:
    tab.open()
    tab.see(".card .sum.rejected", "not a supported photo type")
    tab.see(".card .sum.failed", "the model refused")

    tab.page.get_by_role("link", name="notes.txt").click()
    tab.see("#panel .outcome.rejected", "This is text.")
    tab.see("#panel .cost", "nothing was charged")

    tab.photo("refused.jpg")
    tab.see("#panel .outcome.failed", "because of its safety rules")
    tab.see("#plane .photo")


def test_a_long_list_comes_as_it_is_scrolled(own: Tab) -> None:
    for number in range(300):
        put(done(name=f"{number:03}.jpg"))

    own.open()
    own.see(".card", "299.jpg")
    seen: list[str] = []
    most = 0
    own.page.mouse.move(600, 400)
    while "000.jpg" not in seen:
        shown = own.page.locator(".card h2").all_text_contents()
        most = max(most, len(shown))
        seen += [name for name in shown if name not in seen]
        own.page.mouse.wheel(0, 700)

    assert seen == [f"{number:03}.jpg" for number in reversed(range(300))]
    assert most < 150  # cards leave the document when they are far away
    own.see("#end", "300 photos")
    own.page.keyboard.press("Home")
    own.see(".card", "299.jpg")


# -- one photo ----------------------------------------------------------------------------------


def test_pointing_at_an_object_marks_it_and_its_row(tab: Tab) -> None:
    tab.photo("samples/scene.jpg", record_of(tab, "samples/scene.jpg", "detect"))
    tab.see(".layers .object", count=3)

    at(tab, *middle(PART))
    tab.see(f"{OBJECT}.lit", "small part", count=1)
    tab.see(".layers .object.lit", "small part", count=1)

    at(tab, *middle(FAR))
    tab.see(f"{OBJECT}.lit", "far thing", count=1)

    at(tab, 20, 400)
    tab.see(f"{OBJECT}.lit", count=0)

    tab.page.locator(OBJECT, has_text="red thing").hover()
    tab.see(".layers .object.lit", "red thing", count=1)


def test_a_click_marks_an_object_until_the_next(tab: Tab) -> None:
    tab.photo("samples/scene.jpg", record_of(tab, "samples/scene.jpg", "detect"))
    at(tab, *middle(FAR))
    tab.page.mouse.down()
    tab.page.mouse.up()
    at(tab, 20, 400)

    tab.see(f"{OBJECT}.lit", "far thing", count=1)
    tab.see(f"{OBJECT} .main[aria-pressed=true]", "far thing")
    tab.page.keyboard.press("Escape")
    tab.see(f"{OBJECT}.lit", count=0)
    tab.see("#photo")


def test_a_mask_lies_on_its_pixels_and_can_be_hidden(tab: Tab) -> None:
    tab.photo("samples/scene.jpg")
    tab.see(".layers[data-masks='1']", count=1)
    left, right = SCENE.truth.left, SCENE.truth.right
    box = tab.page.locator("#plane").bounding_box()
    scale = box["width"] / SCENE.size.width

    def colour(x: float, y: float) -> tuple[int, ...]:
        shot = Image.open(io.BytesIO(tab.page.screenshot())).convert("RGB")
        return shot.getpixel((round(box["x"] + x * scale), round(box["y"] + y * scale)))

    quarter = (right - left) / 4
    masked, bare = colour(left + quarter, 180), colour(right - quarter, 180)
    tab.page.keyboard.press("m")
    unmasked = colour(left + quarter, 180)

    assert masked[2] > unmasked[2] + 40  # tinted blue
    assert unmasked == pytest.approx(bare, abs=6)
    tab.see(f"{OBJECT} a.save", count=1)
    tab.page.get_by_role("button", name="Hide red thing").click()
    tab.see(".layers .object.off", count=1)
    tab.see("#panel h2", "0 of 1 object")
    tab.page.get_by_role("button", name="Show red thing").click()
    tab.see(".layers .object.off", count=0)


def test_the_slider_leaves_what_is_sure_enough(tab: Tab) -> None:
    tab.photo("samples/scene.jpg", record_of(tab, "samples/scene.jpg", "detect"))
    slider = tab.see("#least")

    slider.fill("0.5")

    tab.see("#panel h2", "2 of 3 objects")
    tab.see(".layers .object.off", "far thing", count=1)
    slider.fill("0")
    tab.see("#panel h2", "3 objects")


def test_boxes_and_names_are_switched(tab: Tab) -> None:
    tab.photo("samples/scene.jpg", record_of(tab, "samples/scene.jpg", "detect"))
    tab.see(".layers .tag", "small part 55 %")

    tab.page.get_by_role("button", name="Names").click()
    assert not tab.page.locator(".layers .tag").first.is_visible()
    tab.page.get_by_role("button", name="Boxes").click()
    assert not tab.page.locator(".layers .line").first.is_visible()
    tab.page.keyboard.press("b")
    tab.page.locator(".layers .line").first.wait_for()


def test_it_says_what_was_asked_and_what_it_cost(tab: Tab, gallery: Cloud) -> None:
    tab.photo("samples/scene.jpg", record_of(tab, "samples/scene.jpg", "detect"))
    tab.see("#panel", "scripted-model")
    tab.see("#panel", "640 × 420 pixels")

    tab.page.get_by_text("Raw answer").click()
    tab.see("#panel pre", "small part")
    tab.page.get_by_text("Request", exact=True).click()
    tab.see("#panel pre", "detect/2")
    tab.page.get_by_text("Timings").click()
    tab.see("#panel", "decode")
    tab.page.get_by_text("Files", exact=True).click()
    with tab.page.expect_download() as loading:
        tab.page.get_by_role("link", name="↓ Overlay").click()
    assert loading.value.suggested_filename == "scene.jpg-detect-overlay.jpg"


def test_a_caption_is_shown_and_other_tasks_are_a_click_away(tab: Tab) -> None:
    tab.photo("samples/scene.jpg")
    tab.page.get_by_role("navigation").get_by_text("caption").click()

    tab.see("#panel blockquote", "A red thing on green.")
    assert "record=" in tab.page.url


def test_a_comparison_shows_its_photos_side_by_side(tab: Tab) -> None:
    tab.photo("twice.jpg", record_of(tab, "twice.jpg", "compare"))

    tab.see("#beside figure", count=2)
    tab.see("#panel .question", "Same?")
    tab.see("#panel blockquote", "Image 1 is the same as Image 2.")
    first, second = (each.bounding_box() for each in tab.page.locator("#beside figure").all())
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] <= second["x"]


def test_each_version_can_be_looked_at(tab: Tab) -> None:
    tab.photo("twice.jpg")
    tab.see(".history a", count=2)
    newest = tab.page.locator("#panel code").inner_text()

    tab.page.get_by_role("link", name="Version 1", exact=True).click()

    tab.until(f"!document.querySelector('#panel code')?.textContent.includes('{newest}')")
    tab.see(".history [aria-current]", "Version 1")


def test_a_copied_link_shows_the_same_in_another_browser(
    gallery: Cloud, tabs: Callable[..., Tab]
) -> None:
    one = tabs(gallery, permissions=["clipboard-read", "clipboard-write"])
    one.open("#status=done")
    one.page.get_by_role("link", name="samples/scene.jpg").click()
    one.page.get_by_role("navigation").get_by_text("detect").click()
    one.see(OBJECT, count=3)
    one.page.get_by_role("button", name="Copy link").click()
    one.see("#copy", "Copied")

    other = tabs(gallery)
    other.page.goto(one.page.evaluate("navigator.clipboard.readText()"))

    other.see(OBJECT, count=3)
    other.see("#records [aria-current]", "detect")
    other.page.get_by_role("link", name="← Photos").click()
    other.see(".card", "samples/scene.jpg")
    assert "notes.txt" not in names(other)


def test_zooming_in_loads_every_pixel(own: Tab, darkroom: Cloud) -> None:
    read(darkroom, "large.jpg", data=Scene(size=Size(4200, 2800)).stored())
    own.photo("large.jpg")
    own.see("#plane[data-side='2048'] .photo")
    asked = own.page.evaluate("document.querySelector('#plane .photo').naturalWidth")

    own.page.keyboard.press("1")

    own.see("#plane[data-side='full'] .photo")
    assert asked == 2048
    assert own.page.evaluate("document.querySelector('#plane .photo').naturalWidth") == 4200
    assert own.page.locator("#scale").inner_text() == "100 %"


def test_wheel_and_drag_zoom_and_move(tab: Tab) -> None:
    tab.photo("samples/scene.jpg")
    tab.see("#plane .photo")
    fitted = tab.page.locator("#plane").bounding_box()
    x, y = fitted["x"] + fitted["width"] / 2, fitted["y"] + fitted["height"] / 2
    tab.page.mouse.move(x, y)

    tab.page.mouse.wheel(0, -500)
    tab.until("document.querySelector('#stage').classList.contains('zoomed')")
    zoomed = tab.page.locator("#plane").bounding_box()
    tab.page.mouse.down()
    tab.page.mouse.move(x - 50, y - 30, steps=3)
    tab.page.mouse.up()
    moved = tab.page.locator("#plane").bounding_box()
    tab.page.keyboard.press("0")

    assert zoomed["width"] == pytest.approx(fitted["width"] * 2.718, rel=0.01)
    assert zoomed["x"] + zoomed["width"] / 2 == pytest.approx(x, abs=1)  # around the pointer
    assert (moved["x"] - zoomed["x"], moved["y"] - zoomed["y"]) == pytest.approx((-50, -30), abs=1)
    assert tab.page.locator("#plane").bounding_box() == fitted


def test_a_record_that_comes_while_one_looks_is_shown(own: Tab, darkroom: Cloud) -> None:
    darkroom.trigger.close()
    ref = darkroom.upload("slow.jpg", SCENE.stored())
    own.open(f"#photo=slow.jpg&generation={ref.generation}")
    own.see("#note", "It is being read.")
    own.see("#records .chip", "detect waits")

    put(done(name="slow.jpg", generation=ref.generation, task="detect", size=SCENE.size))

    own.see("#panel", "found nothing")
    own.see("#plane .photo")
    forgive(own)


# -- hostile words, trouble ---------------------------------------------------------------------


def test_hostile_words_are_shown_as_text(tab: Tab) -> None:
    tab.open()
    tab.see(".card", EVIL_NAME)
    tab.photo(EVIL_NAME)
    tab.see(OBJECT, "<script>")
    tab.see(".layers .tag", "<script>")
    at(tab, *middle(SCENE.truth))

    label = tab.page.locator(f"{OBJECT} bdi").first.text_content()
    assert EVIL.startswith(label) or label == EVIL
    assert "harm" not in tab.page.title().replace(EVIL_NAME[:100], "")
    assert tab.page.locator("#photo-name").text_content() == EVIL_NAME
    assert tab.page.locator("body script, img[src='x']").count() == 0
    assert tab.page.locator("#view").bounding_box()["width"] > 700
    assert not tab.scrolls_sideways()


def test_an_unknown_photo_says_so(tab: Tab) -> None:
    tab.photo("unknown.jpg")

    tab.see("#note.failed", "There is no record of such an upload.")
    assert tab.page.locator(".room").bounding_box()["height"] > 500
    tab.page.get_by_role("link", name="All photos").click()
    tab.see(".card", "notes.txt")
    forgive(tab)


def test_a_server_that_is_gone_is_told_of_and_found_again(tab: Tab) -> None:
    tab.open()
    tab.see(".card", "notes.txt")

    tab.context.set_offline(True)
    tab.page.locator("#by-words").fill("scene")
    tab.see("#end .empty", "The server does not answer.")
    tab.see("#trouble", "The server does not answer.")
    tab.context.set_offline(False)

    tab.see(".card", "samples/scene.jpg")
    tab.see("#trouble[hidden]", count=1)
    forgive(tab)


# -- keys, phones, eyes -------------------------------------------------------------------------


def test_it_is_walked_by_keyboard_alone(tab: Tab) -> None:
    tab.open()
    tab.see(".card", "notes.txt")
    press = tab.page.keyboard.press
    focused = "document.activeElement"

    press("/")
    tab.until(f"{focused}.id === 'by-words'")
    tab.page.keyboard.type("twice")
    tab.see(".card", "notes.txt", count=0)
    press("Escape")
    press("?")
    tab.see("dialog#help[open]")
    press("Escape")
    tab.see("dialog#help[open]", count=0)
    tab.page.locator(".card a").first.focus()
    press("ArrowRight")
    tab.until(f"{focused} === document.querySelectorAll('.card a')[1]")
    press("Enter")
    tab.see("#photo-name", "twice.jpg")
    tab.until(f"{focused}.id === 'photo-name'")
    tab.see("#previous[href]")
    press("ArrowLeft")
    tab.until("document.querySelector('#previous').ariaDisabled === 'true'")
    tab.see("#plane .photo, #beside figure")
    press("Escape")
    tab.see(".card a:focus")
    forgive(tab)


def test_a_row_is_marked_with_the_keyboard(tab: Tab) -> None:
    tab.photo("samples/scene.jpg", record_of(tab, "samples/scene.jpg", "detect"))
    tab.see(".layers .object", count=3)

    tab.page.locator(f"{OBJECT} .main").first.focus()
    tab.page.keyboard.press("Enter")

    tab.see(f"{OBJECT} .main[aria-pressed=true]", "red thing")
    tab.see(".layers .object.lit", "red thing", count=1)


@pytest.mark.parametrize("where", ["", "#photo=samples/scene.jpg", f"#photo={EVIL_NAME}"])
def test_it_fits_a_phone(gallery: Cloud, tabs: Callable[..., Tab], where: str) -> None:
    tab = tabs(gallery, **PHONE)
    tab.open(where.replace("&", "%26"))
    tab.see("#panel .objects" if where else ".card")

    assert not tab.scrolls_sideways()
    if where:
        assert tab.page.locator("#view").bounding_box()["height"] < 500


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_as_light_as_the_rest_of_the_screen(
    gallery: Cloud, tabs: Callable[..., Tab], scheme: str
) -> None:
    tab = tabs(gallery, color_scheme=scheme)
    tab.open()
    tab.see(".card")

    shot = Image.open(io.BytesIO(tab.page.screenshot())).convert("L")

    assert (shot.getpixel((5, 780)) > 200) == (scheme == "light")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_a_pause_is_shown_with_its_reason_and_how_many_jobs_wait(
    darkroom: Cloud,
    tabs: Callable[..., Tab],
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    monkeypatch.setattr(brakes, "FRESH", 0.0)
    darkroom.script(otherwise=Seer())
    now = time.time()
    why = "10 uploads replaced one of the same name seconds after it was read within 10 minutes"
    brakes.pull(Brake(why, now, "default", by="breaker", sign="loop", probe_at=now + 600))
    for number in range(2):
        darkroom.upload(f"hall/{number}.jpg", jpeg() + bytes([number]))
    tab = tabs(darkroom, **options)

    tab.open()
    tab.see(
        "#waits .paused", f"The recipe 'default' is paused: {why}. It was paused by the breaker"
    )
    tab.see("#waits .paused", "2 jobs wait. It is tried again at about")
    assert tab.page.locator("#waits p").count() == 1
    found = axe.Axe().run(tab.page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    assert not tab.scrolls_sideways()
    if place := os.environ.get("DARKROOM_SHOTS"):
        tab.page.screenshot(path=f"{place}/pause-{len(options)}.png")
    brakes.release(Scope("default"))
    for _ in leases.take_up(()):
        pass

    tab.see("#waits[hidden]", count=1)
    tab.see(".card .chip.done", count=2)


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_a_photo_that_waits_says_why_until_it_goes_on(
    darkroom: Cloud, tabs: Callable[..., Tab], options: dict[str, Any]
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    darkroom.script(otherwise=lambda _: replies.bad_request("API key not valid."))
    darkroom.upload("hall/waits.jpg", jpeg())
    tab = tabs(darkroom, **options)

    tab.open()
    tab.see("#waits", "Gemini refuses the key: API key not valid. 1 photo waits.")
    tab.see(".card", "waits: Gemini refuses the key: API key not valid")
    found = axe.Axe().run(tab.page).response["violations"]
    darkroom.script(otherwise=Seer())

    tab.see("#waits[hidden]", count=1)
    tab.see(".card .chip.done")
    tab.see("#today", "1 done")
    assert tab.page.locator(".card").count() == 1
    assert tab.page.locator(".sum.waits").count() == 0
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    assert not tab.scrolls_sideways()


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])
def test_the_first_screen_says_that_an_offline_model_reads_the_photos(
    darkroom: Cloud, tabs: Callable[..., Tab], screen: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREAKER", "off")  # equal photos, each once the one before was read: a loop
    darkroom.script(otherwise=OfflineModel())
    for number in range(12):
        read_by(darkroom, f"{number}.jpg", SCENE.stored())
    read_by(darkroom, "rejected.txt", b"words")  # no model reads it
    tab = tabs(darkroom, **screen)

    tab.open()

    banner = tab.see("#offline:not([hidden])", "about 200 words").bounding_box()
    tab.see(".card", count=13)
    assert banner["y"] + banner["height"] < tab.page.viewport_size["height"] / 2
    assert not tab.scrolls_sideways()


def test_the_offline_model_says_what_it_did_not_look_for(
    darkroom: Cloud, tabs: Callable[..., Tab]
) -> None:
    no_shoe = {"offline_cannot": 'The offline model has no <b>word</b> for "shoe".'}
    car = {"box_2d": SCENE.box_2d(), "label": "car"}
    for name, answer in {"none.jpg": [], "some.jpg": [car, no_shoe], "not.jpg": [no_shoe]}.items():
        darkroom.script(replies.boxes(answer))
        read_by(darkroom, name, SCENE.stored() + name.encode())
    tab = tabs(darkroom)

    tab.open()

    shown = {
        "none.jpg": "nothing found",
        "some.jpg": "car",
        "not.jpg": no_shoe["offline_cannot"],
    }
    for name, words in shown.items():
        tab.see(".card", name).locator(".sum").filter(has_text=words).wait_for()
    for name in ("some.jpg", "not.jpg"):
        tab.photo(name)
        tab.see("#panel .cannot", f"The model says: {no_shoe['offline_cannot']}")
        assert "found nothing" not in tab.page.locator("#panel").inner_text()
        assert tab.page.locator("#panel .problems").count() == 0
    tab.photo("none.jpg")
    tab.see("#panel", "The model found nothing.")
    assert tab.page.locator("#panel .cannot").count() == 0


def read_by(cloud: Cloud, name: str, data: bytes) -> None:
    """Upload a file, and wait until its record is in the list."""
    cloud.record(cloud.upload(name, data))
    entered(cloud, name)


def test_an_export_is_a_link(tab: Tab) -> None:
    tab.open()
    tab.see(".card")
    tab.page.get_by_role("button", name="Export").click()
    tab.page.locator("#export-format").select_option("jsonl")
    tab.page.locator("#export-prefix").fill("samples/")

    with tab.page.expect_download() as loading:
        tab.page.locator("#export-link").click()

    assert loading.value.suggested_filename == "darkroom.jsonl"
    lines = loading.value.path().read_text().splitlines()
    assert {json.loads(line)["task"] for line in lines} == {"detect", "segment", "caption"}


# -- doing things -------------------------------------------------------------------------------


def test_a_question_about_a_photo_shows_its_price_and_is_answered(
    own: Tab, darkroom: Cloud
) -> None:
    read(darkroom, "a.jpg")
    darkroom.script(otherwise=lambda _: replies.says('{"answer": "Seven."}'))
    own.photo("a.jpg")
    own.see("#panel", "Cost")
    own.page.get_by_role("button", name="Ask", exact=True).click()
    own.see("#ask-question")
    assert own.page.locator("#ask-go").is_disabled()

    own.page.locator("#ask-question").fill("How many?")
    own.see("#ask-price", "One call of")
    own.page.locator("#ask-go").click()

    own.see("#records .chip", "answer ✓")
    own.page.get_by_role("navigation").get_by_text("answer").click()
    own.see("#panel .question", "How many?")
    own.see("#panel blockquote", "Seven.")


def test_the_same_asked_again_gives_another_record(own: Tab, darkroom: Cloud) -> None:
    read(darkroom, "a.jpg")
    own.photo("a.jpg")
    own.see("#records .chip", count=1)

    own.page.get_by_role("button", name="Ask again").click()
    own.see("#ask-price", "One call of")
    assert own.page.locator("#ask-task").input_value() == "detect"
    own.page.locator("#ask-go").click()

    own.see("#records .chip.done", count=2)


def test_photos_are_selected_exported_and_asked_together(own: Tab, darkroom: Cloud) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        read(darkroom, name)
    own.open()
    for name in ("a.jpg", "c.jpg"):
        own.see(".card", name).hover()
        own.page.get_by_label(f"Select {name}").check()
    own.see("#selected", "2 photos selected")

    own.page.locator("#select-format").select_option("jsonl")
    with own.page.expect_download() as loading:
        own.page.locator("#select-export").click()
    own.page.locator("#select-ask").click()
    own.see("#ask-title", "Ask about 2 photos")
    own.page.locator("#ask-task").select_option("caption")
    own.see("#ask-price", "2 calls of")
    own.page.locator("#ask-go").click()

    own.see(".card .chip.done", "caption", count=2)
    lines = loading.value.path().read_text().splitlines()
    assert {json.loads(line)["images"][0]["name"] for line in lines} == {"a.jpg", "c.jpg"}
    own.page.locator("#select-none").click()
    own.see("#selection[hidden]", count=1)


def test_folders_orders_and_doubt_choose_photos(own: Tab, darkroom: Cloud) -> None:
    for name in ("b/one.jpg", "b/deep/two.jpg", "a.jpg"):
        read(darkroom, name)
    read(darkroom, "blurry.jpg", data=jpeg((90, 90, 90)) + b"blurry")
    own.open()
    own.see("#by-folder option[value='b/']", count=1)

    own.page.locator("#by-folder").select_option("b/")
    own.see("#end", "2 photos. That is all.")
    assert names(own) == {"b/one.jpg", "b/deep/two.jpg"}
    own.see("#by-folder option[value='b/deep/']", count=1)
    own.page.locator("#by-folder").select_option("b/deep/")
    own.see(".card", count=1)
    own.page.get_by_role("button", name="Clear").first.click()
    own.page.locator("#by-sort").select_option("By name")
    own.see("#end", "4 photos")
    assert own.page.locator(".card h2").all_text_contents() == [
        *("a.jpg", "b/deep/two.jpg", "b/one.jpg", "blurry.jpg")
    ]


def test_the_doubtful_are_listed_the_most_doubtful_first_and_say_why(
    own: Tab, quiet: Cloud
) -> None:
    swapped = Problem("swapped_corners", "The corners of the box were the wrong way round.")
    put(done(seen("cup"), name="sure.jpg", task="detect"))
    put(done(seen("cup"), name="mended.jpg", task="detect", problems=(swapped,)))
    put(done(seen("cup"), name="cut.jpg", task="detect", complete=False))
    own.open()
    own.see(".card", count=3)

    own.page.locator("#by-status").select_option("Doubtful")
    own.see(".card", count=2)
    own.page.locator("#by-sort").select_option("Most doubtful first")

    own.see("#end", "2 photos")
    assert own.page.locator(".card h2").all_text_contents() == ["cut.jpg", "mended.jpg"]
    assert "status=doubt" in own.page.url
    answer = own.page.request.get(own.url + "api/photo", params={"name": "cut.jpg"})
    reason = {"sign": "unfinished", "sentence": "The answer is not complete."}
    assert answer.json()["records"][0]["doubts"] == [reason]


def test_what_waits_can_be_listed_alone(own: Tab, darkroom: Cloud) -> None:
    read(darkroom, "done.jpg")
    darkroom.script(otherwise=lambda _: replies.bad_request("API key not valid."))
    darkroom.upload("waits.jpg", jpeg() + b"waits")
    own.open()
    own.see(".card", "waits.jpg")

    own.page.locator("#by-status").select_option("Waiting")

    own.see(".card", "waits.jpg", count=1)
    assert names(own) == {"waits.jpg"}
    own.page.get_by_role("link", name="waits.jpg").click()
    own.see("#note", "Gemini refuses the key")
    own.see(".steps [aria-current]")
    forgive(own)


def test_an_entry_of_another_version_is_a_card_and_stops_nothing(own: Tab, darkroom: Cloud) -> None:
    read(darkroom, "mine.jpg")
    place = "99999999999999-0123456789abcdef"
    blob = darkroom.client.bucket(os.environ["STATE_BUCKET"]).blob(f"index/{place}")
    blob.metadata = {"entry": '{"shape": "of tomorrow"}'}
    blob.upload_from_string(b"")

    own.open()

    own.see(".card", "mine.jpg")
    own.see(".card", "This one cannot read it.", count=1)
    own.see("#end", "That is all")


# -- standing still -----------------------------------------------------------------------------

SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  const watch = new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value;
  });
  watch.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 1500);
})"""


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("where", ["", "#photo=samples/scene.jpg", "#photo=nothing.jpg"])
def test_nothing_moves_when_records_arrive(
    gallery: Cloud, tabs: Callable[..., Tab], where: str, options: dict[str, Any]
) -> None:
    tab = tabs(gallery, **options)
    tab.open(where)
    tab.see("#today a")
    tab.see("#panel .facts, #note.failed" if where else ".card")

    assert tab.page.evaluate(SHIFTS) < 0.02
    forgive(tab)


def test_a_record_that_comes_moves_no_card_but_in_order(own: Tab, darkroom: Cloud) -> None:
    read(darkroom, "a.jpg")
    own.open()
    own.see(".card", "a.jpg")
    before = own.page.locator("#grid").bounding_box()

    read(darkroom, "b.jpg")
    own.see(".card", "b.jpg")

    after = own.page.locator("#grid").bounding_box()
    assert (before["y"], before["height"]) == (after["y"], after["height"])
