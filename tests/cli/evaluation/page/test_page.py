"""report.html: what it shows, that it needs nothing else, and that no text becomes markup."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cli.golden.item import Item, Truth
from local.gemini import Question, Reply, replies
from shared.jobs.record import Found
from shared.model import Box, Filled, Label
from testbed.cloud import Cloud
from tests.cli.evaluation.models import PLACES, TRUTHS, by_name, finding, said, saying
from tests.cli.golden.sets import boxes, coco, command, made
from tests.shared.web.gallery.browsing import EVIL, EVIL_NAME, chromium

MODEL = "gemini-3.5-flash"


@pytest.fixture(autouse=True)
def elsewhere(quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def page(*options: object) -> str:
    ended = command("evaluate", "--golden", "set", "--model", MODEL, "--max-cost", 50, *options)
    assert ended.exit_code in {0, 3}, ended.output
    return Path("evaluation/report.html").read_text("utf-8")


def classes(shown: str) -> list[str]:
    """The class of each object drawn, in their order."""
    return re.findall(r'<g class="(\w+)">', shown)


def test_each_object_is_drawn_as_found_missed_matched_or_unmatched(quiet: Cloud) -> None:
    made(Path("set"), [boxes(PLACES[0], PLACES[1])])
    quiet.script(said(PLACES[0], Box(150, 70, 190, 90)))

    shown = page()

    assert classes(shown) == ["truth", "missed", "answer", "invented"]
    assert '<rect class="shape" x="0" y="10" width="30" height="50"/>' in shown
    assert 'viewBox="0 0 200 100"' in shown


def test_two_models_are_side_by_side_on_one_copy_of_the_photo(quiet: Cloud) -> None:
    made(Path("set"), [boxes(PLACES[0])])
    quiet.script(otherwise=by_name(gemini_3_5_flash=finding(1.0), other=lambda _: said()))

    shown = page("--against", "other")

    assert f"detect by {MODEL}: f1_50 1.000" in shown
    assert "detect by other: f1_50 0.000" in shown
    assert shown.count("data:image/jpeg;base64,") == 1
    assert shown.count('<use href="#photo-0"/>') == 2


def test_masks_are_outlines(quiet: Cloud) -> None:
    square = {"bbox": [0, 0, 100, 50], "segmentation": [[0, 0, 100, 0, 100, 50, 0, 50]]}
    command("golden", "import", coco(Path.cwd(), [square]), "--golden", "set", "--who", "anna")
    outline = [[0, 0], [500, 0], [500, 500], [0, 500]]
    item = {"box_2d": [0, 0, 500, 500], "label": "cup", "mask": outline}
    quiet.script(replies.says(json.dumps({"boxes": [item]})))

    truth, answer = re.findall(r'<path class="mask" d="([^"]*)"/>', page())
    assert truth == answer
    assert {*re.findall(r"\d+ \d+", truth)} == {"0 0", "0 50", "100 50", "100 0"}


def test_texts_classes_and_fields_stand_beside_the_truth(quiet: Cloud) -> None:
    golden = made(Path("set"), [Found(text="TOTAL\n12.50")], "read_text")
    (item,) = golden.items.values()
    fields = {"total": Filled(found=True, value=12.5), "shop": Filled(found=True, value="Rossi")}
    form = {"total": {"type": "number"}, "shop": {"type": "string"}}
    golden.add(
        [
            replace(
                item,
                truth={
                    "classify": Truth(Found(labels=(Label("receipt"),)), "anna"),
                    "extract": Truth(Found(fields=fields), "anna", None, {"fields": form}),
                },
            )
        ]
    )

    def model(asked: Question) -> Reply:
        if "Classify" in asked.prompt:
            return replies.says('[{"label": "menu", "score": 1}]')
        if "form" in asked.prompt:
            return replies.says('{"total": {"found": true, "value": 13}}')
        return replies.says('[{"box_2d": [0, 0, 9, 9], "label": "TOTAL"}]')

    quiet.script(otherwise=model)

    shown = page()

    assert "<pre>TOTAL\n12.50</pre>" in shown
    assert "<pre>TOTAL</pre>" in shown
    assert '>receipt</td><td class="number">menu<' in shown
    assert '<span class="wrong">13' in shown
    assert '<span class="wrong"><span class="soft">not there</span></span>' in shown


def test_no_text_of_a_name_or_a_model_becomes_markup(quiet: Cloud) -> None:
    golden = made(Path("set"), [boxes(PLACES[0], label=EVIL)])
    (item,) = golden.items.values()
    golden.add([Item(item.image, EVIL_NAME, 200, 100, {"classify": Truth(Found(), EVIL)})])

    def model(asked: Question) -> Reply:
        if "Classify" in asked.prompt:
            return replies.says(json.dumps([{"label": EVIL_NAME, "score": 1}]))
        return said(PLACES[0], label=EVIL[:90])

    quiet.script(otherwise=model)

    shown = page()

    assert "<script" not in shown
    assert "<img" not in shown
    assert "onerror=document" not in re.sub(r"&lt;img.*?&gt;", "", shown)
    assert "\u202e" not in shown


def test_only_the_worst_photos_are_shown(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.evaluation.page.photos.SHOWN", 2)
    made(Path("set"), [boxes(PLACES[0])] * 5)
    quiet.script(otherwise=lambda _: said())

    shown = page()

    assert shown.count("<article>") == 2
    assert "and 3 better ones in report.json" in shown


def test_the_header_says_on_what_it_was_measured(quiet: Cloud) -> None:
    made(Path("set"), TRUTHS[:25])
    with Path("set/golden.toml").open("a") as file:
        file.write("[floors]\ndetect.f1_50 = 0.5\n")
    command("golden", "freeze", "v7", "--golden", "set")
    quiet.script(otherwise=finding(1.0))

    shown = page()

    assert "<title>set v7: gemini-3.5-flash</title>" in shown
    assert '<span class="verdict passed">passed</span>' in shown
    assert "at least 0.5" in shown
    told = json.loads(Path("evaluation/report.json").read_text())
    assert told["golden"]["digest"][:12] in shown


@pytest.mark.browser
def test_a_browser_shows_it_without_asking_anybody_for_anything(quiet: Cloud) -> None:
    made(Path("set"), [boxes(PLACES[0], PLACES[1])])
    quiet.script(otherwise=saying([json.loads(said(PLACES[0], PLACES[3]).parts[0]["text"])]))
    page()
    wrong, asked = list[str](), list[str]()

    with chromium() as browser:
        tab = browser.new_page(viewport={"width": 400, "height": 800})
        tab.on("console", lambda message: wrong.append(message.text))
        tab.on("request", lambda request: asked.append(request.url[:20]))
        tab.goto(Path("evaluation/report.html").absolute().as_uri())

        assert tab.locator("svg .truth").is_visible()
        assert tab.locator("svg .invented").is_visible()
        tab.get_by_label("truth", exact=True).uncheck()
        assert not tab.locator("svg .truth").is_visible()
        assert not tab.locator("svg .missed").is_visible()
        assert tab.locator("svg .invented").is_visible()
        tab.get_by_label("answer", exact=True).uncheck()
        assert not tab.locator("svg .invented").is_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 400

    assert wrong == []
    assert {url[:5] for url in asked} <= {"file:", "data:"}
