"""A user's function that writes what comes out of Darkroom back into the uploads, in a loop."""

import io
import itertools
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shared.intake import recipes
from shared.model import ImageRef
from shared.spending import brakes
from shared.spending.brakes import Brake
from testbed.cloud import Cloud
from tests.photos import jpeg

_PATIENCE = 120.0  # seconds
RECIPES = """
[[recipe]]
name  = "loops"
match = "loop/**"
tasks = ["detect"]

[[recipe]]
name  = "rest"
match = "**"
tasks = ["detect"]
"""

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Recursion:
    """How the next upload is named, and what it holds."""

    name: Callable[[str, int], str]  # of the one before, and its number
    data: Callable[[Cloud, Event, int], bytes]

    def turn(self, cloud: Cloud, number: "itertools.count[int]") -> int:
        """Upload once for each event that came since; returns how many."""
        events = [
            each["data"] for each in cloud.announced() if each["data"].get("status") == "done"
        ]
        for event in events:
            n = next(number)
            cloud.upload(self.name(event["images"][0]["name"], n), self.data(cloud, event, n))
        return len(events)


def new_bytes(_: Cloud, __: Event, number: int) -> bytes:
    return photo(number)


def same_bytes(_: Cloud, __: Event, ___: int) -> bytes:
    return photo(0)


def our_overlay(cloud: Cloud, event: Event, _: int) -> bytes:
    return cloud.result(f"{event['folder']}overlay.jpg")


def our_overlay_again(cloud: Cloud, event: Event, number: int) -> bytes:
    """Opened, made smaller, and saved by Pillow."""
    drawn = Image.open(io.BytesIO(our_overlay(cloud, event, number)))
    drawn.thumbnail((40, 40))
    buffer = io.BytesIO()
    drawn.save(buffer, "JPEG", quality=60 + number % 30)
    return buffer.getvalue()


def photo(number: int) -> bytes:
    """A photo; no two have the same bytes."""
    return jpeg() + f"number {number}".encode()


def suffix(name: str, _: int) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}-out.{ending}"


def moment(name: str, _: int) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}_{time.time_ns()}.{ending}"


def below(name: str, _: int) -> str:
    folder, _, last = name.rpartition("/")
    return f"{folder}/out/{last}"


def same(name: str, _: int) -> str:
    return name


def unrelated(name: str, _: int) -> str:
    return f"{name.partition('/')[0]}/{uuid.uuid4().hex}.jpg"


LOOPS = {
    "new names, new bytes": (Recursion(suffix, new_bytes), "names made of that of a photo"),
    "names with a time, new bytes": (Recursion(moment, new_bytes), "names made of that of a photo"),
    "a folder deeper, new bytes": (Recursion(below, new_bytes), "names made of that of a photo"),
    "the same name, new bytes": (Recursion(same, new_bytes), "replaced one of the same name"),
    "the same name and bytes": (Recursion(same, same_bytes), "replaced one of the same name"),
    "unrelated names, same bytes": (Recursion(unrelated, same_bytes), "had the same bytes"),
    "our overlay, unrelated names": (Recursion(unrelated, our_overlay), "that Darkroom itself"),
    "our overlay, changed": (Recursion(unrelated, our_overlay_again), "that Darkroom itself"),
}


def first(cloud: Cloud, name: str = "loop/x.jpg") -> ImageRef:
    return cloud.upload(name, photo(-1))


def replayed(cloud: Cloud, loop: Recursion, most: int = 60) -> tuple[Brake, ...]:
    """Run the loop until a brake is pulled, or until it went round so often."""
    number, began, turns = itertools.count(1), time.monotonic(), 0
    while turns < most and time.monotonic() < began + _PATIENCE:
        turns += loop.turn(cloud, number)
        if held := brakes.in_force():
            return held
        time.sleep(0.02)
    return ()


def use_recipes(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Recipes that tell a loop from the rest."""
    file = place / "recipes.toml"
    file.write_text(RECIPES)
    monkeypatch.setattr(recipes, "FILE", file)
    monkeypatch.setattr(recipes, "_recipes", lambda: recipes.parse(RECIPES))
