"""The page in Chromium among many photos: first card, frames while it scrolls, memory, and back.

The newest photos have thumbnails. The list is scrolled to its end at a steady pace;
the frames are those of the last thousand photos, when all others have been listed. Needs Chromium
and `make browser`.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from PIL import Image

from bench import gallery
from bench.report import Report, Row, progress
from bench.served import served
from local import storage
from local.storage.objects import Draft
from local.storage.store import Store
from shared import codec
from shared.jobs import index
from shared.model import Artifact

PHOTOS = 10_000
_LAST = 1_000
_SHOWN = 60  # photos with a thumbnail
_BUCKETS = ("uploads", "results", "state")
_SCROLLED = """async (last) => {
  const [frames, moves] = [[], []];
  let before = performance.now();
  const isOver = () => /That is all/.test(document.querySelector("#end").textContent);
  const bottom = () => document.documentElement.scrollHeight - innerHeight;
  while (!isOver() || scrollY < bottom() - 2) {
    scrollBy(0, 240);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - before);
    before = now;
  }
  const height = bottom();
  for (let at = height * (1 - last); at < height; at += 60) {
    scrollTo(0, at);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    moves.push(now - before);
    before = now;
  }
  return { frames, moves: moves.slice(1) };
}"""


def run(rounds: int, roots: Mapping[str, Path], photos: int = PHOTOS) -> Report:
    """A row for each checkout: medians of its rounds."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        server = storage.serve(Path(folder), watched=())
        running.callback(server.close)
        settings = {f"{each.upper()}_BUCKET": each for each in _BUCKETS} | {
            "MODEL": "gemini-3.8-flash"
        }
        os.environ.update({"GOOGLE_CLOUD_PROJECT": "darkroom-bench"} | settings)
        os.environ["STORAGE_EMULATOR_HOST"] = server.url
        for bucket in _BUCKETS:
            server.store.create_bucket(bucket, {})
        progress(f"{photos:,} photos")
        _enter(server.store, photos)
        rows = [_row(where, root, rounds, photos) for where, root in roots.items()]
    return Report(f"The page among {photos:,} photos, median of {rounds} rounds", rows)


def _enter(store: Store, photos: int) -> None:
    stream = BytesIO()
    Image.effect_noise((400, 300), 60).convert("RGB").save(stream, "JPEG", quality=60)
    for number in range(photos):
        told = gallery.record(number)
        if number < _SHOWN:
            told = replace(told, artifacts=(Artifact("thumbnail.jpg", "image/jpeg", 1, ""),))
            name = told.folder + "thumbnail.jpg"
            gallery.put(store, Draft("results", name, {}), stream.getvalue())
        entry = {"entry": index._encoded(index._entry(told))}
        gallery.put(store, Draft("state", index._name(told), {"metadata": entry}), b"")
        gallery.put(store, Draft("results", told.folder + "result.json", {}), codec.encode(told))


def _row(where: str, root: Path, rounds: int, photos: int) -> Row:
    source = root / "functions/gallery/main.py"
    settings = {"PYTHONPATH": str(root.resolve()), "THREADS": "8"}
    with served("gallery", source, settings) as function, _browser() as browser:
        progress(where)
        taken = [_round(browser, function.url, photos) for _ in range(rounds)]
    return {"page": where, **{key: median(each[key] for each in taken) for key in taken[0]}}


@contextmanager
def _browser() -> Iterator[Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    playwright = import_module("playwright.sync_api")  # `make browser` installs it
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


def _round(browser: Any, url: str, photos: int) -> Mapping[str, float]:
    with closing(browser.new_context(viewport={"width": 1200, "height": 800})) as context:
        tab = context.new_page()
        tab.set_default_timeout(600_000)
        session = context.new_cdp_session(tab)
        session.send("Performance.enable")
        first = _seconds(lambda: (tab.goto(url), tab.wait_for_selector(".card img")))
        listed = time.perf_counter()
        frames = tab.evaluate(_SCROLLED, _LAST / photos)
        listed = time.perf_counter() - listed
        session.send("HeapProfiler.collectGarbage")
        metrics = {
            each["name"]: each["value"]
            for each in session.send("Performance.getMetrics")["metrics"]
        }
        tab.locator(".card a").last.click()
        tab.wait_for_selector("#panel .facts, #note:not([hidden])")
        back = _seconds(
            lambda: (tab.locator("#back").click(), tab.wait_for_selector(".card a:focus"))
        )
    return {
        "first_card_ms": round(1000 * first),
        "listed_s": round(listed, 1),
        "frame_p50_ms": round(median(frames["moves"]), 1),
        "frame_p95_ms": round(quantiles(frames["moves"], n=20)[-1], 1),
        "frame_max_ms": round(max(frames["moves"]), 1),
        "heap_mb": round(metrics["JSHeapUsedSize"] / 1e6, 1),
        "nodes": metrics["Nodes"],
        "back_ms": round(1000 * back),
    }


def _seconds(act: Any) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
