"""A browser that looks at the page, and a gallery of photos for it to look at."""

import base64
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from PIL import Image

from local.gemini import Question, Reply, replies
from shared.model import Box, ImageRef
from testbed.cloud import Cloud, until
from tests.photos import Scene

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
EVIL = "<script>document.title='harm'</script>\u202eabc \U0001f986 " + "x" * 5_000
EVIL_NAME = "<img src=x onerror=document.title='harm'>\u202e'\"&.jpg"
PATIENCE = 120_000  # ms for anything to be seen
SCENE = Scene()
PART = Box(100, 80, 160, 140)  # within the scene's red rectangle
FAR = Box(450, 280, 600, 400)


@contextmanager
def chromium(*arguments: str) -> Iterator[Any]:
    """The system's browser, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    if os.geteuid() == 0:
        arguments += ("--no-sandbox",)
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=list(arguments))
        yield started
        started.close()


class _Visitor:
    """Opens every tab in one context."""

    def __init__(self, context: Any) -> None:
        self.context = context

    def new_context(self, **_: Any) -> Any:
        return self.context


class Tab:
    """A browser's tab on the page; an error in it fails the test."""

    def __init__(self, browser: Any, url: str, **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}} | options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.url = url
        self.wrong: list[str] = []
        self.forgiven: str | None = None
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._hear)

    @classmethod
    def within(cls, context: Any, url: str) -> "Tab":
        """One more tab of a visitor, whose context it does not close."""
        return cls(_Visitor(context), url)

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{message.text} {message.location['url']}")

    def unforgiven(self) -> list[str]:
        """The errors, without those that begin with a forgiven text."""
        return [each for each in self.wrong if not each.startswith(self.forgiven or "\0")]

    def open(self, where: str = "") -> Any:
        self.page.goto(self.url + where)
        return self.page

    def see(self, selector: str, text: str | None = None, count: int | None = None) -> Any:
        """The elements found, once they have that text or number."""
        found = self.page.locator(selector)
        if text is not None:
            found = found.filter(has_text=text)
        if count is not None:
            until(lambda: found.count() == count, PATIENCE / 1000)
        else:
            found.first.wait_for()
        return found

    def photo(self, name: str, record: str = "") -> Any:
        """The view of a photo, with all its layers."""
        self.open("#" + requests.compat.urlencode({"photo": name, "record": record}))
        return self.page

    def until(self, script: str) -> None:
        """Until the page finds it true."""
        until(lambda: self.page.evaluate(script), PATIENCE / 1000)

    def drop(self, name: str, data: bytes, kind: str) -> None:
        """Drop a file onto the page."""
        transfer = self.page.evaluate_handle(
            """([name, data, type]) => {
              const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
              const transfer = new DataTransfer();
              transfer.items.add(new File([bytes], name, { type }));
              return transfer;
            }""",
            [name, base64.b64encode(data).decode(), kind],
        )
        for step in ("dragenter", "dragover", "drop"):
            self.page.dispatch_event("body", step, {"dataTransfer": transfer})

    def scrolls_sideways(self) -> bool:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        return wide > self.page.viewport_size["width"]

    def close(self) -> None:
        self.context.close()


class Seer:
    """A model that sees the scene, for any question."""

    def __call__(self, question: Question) -> Reply:
        if "Segment" in question.prompt:
            return replies.boxes([_item(SCENE.truth, "red thing", mask=_left_half())])
        if "caption" in question.prompt:
            return replies.says(json.dumps({"caption": "A red thing on green."}))
        if "images" in question.prompt:
            return replies.says(json.dumps({"comparison": "Image 1 is the same as Image 2."}))
        return replies.boxes(
            [
                _item(SCENE.truth, "red thing", confidence=0.91),
                _item(PART, "small part", confidence=0.55),
                _item(FAR, "far thing", confidence=0.2),
            ]
        )


def _item(box: Box, label: str, **more: Any) -> dict[str, Any]:
    return {"box_2d": Scene(truth=box).box_2d(), "label": label, **more}


def _left_half() -> str:
    picture = Image.new("L", (64, 64))
    picture.paste(255, (0, 0, 32, 64))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def entered(cloud: Cloud, name: str, count: int = 1) -> None:
    """Once so many records of uploads of the name are in the list."""
    url = cloud.functions.address("gallery") + "api/results"

    def listed() -> bool:
        told = requests.get(url, params={"name": name, "limit": 200}, timeout=180).json()
        return len(told["entries"]) >= count

    until(listed, 20)


def read(
    cloud: Cloud, name: str, *script: Reply, data: bytes | None = None, jobs: int = 1
) -> ImageRef:
    """Upload a photo, and wait until its records are in the list."""
    cloud.script(*script, otherwise=Seer())
    ref = cloud.upload(name, SCENE.stored() + name.encode() if data is None else data)
    entered(cloud, name, jobs)
    return ref


def furnish(cloud: Cloud) -> None:
    """One upload of each kind."""
    read(cloud, "samples/scene.jpg", jobs=3)
    read(cloud, "twice.jpg")
    read(cloud, "twice.jpg", jobs=2)
    read(cloud, "notes.txt", data=b"just words")
    read(cloud, "refused.jpg", replies.unsafe())
    read(cloud, EVIL_NAME, replies.boxes([_item(SCENE.truth, EVIL)]))
    question = {
        "task": "compare",
        "images": ["twice.jpg", "samples/scene.jpg"],
        "question": "Same?",
    }
    cloud.upload("pair.job.json", json.dumps(question).encode(), "application/json")
    entered(cloud, "twice.jpg", 3)
