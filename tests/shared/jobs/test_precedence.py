"""Which of a photo's records stands for it, in whatever order they ended."""

import io
import json
import zipfile
from dataclasses import asdict, replace
from itertools import permutations
from pathlib import Path

import pytest

from shared import tasks
from shared.exports import passes
from shared.exports.passes import Place
from shared.jobs import index, precedence
from testbed.cloud import Cloud
from tests.shared.exports.exporting import RING, command, document, done, put, rejected, seen
from tests.shared.web.gallery.requests import Page

TASKS = ("segment", "detect", "caption", "read_text")
ORDERS = [*permutations(TASKS)]
FOUND = {
    "segment": (seen("masked", RING),),
    "detect": (seen("boxed"),),
    "read_text": (seen("read"),),
    "caption": (),
}


def ended(name: str, name_of_task: str):
    """What a task found in a photo."""
    return done(*FOUND[name_of_task], name=name, task=name_of_task)


@pytest.fixture
def page(darkroom: Cloud) -> Page:
    """The page of a cloud with a photo for every order in which four tasks can end."""
    darkroom.trigger.close()
    for number, order in enumerate(ORDERS):
        for each in order:
            put(ended(f"{number}.jpg", each))
    return Page(darkroom)


def test_masks_come_before_boxes_and_boxes_before_words() -> None:
    assert precedence.in_order()[:3] == ("segment", "redact", "detect")
    assert sorted(precedence.in_order()) == [*tasks.names()]
    assert precedence.rank("a task that was taken away") == len(tasks.names())


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_the_order_of_a_photos_records_is_the_same_whoever_ended_first(order) -> None:
    records = [
        replace(document(ended("a.jpg", each)), created=f"2026-11-0{day}T00:00:00.000Z")
        for day, each in enumerate(order, 1)
    ]

    told = [record.task for record in precedence.ordered(records)]

    assert told == ["segment", "detect", "caption", "read_text"]


def test_of_one_task_the_newest_record_comes_first() -> None:
    days = ["2026-11-02", "2026-11-03", "2026-11-01"]
    records = [replace(document(ended("a.jpg", "detect")), created=day) for day in days]

    assert [each.created for each in precedence.ordered(records)] == sorted(days, reverse=True)


@pytest.mark.slow
def test_exports_and_the_page_take_the_same_record_whoever_ended_first(
    page: Page, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert command("--format", "coco", "--out", out).exit_code == 0
    exported = json.loads((out / "annotations.json").read_text())
    with zipfile.ZipFile(io.BytesIO(page.get("api/export", format="coco").content)) as archive:
        downloaded = json.loads(archive.read("annotations.json"))
    photos = [page.json("api/photo", name=f"{each}.jpg") for each in range(len(ORDERS))]
    listed = page.json("api/results", limit=200)["entries"]

    first = {photo["records"][0]["id"] for photo in photos}
    assert downloaded == exported
    assert {each["name"] for each in exported["categories"]} == {"masked"}
    assert {each["record"] for each in exported["images"]} == first
    assert {tuple(record["task"] for record in photo["records"]) for photo in photos} == {
        ("segment", "detect", "caption", "read_text")
    }
    assert {entry["id"] for entry in listed if entry["rank"] == 0} == first


def test_a_photo_without_masks_is_exported_with_its_boxes(darkroom: Cloud, tmp_path: Path) -> None:
    darkroom.trigger.close()
    put(ended("a.jpg", "detect"))
    put(ended("a.jpg", "read_text"))
    put(rejected("b.jpg"))

    command("--format", "coco", "--out", tmp_path / "out")

    told = json.loads((tmp_path / "out/annotations.json").read_text())
    assert [each["name"] for each in told["categories"]] == ["boxed"]


@pytest.mark.slow
def test_an_export_goes_on_behind_any_record_and_leaves_out_what_ended_meanwhile(
    page: Page,
) -> None:
    start = passes.start()
    newest = index.newest
    whole = [*passes.entries(newest, start)]
    put(ended("later.jpg", "segment"))
    put(ended("later.jpg", "detect"))

    for done_with in range(0, len(whole), 7):
        place = Place(**json.loads(json.dumps(asdict(start.behind(whole[done_with])))))
        assert [*passes.entries(newest, place)] == whole[done_with + 1 :]
    assert len(whole) == len(ORDERS) * len(TASKS)
    assert [*passes.entries(newest, start)] == whole
