"""Correcting on the page, in a real browser: by keys alone, by a mouse, on a phone."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from shared import form
from shared.corrections import store
from shared.corrections.correction import Correction
from shared.jobs.record import Record
from shared.model import Box, Filled
from testbed.cloud import Cloud, until
from tests.shared.exports.exporting import done, put, seen
from tests.shared.web.gallery.browsing import SCENE, Seer, Tab, chromium, read

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("DARKROOM_PICTURES")  # a folder for pictures of every view
DESK = {"viewport": {"width": 1200, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FRAME = ".frames .frame"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def tabs(darkroom: Cloud, browser: Any) -> Iterator[Callable[..., Tab]]:
    """Opens tabs; at the end nothing may have gone wrong in any."""
    opened: list[Tab] = []

    def open_tab(**options: Any) -> Tab:
        opened.append(Tab(browser, darkroom.functions.address("gallery"), **options))
        return opened[-1]

    darkroom.script(otherwise=Seer())
    yield open_tab
    for tab in opened:
        tab.close()
    assert [wrong for tab in opened for wrong in tab.unforgiven()] == []


def detected(darkroom: Cloud) -> Record:
    """A photo with three things, of which only boxes are known."""
    darkroom.trigger.close()
    ref = darkroom.upload("scene.jpg", SCENE.stored())
    return put(
        done(
            seen("red thing", box=SCENE.truth, confidence=0.9),
            seen("small part", box=Box(100, 80, 160, 140)),
            seen("far thing", box=Box(450, 280, 600, 400)),
            name=ref.name,
            generation=ref.generation,
            task="detect",
            size=SCENE.size,
        )
    )


def editing(tab: Tab, name: str = "scene.jpg", record: str = "") -> Any:
    page = tab.photo(name, record)
    page.locator("#correct").wait_for()
    page.locator("#plane .photo").wait_for()
    page.locator("#correct").click()
    page.locator(".editor").wait_for()
    return page


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))


def saved(record: Record, number: int = 1) -> Correction:
    """The correction, once there are so many."""
    until(lambda: len(store.every(record.folder)) >= number, 60)
    return store.every(record.folder)[-1]


def test_by_keys_alone_boxes_are_moved_resized_deleted_added_and_named(
    darkroom: Cloud, tabs: Callable[..., Tab]
) -> None:
    record = detected(darkroom)
    tab = tabs()
    page = tab.photo("scene.jpg")
    page.locator("#plane .photo").wait_for()
    page.locator("#correct").wait_for()
    page.locator("#correct").focus()

    press(page, "Enter")
    page.locator(FRAME).first.wait_for()
    assert focused(page) == "red thing: 218 by 176 pixels at 83, 57"
    press(page, *["ArrowRight"] * 3, "ArrowUp", "Shift+ArrowDown", "Control+ArrowLeft")
    assert focused(page) == "red thing: 218 by 177 pixels at 76, 56"
    press(page, "Tab")
    assert focused(page).startswith("far thing")
    press(page, "Delete")
    assert focused(page).startswith(("small part", "red thing"))
    press(page, "Control+z")
    assert page.locator(FRAME).count() == 3
    page.locator(FRAME).nth(1).focus()
    press(page, "Enter")
    assert focused(page) == "Label of object 3"
    page.keyboard.type("thing far away")
    page.get_by_role("button", name="Add a box").focus()
    press(page, "Enter")
    page.keyboard.type("new thing")
    press(page, "Enter")
    assert focused(page).startswith("new thing")
    press(page, "Shift+ArrowRight")
    page.get_by_label("Your name").focus()
    page.keyboard.type("anna")
    press(page, "Enter")

    tab.see(".corrected", "Corrected by anna")
    kept = saved(record).findings.objects
    assert [(each.index, each.label) for each in kept] == [
        (0, "red thing"),
        (1, "small part"),
        (2, "thing far away"),
        (3, "new thing"),
    ]
    assert kept[0].shape == Box(76, 56, 294, 233)
    assert kept[1] == record.findings.objects[1]
    assert kept[3].shape.right - kept[3].shape.left > 10
    assert focused(page) == "None"  # the button says what it does
    assert page.evaluate("document.activeElement.id") == "correct"


def test_before_and_after_are_a_press_apart(darkroom: Cloud, tabs: Callable[..., Tab]) -> None:
    record = detected(darkroom)
    tab = tabs()
    page = editing(tab)
    page.get_by_label("Label of object 1").fill("blue thing")
    page.get_by_label("Your name").fill("anna")
    page.get_by_role("button", name="Save").click()

    tab.see("#panel .objects", "blue thing")
    tab.see("#panel .mended", "corrected")
    page.get_by_role("button", name="The model's").click()
    tab.see("#panel .objects", "red thing")
    assert page.locator("#panel .objects", has_text="blue thing").count() == 0
    page.get_by_role("button", name="Corrected").click()
    tab.see("#panel .objects", "blue thing")
    page.reload()
    tab.see(".corrected", "Corrected by anna")
    assert saved(record).changes.relabelled == 1


def test_what_is_right_is_accepted_as_it_is(darkroom: Cloud, tabs: Callable[..., Tab]) -> None:
    record = detected(darkroom)
    tab = tabs()
    page = editing(tab)
    page.get_by_label("Your name").fill("anna")

    page.get_by_role("button", name="It is right as it is").click()

    tab.see(".corrected", "Accepted by anna")
    assert saved(record).findings.objects == record.findings.objects


def test_a_mouse_moves_boxes_and_their_corners(darkroom: Cloud, tabs: Callable[..., Tab]) -> None:
    record = detected(darkroom)
    tab = tabs()
    page = editing(tab)
    scale = page.evaluate(
        """() => document.querySelector(".frames").getBoundingClientRect().width
               / document.querySelector(".frames").viewBox.baseVal.width"""
    )

    def drag(selector: str, across: float, down: float, at: tuple[float, float]) -> None:
        box = page.locator(selector).bounding_box()
        x, y = box["x"] + box["width"] * at[0], box["y"] + box["height"] * at[1]
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + across * scale / 2, y + down * scale / 2, steps=3)
        page.mouse.move(x + across * scale, y + down * scale, steps=3)
        page.mouse.up()

    drag(f"{FRAME}[data-index='2'] .line", -30, -20, (0.5, 0.5))
    drag(f"{FRAME}[data-index='2'] .handle.right-bottom", -40, 10, (0.5, 0.5))
    page.get_by_label("Your name").fill("anna")
    page.get_by_role("button", name="Save").click()

    found = saved(record).findings.objects[2].shape
    for edge, expected in (("left", 420), ("top", 260), ("right", 530), ("bottom", 390)):
        assert abs(getattr(found, edge) - expected) <= 2, (edge, found)
    tab.see(".corrected")


def test_edges_can_be_typed(darkroom: Cloud, tabs: Callable[..., Tab]) -> None:
    record = detected(darkroom)
    page = editing(tabs())
    page.get_by_label("Label of object 2").focus()

    for edge, value in (("Left", "110"), ("Bottom", "9999")):
        page.get_by_label(edge, exact=True).fill(value)
    page.get_by_label("Your name").fill("anna")
    page.get_by_role("button", name="Save").click()

    assert saved(record).findings.objects[1].shape == Box(110, 80, 160, 420)


def test_no_key_leaves_what_is_not_saved_and_nothing_is_lost_by_leaving(
    darkroom: Cloud, tabs: Callable[..., Tab]
) -> None:
    record = detected(darkroom)
    tab = tabs()
    page = editing(tab)
    press(page, "ArrowRight")

    page.get_by_role("button", name="Add a box").focus()
    press(page, "ArrowLeft", "Escape", "a", "/")
    assert page.locator(".editor").count() == 1
    page.locator("#back").click()
    tab.see(".card").first.click()
    tab.see("#correct", "Go on correcting").click()
    tab.see(FRAME, count=3)
    page.get_by_role("button", name="Cancel").click()
    tab.see("#panel", "Your changes were dropped.")
    page.get_by_role("button", name="Bring them back").click()
    page.locator(f"{FRAME}[data-index='0']").focus()
    assert focused(page) == "red thing: 218 by 176 pixels at 84, 57"
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Cancel").click()
    tab.see("#correct", "Correct")
    assert store.newest(record.folder) is None


def test_who_comes_second_can_load_what_the_first_one_saved(
    darkroom: Cloud, tabs: Callable[..., Tab]
) -> None:
    record = detected(darkroom)
    one, two = tabs(), tabs()
    first, second = editing(one), editing(two)
    for page, label, who in ((first, "blue", "anna"), (second, "green", "berta")):
        page.get_by_label("Label of object 1").fill(label)
        page.get_by_label("Your name").fill(who)
        page.get_by_role("button", name="Save").click()
        page.locator(".corrected, .editor [role=alert]:not([hidden])").first.wait_for()

    two.see("[role=alert]", "anna corrected it meanwhile")
    second.get_by_role("button", name="Drop mine, and load the newest").click()

    two.see("#panel .objects", "blue")
    assert len(store.every(record.folder)) == 1
    two.forgiven = "Failed to load resource"


def test_a_mask_goes_with_its_box(darkroom: Cloud, tabs: Callable[..., Tab]) -> None:
    tab = tabs()
    read(darkroom, "samples/masked.jpg", jobs=3)
    record = _record(darkroom, "samples/masked.jpg", "segment")
    page = tab.photo("samples/masked.jpg", record["id"][:12])
    tab.see(".layers[data-masks='1']")
    page.locator("#correct").click()
    tab.see(".frames[data-masks='1']")

    press(page, "Control+ArrowRight", "ArrowDown")
    page.get_by_label("Your name").fill("anna")
    page.get_by_role("button", name="Save").click()

    tab.see(".corrected", "Corrected by anna")
    tab.see(".layers[data-masks='1']")
    kept = store.newest(record["folder"])
    before = record["findings"]["objects"][0]
    assert kept.findings.objects[0].shape.left == before["shape"]["left"] + 10
    assert kept.findings.objects[0].mask.area == before["mask"]["area"]
    image = page.locator(".layers image").evaluate("each => each.getAttribute('x')")
    assert int(image) == before["shape"]["left"] + 10


def _record(darkroom: Cloud, name: str, task: str) -> dict[str, Any]:
    url = darkroom.functions.address("gallery") + "api/photo"

    def found() -> list[dict[str, Any]]:
        told = requests.get(url, params={"name": name}, timeout=180).json()
        return [each for each in told.get("records", []) if each["task"] == task]

    until(lambda: bool(found()), 60)
    return found()[0]


def receipt(darkroom: Cloud) -> Record:
    """A form of every kind of field, beside what was read."""
    darkroom.trigger.close()
    ref = darkroom.upload("receipt.jpg", SCENE.stored())
    asked = {
        "total": {"type": "number"},
        "paid": {"type": "boolean"},
        "currency": {"type": "choice", "choices": ["EUR", "USD"]},
        "shop": {"type": "string"},
        "lines": {
            "type": "list",
            "fields": {"what": {"type": "string"}, "price": {"type": "number"}},
        },
    }
    assert form.complaint(asked) is None
    fields = {
        "total": Filled(found=True, value=12.5, raw="12.50", shape=Box(10, 10, 90, 30)),
        "paid": Filled(found=False),
        "currency": Filled(found=True, value="EUR", raw="EUR"),
        "shop": Filled(found=False),
        "lines": Filled(
            found=True,
            value=[{"what": "tea", "price": 3}],
            raw=[{"what": "tea", "price": "3"}],
            shapes=(Box(10, 40, 90, 60),),
        ),
    }
    ended = done(
        seen("total", box=Box(10, 10, 90, 30)),
        seen("lines 1", box=Box(10, 40, 90, 60)),
        name=ref.name,
        generation=ref.generation,
        task="extract",
        size=SCENE.size,
        fields=fields,
    )
    ended.job.request["fields"] = asked
    return put(ended)


def test_fields_of_a_form_are_corrected(darkroom: Cloud, tabs: Callable[..., Tab]) -> None:
    record = receipt(darkroom)
    tab = tabs()
    page = editing(tab, "receipt.jpg")

    press(page, "ArrowRight")
    page.get_by_label("total", exact=True).fill("13.75")
    page.get_by_label("paid", exact=True).select_option("true")
    page.get_by_label("shop", exact=True).fill("Corner")
    page.get_by_label("currency", exact=True).select_option("not found")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("lines, row 2, what").fill("cake")
    page.get_by_label("lines, row 2, price").fill("4.5")
    page.get_by_label("Your name").fill("anna")
    page.get_by_role("button", name="Save").click()

    tab.see(".corrected", "texts or fields changed")
    found = saved(record).findings.fields
    assert (found["total"].value, found["total"].shape) == (13.75, Box(11, 10, 91, 30))
    assert (found["paid"].value, found["shop"].value) == (True, "Corner")
    assert (found["currency"].found, found["total"].raw) == (False, "12.50")
    assert found["lines"].value == [
        {"what": "tea", "price": 3},
        {"what": "cake", "price": 4.5},
    ]
    assert found["lines"].shapes == (Box(10, 40, 90, 60), None)


def test_a_value_of_another_type_is_refused_with_a_sentence(
    darkroom: Cloud, tabs: Callable[..., Tab]
) -> None:
    receipt(darkroom)
    tab = tabs()
    page = editing(tab, "receipt.jpg")

    page.get_by_label("total", exact=True).fill("a lot")
    page.get_by_label("Your name").fill("anna")
    page.get_by_role("button", name="Save").click()

    tab.see("[role=alert]", "total must be of the type number.")
    tab.forgiven = "Failed to load resource"


def test_lines_and_captions_are_corrected(darkroom: Cloud, tabs: Callable[..., Tab]) -> None:
    darkroom.trigger.close()
    ref = darkroom.upload("text.jpg", SCENE.stored())
    where = {"name": ref.name, "generation": ref.generation, "size": SCENE.size}
    lines = (seen("Totel", box=Box(9, 9, 90, 30)), seen("Thanks", box=Box(9, 40, 90, 60)))
    read_out = put(done(*lines, task="read_text", text="Totel\nThanks", **where))
    caption = put(done(task="caption", text="A cat.", **where))
    tab = tabs()

    page = editing(tab, "text.jpg", read_out.id[:12])
    page.get_by_label("Label of object 1").fill("Total")
    page.get_by_label("Your name").fill("anna")
    page.get_by_role("button", name="Save").click()
    tab.see("blockquote", "Total")
    page.locator("#records a", has_text="caption").click()
    tab.see("blockquote", "A cat.")
    page.locator("#correct").click()
    page.get_by_role("textbox", name="Text", exact=True).fill("A dog.")
    page.get_by_role("button", name="Save").click()
    tab.see("blockquote", "A dog.")

    assert saved(read_out).findings.text == "Total\nThanks"
    assert saved(caption).findings.text == "A dog."


def test_the_page_offers_nothing_where_it_is_off(
    darkroom: Cloud, tabs: Callable[..., Tab], monkeypatch: pytest.MonkeyPatch
) -> None:
    detected(darkroom)
    monkeypatch.setenv("CORRECTIONS", "off")
    tab = tabs()
    tab.photo("scene.jpg")

    tab.see("#panel .objects li", count=3)
    assert tab.page.locator("#correct").count() == 0


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("view", ["boxes", "fields", "corrected", "refused"])
def test_axe_finds_nothing(
    darkroom: Cloud, tabs: Callable[..., Tab], view: str, screen: dict[str, Any]
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    tab = tabs(**screen)
    (receipt if view == "fields" else detected)(darkroom)
    page = editing(tab, "receipt.jpg" if view == "fields" else "scene.jpg")
    if view == "corrected":
        page.get_by_label("Label of object 1").fill("blue thing")
        page.get_by_label("Your name").fill("anna")
        page.get_by_role("button", name="Save").click()
        tab.see(".corrected")
    if view == "refused":
        page.get_by_label("Label of object 1").fill("x\u0007")
        page.get_by_label("Your name").fill("anna")
        page.get_by_role("button", name="Save").click()
        tab.see("[role=alert]", "must be a line")
        tab.forgiven = "Failed to load resource"

    told = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(page).response["violations"]
        told += [(scheme, each["id"], [node["html"] for node in each["nodes"]]) for each in found]
        if PICTURES:
            name = f"correct-{view}-{page.viewport_size['width']}-{scheme}.png"
            page.screenshot(path=Path(PICTURES) / name, full_page=True)
    assert told == []
    assert not tab.scrolls_sideways()
