"""The page's answers: lists, photos, progress, files and uploads."""

import csv
import io
import json
import os
import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest
import requests

from bench.gallery import enter
from local.gemini import replies
from shared import naming
from shared.border import uploads
from shared.border.storage import COPIES, RESULTS, STATE
from shared.intake import dispatch, recipes
from shared.jobs import index, lease, records
from shared.model import Findings, Label, Problem, Result, Usage
from shared.web.gallery import assets, compression, export, ordering, wire
from shared.web.gallery.query import Query
from testbed.cloud import Cloud, Servers, until
from tests.photos import Scene, jpeg
from tests.shared.exports.exporting import done, drawn, put, rejected, seen
from tests.shared.web.gallery.requests import Page, quiet_page

EVIL = "<script>alert('label')</script>\u202e\"\n" + "x" * 5_000
OWN = {"X-Darkroom": "page"}
STATIC = Path(assets.__file__).with_name("static")


@pytest.fixture
def page(darkroom: Cloud) -> Page:
    return Page(darkroom)


@pytest.fixture(scope="module")
def quiet(servers: Servers) -> Iterator[Page]:
    """A page whose only records are those of the first few tests."""
    with quiet_page(servers) as started:
        put(done(seen("Red Shoe"), seen("bag"), name="shop/One.jpg"))
        put(done(seen("Straße"), name="shop/two.jpg", task="segment"))
        put(rejected("notes/three.txt"))
        put(done(name="four.jpg", labels=(Label("a red one", 0.5),), text="Words."))
        yield started


# -- lists --------------------------------------------------------------------------------------


def test_it_lists_what_became_of_each_upload(darkroom: Cloud, page: Page) -> None:
    darkroom.script(replies.boxes([{"box_2d": Scene().box_2d(), "label": "red thing"}]))
    record = darkroom.record(darkroom.upload("a b.jpg", Scene().stored()))
    darkroom.record(darkroom.upload("note.txt", b"just words"))

    listed = page.json("api/results")

    assert listed["next"] is None
    second, first = listed["entries"]
    assert (second["name"], second["status"], second["reason"]) == (
        *("note.txt", "rejected", "unsupported_type"),
    )
    assert first == {
        **{key: record[key] for key in ("id", "created", "task", "status", "reason", "folder")},
        **{key: record["images"][0][key] for key in ("bucket", "name", "generation")},
        "labels": ["red thing"],
        "objects": 1,
        "text": None,
        "overlay": True,
        "thumbnail": True,
        "cost_usd": record["usage"]["cost_usd"],
        "model": record["usage"]["model"],
        "calls": 1,
        "tier": "standard",
        "cannot": None,
        "problems": 0,
        "warnings": [],
        "doubt": 0,
        "width": record["images"][0]["width"],
        "height": record["images"][0]["height"],
        "rank": 2,
        "at": first["at"],
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["four.jpg", "notes/three.txt", "shop/two.jpg", "shop/One.jpg"]),
        ({"task": "segment"}, ["four.jpg", "shop/two.jpg", "shop/One.jpg"]),
        ({"status": "rejected"}, ["notes/three.txt"]),
        ({"label": "red"}, ["four.jpg", "shop/One.jpg"]),
        ({"label": "STRASSE"}, ["shop/two.jpg"]),
        ({"name": "one"}, ["shop/One.jpg"]),
        ({"name": "SHOP/", "label": "red"}, ["shop/One.jpg"]),
        ({"name": "shop", "status": "failed"}, []),
        ({"q": "red"}, ["four.jpg", "shop/One.jpg"]),
        ({"q": " RED  shop"}, ["shop/One.jpg"]),
        ({"q": "words."}, ["four.jpg"]),
        ({"q": "segment strasse"}, ["shop/two.jpg"]),
        ({"q": "red", "status": "rejected"}, []),
        ({"folder": "shop/"}, ["shop/two.jpg", "shop/One.jpg"]),
        ({"folder": "Shop/"}, []),
        ({"folder": "one"}, []),
        ({"doubt": "1"}, []),
    ],
    ids=str,
)
def test_a_list_may_be_of_some_only(quiet: Page, query: dict[str, str], names: list[str]) -> None:
    listed = quiet.json("api/results", **query)

    assert [entry["name"] for entry in listed["entries"]] == names
    assert listed["next"] is None


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["a.jpg", "B.jpg", "c.jpg", "d.jpg"]),
        ("cost", ["c.jpg", "d.jpg", "B.jpg", "a.jpg"]),
        ("doubt", ["d.jpg", "a.jpg", "c.jpg", "B.jpg"]),
    ],
)
def test_a_list_may_be_in_another_order(page: Page, sort: str, names: list[str]) -> None:
    """Where it makes no difference, the newest is first."""
    wrong = Problem("swapped_corners", "The corners were swapped.")
    for name, cost, problems in (
        ("a.jpg", None, 1),
        ("B.jpg", 0.0, 0),
        ("c.jpg", 0.5, 0),
        ("d.jpg", 0.1, 2),
    ):
        put(
            replace(
                done(name=name),
                usage=Usage("m", cost_usd=cost),
                findings=Findings(problems=(wrong,) * problems),
            )
        )

    first = page.json("api/results", sort=sort, limit=3)
    second = page.json("api/results", sort=sort, limit=3, after=first["next"])

    assert [each["name"] for each in first["entries"] + second["entries"]] == names
    assert (first["of"], first["whole"], first["next"], second["next"]) == (4, True, "3", None)
    doubtful = page.json("api/results", sort=sort, doubt=1)["entries"]
    assert {each["name"] for each in doubtful} == {"a.jpg", "d.jpg"}


def test_another_order_is_of_the_newest_ones_and_says_so(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "MOST", 3)
    monkeypatch.setattr(ordering, "_AT_ONCE", 2)
    for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg"):
        put(done(name=name))

    listed = page.json("api/results", sort="name")

    assert [each["name"] for each in listed["entries"]] == ["b.jpg", "c.jpg", "d.jpg"]
    assert (listed["of"], listed["whole"]) == (3, False)


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_a_list_ends_where_its_last_page_does(quiet: Page, limit: int) -> None:
    pages = [quiet.json("api/results", limit=limit)]
    while after := pages[-1]["next"]:
        pages.append(quiet.json("api/results", limit=limit, after=after))

    assert [len(each["entries"]) for each in pages] == {
        1: [1, 1, 1, 1],
        2: [2, 2],
        3: [3, 1],
        4: [4],
    }[limit]


def test_pages_lose_and_double_nothing_while_records_come(page: Page) -> None:
    for number in range(6):
        put(done(name=f"old {number}.jpg"))

    first = page.json("api/results", limit=2)
    put(done(name="new 1.jpg"))
    second = page.json("api/results", limit=2, after=first["next"])
    put(done(name="new 2.jpg"))
    third = page.json("api/results", limit=2, after=second["next"])

    listed = [entry["name"] for each in (first, second, third) for entry in each["entries"]]
    assert listed == [f"old {number}.jpg" for number in (5, 4, 3, 2, 1, 0)]
    assert third["next"] is None


@pytest.mark.slow
def test_a_rare_name_among_thousands_of_entries_is_found_in_one_answer(page: Page) -> None:
    enter(page.cloud.servers.storage.store, os.environ["STATE_BUCKET"], 2_001)

    found = page.json("api/results", name="002000")

    assert [entry["name"] for entry in found["entries"]] == ["shop/002000.jpg"]
    assert found["next"] is None


def test_updates_are_the_records_that_came_since(page: Page) -> None:
    put(done(name="known.jpg"))
    (known,) = page.json("api/news")["entries"]
    put(done(name="new.jpg"))
    long_ago = f"{int(known['at'][:14]) - 70_000:014}-{'0' * 16}"  # as if all were a minute old

    assert [entry["name"] for entry in page.json("api/news", before=known["at"])["entries"]] == [
        *("new.jpg", "known.jpg")
    ]
    assert page.json("api/news", before=long_ago) == {"entries": []}


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("api/results", {"limit": "201"}, "limit"),
        ("api/results", {"limit": "-1"}, "limit"),
        ("api/results", {"limit": "²"}, "limit"),
        ("api/results", {"after": "../jobs"}, "after"),
        ("api/results", {"after": "0"}, "after"),
        ("api/news", {"before": "98204594846957-d16c1458de0cfb49\n"}, "before"),
        ("api/photo", {}, "name"),
        ("api/photo", {"name": "a", "generation": "x"}, "generation"),
        ("api/progress", {"generation": "1"}, "name"),
        ("api/answer", {}, "id"),
        ("api/answer", {"id": "0" * 63}, "id"),
        ("api/answer", {"id": "../leases/a"}, "id"),
        ("api/answer", {"id": "0" * 64, "turn": "10"}, "turn"),
        ("api/export", {}, "format"),
        ("api/export", {"format": "exe"}, "format"),
        ("api/export", {"format": "csv", "since": "yesterday"}, "since"),
        ("api/export", {"format": "csv", "task": "detct"}, "task"),
        ("api/results", {"task": "detct"}, "task"),
        ("api/results", {"status": "finished"}, "status"),
        ("api/results", {"sort": "size"}, "sort"),
        ("api/results", {"sort": "name", "after": "98204594846957-d16c1458de0cfb49"}, "after"),
        ("api/results", {"doubt": "yes"}, "doubt"),
        ("picture", {"name": "a"}, "generation"),
        ("picture", {"name": "a", "generation": "1", "side": "3"}, "side"),
        ("thumbnail", {}, "folder"),
        ("file", {}, "name"),
    ],
    ids=str,
)
def test_a_query_that_makes_no_sense_is_refused_with_a_reason(
    quiet: Page, path: str, query: dict[str, str], field: str
) -> None:
    answer = quiet.get(path, **query)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_parameters")
    assert [wrong["field"] for wrong in answer.json()["errors"]] == [field]


# -- one photo ----------------------------------------------------------------------------------


def test_a_photo_has_all_its_records_and_no_run_lengths(page: Page) -> None:
    put(done(seen("a", drawn("##", "#.")), name="p.jpg", task="segment"))
    put(done(seen("b"), name="p.jpg"))
    put(done(seen("c"), name="p.jpg", generation=12))

    newest = page.json("api/photo", name="p.jpg")
    older = page.json("api/photo", name="p.jpg", generation=1)

    assert (newest["generation"], newest["generations"]) == (12, [12, 1])
    assert [record["task"] for record in newest["records"]] == ["segment"]
    assert (older["bucket"], older["name"]) == (os.environ["UPLOADS_BUCKET"], "p.jpg")
    (masked,) = older["records"][0]["findings"]["objects"]
    assert masked["mask"] == {"file": "mask-000.png", "area": 3, "rle": None}


def test_a_record_that_cannot_be_read_hides_no_other(page: Page) -> None:
    put(done(name="p.jpg"))
    RESULTS.create("p.jpg/1/caption-0123456789ab/result.json", b'{"schema": "of another version"}')
    RESULTS.create("p.jpg/2/caption-0123456789ab/result.json", b"{")

    told = page.json("api/photo", name="p.jpg", generation=1)

    assert told["generations"] == [2, 1]
    assert [record["task"] for record in told["records"]] == ["segment", "caption"]
    assert told["records"][1] == {
        "id": "0123456789ab",
        "unreadable": True,
        "folder": "p.jpg/1/caption-0123456789ab/",
        "task": "caption",
    }


def test_a_photo_is_not_taken_for_another_whose_name_begins_so(page: Page) -> None:
    names = ["a", "a/b", "a/1", "a/1/detect-0123456789ab", "é" * 450, "~" + "0" * 64]
    for name in names:
        put(done(name=name))
    digest = naming.roots("é" * 450)[1]
    put(done(name=digest, generation=5))

    for name in names:
        told = page.json("api/photo", name=name)
        assert told["generations"] == [1]
        assert [record["images"][0]["name"] for record in told["records"]] == [name]
    assert page.json("api/photo", name=digest)["generations"] == [5]


@pytest.mark.parametrize(
    "query",
    [
        {"name": "unknown.jpg"},
        {"name": "shop"},
        {"name": "shop/"},
        {"name": "shop/One.jpg", "generation": 2},
        {"name": "shop/One.jpg/1"},
        {"name": "."},
    ],
    ids=str,
)
def test_a_photo_without_records_is_not_there(quiet: Page, query: dict[str, str]) -> None:
    assert quiet.refused("api/photo", **query) == (404, "not_found")


def test_words_from_outside_stay_data(darkroom: Cloud, page: Page) -> None:
    darkroom.script(replies.boxes([{"box_2d": [0, 0, 500, 500], "label": EVIL}]))
    name = "<img src=x onerror=alert(1)>\u202e'\"&.jpg"
    ref = darkroom.upload(name, jpeg())
    (label,) = (thing["label"] for thing in darkroom.record(ref)["findings"]["objects"])

    listed = page.get("api/results")
    (record,) = page.json("api/photo", name=name)["records"]
    told = page.json("api/progress", name=name, generation=ref.generation)

    assert label.startswith("<script>alert('label')</script>")
    assert listed.headers["Content-Type"] == "application/json"
    assert listed.content.isascii()
    assert [entry["name"] for entry in listed.json()["entries"]] == [name]
    assert record["findings"]["objects"][0]["label"] == label
    assert told["upload"]["name"] == name


def test_progress_goes_through_its_states(quiet: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = quiet.cloud.upload("slow.jpg", jpeg())
    (job,) = dispatch.jobs(uploads.describe(ref))
    states, steps = [], []

    def look() -> dict[str, Any]:
        told = quiet.json("api/progress", name=ref.name, generation=ref.generation)
        (only,) = told["jobs"]
        states.append(only["state"])
        steps.append(only["step"])
        return told

    first = look()
    with lease.held(job):
        look()
        monkeypatch.setenv("LEASE_SECONDS", "0.1")  # the worker died
        time.sleep(0.2)
        look()
        STATE.keep(naming.state(job, "answer-0.json"), b'"words"')
        look()
    record = records.commit(Result(job, "done", usage=Usage("m"))).record
    last = look()

    assert states == ["waiting", "working", "waiting", "answered", "done"]
    assert steps == ["queued", "reading", "queued", "answered", "ended"]
    assert first["jobs"][0]["since"] == first["upload"]["created"]
    assert first["upload"] == {
        "name": "slow.jpg",
        "generation": ref.generation,
        "bytes": len(jpeg()),
        "declared_type": "image/jpeg",
        "created": first["upload"]["created"],
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["upload"]["created"])
    assert (first["jobs"][0]["folder"], first["jobs"][0]["reason"]) == (None, None)
    assert last["jobs"] == [
        {"task": "detect", "id": job.key, "state": "done", "folder": record.folder}
        | {"reason": None, "sentence": None, "rank": 2, "step": "ended", "since": record.created}
    ]
    assert quiet.get("api/answer", id=job.key).text == '"words"'


def test_progress_says_why_a_photo_was_not_taken(darkroom: Cloud, page: Page) -> None:
    ref = darkroom.upload("note.txt", b"just words")
    record = darkroom.record(ref)

    (job,) = page.json("api/progress", name=ref.name, generation=ref.generation)["jobs"]

    assert (job["state"], job["reason"]) == ("rejected", record["reason"])


def test_progress_of_a_name_is_that_of_its_newest_version(quiet: Page) -> None:
    quiet.cloud.upload("a.jpg", jpeg())
    newest = quiet.cloud.upload("a.jpg", jpeg((1, 2, 3)))

    told = quiet.json("api/progress", name="a.jpg")

    assert told["upload"]["generation"] == newest.generation


def test_there_is_no_progress_of_what_is_not_there(quiet: Page) -> None:
    refused = quiet.refused("api/progress", name="never.jpg", generation=1)

    assert refused == (404, "source_gone")


def test_an_answer_is_shown_word_for_word_as_text(darkroom: Cloud, page: Page) -> None:
    darkroom.script(replies.boxes([{"box_2d": [0, 0, 500, 500], "label": EVIL}]))
    record = darkroom.record(darkroom.upload("a.jpg", jpeg()))

    answer = page.get("api/answer", id=record["id"], turn=0)

    assert answer.content == darkroom.state(f"jobs/{record['id']}/answer-0.json")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert page.refused("api/answer", id=record["id"], turn=1) == (404, "not_found")


def test_a_days_sums_are_those_of_its_records(page: Page) -> None:
    put(done(name="a.jpg"))
    put(rejected("b.txt"))
    paid = done(name="c.jpg")
    put(Result(**{**_fields(paid), "usage": Usage("m", cost_usd=0.25, paid_calls=2)}))
    unknown = done(name="d.jpg")
    put(Result(**{**_fields(unknown), "usage": Usage("m", cost_usd=None, paid_calls=1)}))
    found = records.find(paid.job)
    index.add(replace(found, created="2020-01-01T00:00:00.000Z"))  # not of this day

    told = page.json("api/today")

    assert told == {
        "day": told["day"],
        "done": 3,
        "rejected": 1,
        "failed": 0,
        "cost_usd": 0.25,
        "calls": 3,
        "unpriced": 1,
        "complete": True,
        "budgets": [],
    }


def test_the_day_counts_photos_and_says_what_its_budget_has_left(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "2.5")
    put(done(name="a.jpg", task="segment"))
    put(done(name="a.jpg", task="detect"))

    told = page.json("api/today")

    assert told["done"] == 1
    ((limit, spent),) = ((each["limit_usd"], each["spent_usd"]) for each in told["budgets"])
    assert (limit, spent) == (2.5, 0)


def test_a_waiting_job_is_listed_with_its_cause_until_it_ends(page: Page) -> None:
    page.cloud.trigger.close()
    page.cloud.script(replies.overloaded())
    ref = page.cloud.upload("a.jpg", jpeg())
    (job,) = recipes.jobs(ref)
    page.cloud.deliver(job)
    sentence = "Gemini is down or overloaded (503): The model is overloaded. Please try again later"

    waits = page.json("api/waiting")
    progress = page.json("api/progress", name="a.jpg", generation=ref.generation)
    page.cloud.script(replies.boxes([]))
    page.cloud.deliver(job)
    after = until(lambda: not (told := page.json("api/waiting"))["jobs"] and told)

    assert waits["causes"] == [
        {"kind": "overloaded", "photos": 1, "sentence": sentence, "until": None}
    ]
    (told,) = waits["jobs"]
    assert told == {
        "id": job.key,
        "bucket": ref.bucket,
        "name": "a.jpg",
        "generation": ref.generation,
        "task": "detect",
        "rank": 2,
        "state": "waiting",
        "sentence": sentence,
        "until": None,
    }
    assert waits["complete"]
    assert progress["jobs"][0]["sentence"] == sentence
    assert after == {"brakes": [], "causes": [], "jobs": [], "complete": True}


def _fields(ended: Result) -> dict[str, Any]:
    return {name: getattr(ended, name) for name in Result.__slots__}


# -- files --------------------------------------------------------------------------------------


def test_it_serves_results_and_nothing_else(quiet: Page) -> None:
    folder = naming.folder(done(name="shop/One.jpg").job)
    for name in ("overlay.jpg", "mask-000.png", "notes.html", "mask-000.png.html"):
        RESULTS.create(folder + name, b"bytes of it", "text/html")
    RESULTS.create("overlay.jpg", b"of nobody", "image/jpeg")
    uploaded = quiet.cloud.upload("x/1/detect-0123456789ab/overlay.jpg", jpeg())

    overlay = quiet.get("file", name=folder + "overlay.jpg")
    record = quiet.get("file", name=folder + "result.json")
    others = [
        folder + "notes.html",
        folder + "mask-000.png.html",
        folder + "mask-001.png",
        folder,
        folder + "../overlay.jpg",
        folder + "overlay.jpg\n",
        "../" + folder + "overlay.jpg",
        "overlay.jpg",
        uploaded.name,
        f"gs://{uploaded.bucket}/{uploaded.name}",
        f"{uploaded.bucket}/{uploaded.name}",
        f"../{uploaded.bucket}/o/{uploaded.name}",
        "jobs/" + "0" * 64 + "/answer-0.json",
    ]

    assert (overlay.content, overlay.headers["Content-Type"]) == (b"bytes of it", "image/jpeg")
    assert overlay.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Content-Disposition" not in overlay.headers
    assert record.headers["Content-Type"] == "application/json"
    assert quiet.get("file", name=folder + "mask-000.png").headers["Content-Type"] == "image/png"
    assert {quiet.refused("file", name=name) for name in others} == {(404, "not_found")}


def test_a_thumbnail_is_found_by_its_folder(darkroom: Cloud, page: Page) -> None:
    darkroom.script(replies.boxes([]))
    record = darkroom.record(darkroom.upload("a.jpg", jpeg()))
    refused = darkroom.record(darkroom.upload("b.jpg", b"words"))

    small = page.get("thumbnail", folder=record["folder"])

    assert small.headers["Content-Type"] == "image/jpeg"
    assert small.content == darkroom.result(record["folder"] + "thumbnail.jpg")
    assert page.refused("thumbnail", folder=refused["folder"]) == (404, "not_found")
    assert page.refused("thumbnail", folder="") == (400, "bad_parameters")


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("shop/shoe.jpg", "shoe.jpg", "shoe.jpg"),
        ('x/a"b\\c%22.jpg', "a_b_c_22.jpg", "a_b_c_22.jpg"),
        ("größe 鞋.jpg", "gr__e _.jpg", "gr%C3%B6%C3%9Fe%20%E9%9E%8B.jpg"),
        ("a\u202egpj.exe", "a_gpj.exe", "a_gpj.exe"),
        ("folder/", "folder", "folder"),
        ("n" * 300 + ".jpg", "n" * 76 + ".jpg", "n" * 76 + ".jpg"),
    ],
    ids=["plain", "quotes", "scripts", "turned", "slash", "long"],
)
def test_a_file_is_saved_under_a_name_that_says_what_it_is(
    quiet: Page, name: str, plain: str, full: str
) -> None:
    folder = naming.folder(done(name=name).job)
    RESULTS.create(folder + "overlay.jpg", b"x", "image/jpeg")

    answer = quiet.get("file", name=folder + "overlay.jpg", download=1)

    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="{plain}-segment-overlay.jpg"; '
        f"filename*=UTF-8''{full}-segment-overlay.jpg"
    )


def test_a_copy_is_shown_and_saved_by_its_name(quiet: Page) -> None:
    name = "a/stréet.jpg/17/redacted.jpg"
    COPIES.create(name, b"copy", "image/jpeg")

    answer = quiet.get("copy", name=name)
    saved = quiet.get("copy", name=name, download=1)

    assert (answer.content, answer.headers["Content-Type"]) == (b"copy", "image/jpeg")
    assert "str%C3%A9et.jpg-redacted.jpg" in saved.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "name",
    [
        *("a.jpg/17/crop-000.jpg", "a.jpg/17/other.jpg", "a.jpg/0/redacted.jpg", "redacted.jpg"),
        *("a.jpg/17/redacted.jpg/", "a.jpg/17/crop-0.jpg", "../17/redacted.jpg", "x"),
    ],
)
def test_no_other_file_is_a_copy(quiet: Page, name: str) -> None:
    for each in ("a.jpg/17/other.jpg", "redacted.jpg", "a.jpg/17/crop-0.jpg"):
        COPIES.create(each, b"secret", "image/jpeg")

    assert quiet.refused("copy", name=name) == (404, "not_found")


def test_a_file_above_cloud_runs_limit_comes_as_a_stream(quiet: Page) -> None:
    name = naming.folder(done(name="large.jpg").job) + "overlay.jpg"
    RESULTS.create(name, bytes(33 * 2**20), "image/jpeg")

    answer = quiet.get("file", name=name)

    assert len(answer.content) == 33 * 2**20
    assert "Content-Length" not in answer.headers


def test_the_page_is_a_file_and_asked_for_again_by_its_tag(quiet: Page) -> None:
    shown = quiet.get("")
    again = quiet.ask("GET", "", headers={"If-None-Match": shown.headers["ETag"]})

    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert shown.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_links_to_files_that_a_browser_keeps_for_good(quiet: Page) -> None:
    shown = quiet.get("").text
    (digest,) = {*re.findall(r'"assets/([^/"]+)/', shown)}
    modules = re.findall(r'<link rel="modulepreload" href="(.+?)">\n', shown.split("</head>")[0])

    current = quiet.get(f"assets/{digest}/app.js")
    other = quiet.get("assets/0123456789ab/app.js")
    plain = quiet.get("assets/app.js")

    assert '"assets/app.js"' not in shown
    assert modules == sorted(f"assets/{digest}/{each.name}" for each in STATIC.glob("*.js"))
    assert current.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert {each.headers["Cache-Control"] for each in (other, plain)} == {"private, no-cache"}
    assert current.content == other.content == plain.content == (STATIC / "app.js").read_bytes()
    assert quiet.refused(f"assets/{digest}/none.js") == (404, "not_found")


def test_search_engines_are_told_to_stay_away(quiet: Page) -> None:
    assert quiet.get("robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert quiet.get("").headers["X-Robots-Tag"] == "noindex"
    assert quiet.refused("favicon.ico") == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "accepted", "packed"),
    [
        ("", "gzip", True),
        ("assets/app.css", "br, gzip;q=0.5", True),
        ("assets/app.js", "*", True),
        ("api/results", "gzip", True),
        ("api/export?format=jsonl", "gzip", True),
        ("api/export?format=csv&since=2999-01-01", "gzip", True),
        ("assets/app.css", "gzip;q=0, *", False),
        ("assets/app.css", "br", False),
        ("assets/app.css", "", False),
        ("robots.txt", "gzip", False),  # it is small
        ("api/export?format=coco", "gzip", False),  # a ZIP archive
    ],
)
def test_texts_are_compressed_for_those_who_take_it(
    quiet: Page, path: str, accepted: str, *, packed: bool
) -> None:
    """HEAD says what GET says, and the content is the same."""

    def asked(method: str, encoding: str) -> requests.Response:
        """Once the export before has ended."""
        headers = {"Accept-Encoding": encoding}
        return until(lambda: (told := quiet.ask(method, path, headers=headers)).ok and told)

    head, answer = asked("HEAD", accepted), asked("GET", accepted)
    plain = asked("GET", "identity")

    encoding = "gzip" if packed else None
    assert [each.headers.get("Content-Encoding") for each in (head, answer)] == [encoding] * 2
    assert head.headers.get("Content-Length") == answer.headers.get("Content-Length")
    assert head.headers.get("ETag") == plain.headers.get("ETag")
    if "coco" not in path:
        assert {each.headers["Vary"] for each in (answer, plain)} == {"Accept-Encoding"}
        assert answer.content == plain.content


def test_the_first_piece_of_a_compressed_stream_is_sent_at_once() -> None:
    stream = compression.pieces(iter([b"first, ", b"second"]))

    assert zlib.decompressobj(wbits=31).decompress(next(stream)) == b"first, "


def test_a_compressed_stream_shows_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_WAIT", 0.0)
    reader = zlib.decompressobj(wbits=31)

    seen = [reader.decompress(each) for each in compression.pieces([b"first, ", b"second"])]

    assert [each for each in seen if each] == [b"first, ", b"second"]


@pytest.mark.parametrize("path", ["api/news", "api/waiting"])
def test_news_that_are_none_have_no_body(page: Page, path: str) -> None:
    put(done(name="a.jpg"))
    first = page.get(path)

    again = page.ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    put(done(name="b.jpg"))
    later = page.ask("GET", "api/news", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (later.status_code, len(later.json()["entries"])) == (200, 2)


def test_every_file_of_the_page_is_served_as_what_it_is(quiet: Page) -> None:
    names = [file.name for file in STATIC.iterdir()]

    types = {quiet.get(f"assets/{name}").headers["Content-Type"] for name in names}

    assert "index.html" in names
    assert types <= {
        *("text/html; charset=utf-8", "text/css; charset=utf-8"),
        *("text/javascript; charset=utf-8", "image/svg+xml", "image/png"),
    }


@pytest.mark.parametrize(
    "target",
    [
        "assets/",
        "assets/../main.py",
        "assets/../wire.py",
        "assets/%2e%2e/wire.py",
        "assets/..%2fwire.py",
        "assets/..%5cwire.py",
        "assets/%252e%252e/wire.py",
        "assets/index.html%00.css",
        "assets//etc/passwd",
        "assets/.css",
        "../wire.py",
        "main.py",
        "api/",
        "api",
        "api/results/",
        "API/results",
        "result.json",
    ],
)
def test_there_is_nothing_behind_other_paths(quiet: Page, target: str) -> None:
    assert quiet.status_of(target) == 404


# -- uploads ------------------------------------------------------------------------------------


def test_the_page_uploads_as_submit_does(darkroom: Cloud, page: Page) -> None:
    darkroom.script(otherwise=lambda _: replies.boxes([]))

    answer = page.ask("POST", "api/upload?name=new/a.jpg", data=jpeg(), headers=OWN)

    assert answer.status_code == 202
    told = answer.json()
    assert (told["upload"]["name"], len(told["results"])) == ("new/a.jpg", 1)
    place = {"name": "new/a.jpg", "generation": told["upload"]["generation"]}
    until(lambda: page.json("api/progress", **place)["jobs"][0]["state"] == "done")
    (entry,) = until(lambda: page.json("api/news")["entries"])
    assert entry["id"] == told["results"][0]["id"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Darkroom": "other"},
        {**OWN, "Sec-Fetch-Site": "cross-site"},
        {**OWN, "Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_other_sites_upload_nothing(quiet: Page, headers: dict[str, str]) -> None:
    """By itself, as it is deployed: on this machine the doors refuse some of these before."""
    asked = flask.Flask(__name__).test_request_context(
        "/api/upload?name=forged.jpg", method="POST", data=jpeg(), headers=headers
    )

    answer = wire.answer(asked.request)

    assert (answer.status_code, json.loads(answer.data)["code"]) == (403, "forbidden")
    assert uploads.find(os.environ["UPLOADS_BUCKET"], "forged.jpg") is None


def test_no_other_site_is_told_that_it_may_upload(quiet: Page) -> None:
    asking = {"Origin": quiet.cloud.functions.url, "Access-Control-Request-Headers": "x-darkroom"}

    answer = quiet.ask("OPTIONS", "api/upload", headers=asking)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_a_refused_upload_is_reported_as_submit_reports_it(quiet: Page) -> None:
    own = {**OWN, "Sec-Fetch-Site": "same-origin"}

    words = quiet.ask("POST", "api/upload", data=b"words", headers=own)
    blocked = quiet.ask("POST", "api/upload", json={"url": "http://metadata/"}, headers=own)

    assert (words.status_code, words.json()["code"]) == (415, "unsupported_type")
    assert blocked.status_code in {422, 502}


@pytest.mark.parametrize("path", ["", "api/results", "picture", "file", "assets/app.css"])
def test_nothing_else_is_changed_from_outside(quiet: Page, path: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = quiet.ask(method, path, headers=OWN)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert quiet.ask("HEAD", "api/results").content == b""


# -- exports ------------------------------------------------------------------------------------


def test_a_table_is_streamed_with_every_record(quiet: Page) -> None:
    answer = quiet.get("api/export", format="csv", prefix="shop/")
    lines = quiet.get("api/export", format="jsonl", task="segment").text.splitlines()

    rows = [*csv.DictReader(io.StringIO(answer.text, newline=""))]
    assert [(row["name"], row["label"]) for row in rows] == [
        *(("shop/two.jpg", "Straße"), ("shop/One.jpg", "Red Shoe"), ("shop/One.jpg", "bag"))
    ]
    assert "Content-Length" not in answer.headers
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="darkroom.csv"')
    assert {json.loads(line)["task"] for line in lines} == {"segment"}


def test_a_folder_is_streamed_as_an_archive(quiet: Page) -> None:
    coco = quiet.get("api/export", format="coco", prefix="shop/")
    yolo = quiet.get("api/export", format="yolo-detect", prefix="shop/")

    with zipfile.ZipFile(io.BytesIO(coco.content)) as archive:
        assert archive.testzip() is None
        told = json.loads(archive.read("annotations.json"))
    assert coco.headers["Content-Type"] == "application/zip"
    assert sorted(each["name"] for each in told["categories"]) == ["Red Shoe", "Straße", "bag"]
    assert len(told["images"]) == 2
    assert len(told["annotations"]) == 3
    with zipfile.ZipFile(io.BytesIO(yolo.content)) as archive:
        assert archive.testzip() is None
        labels = [each for each in archive.namelist() if each.startswith("labels/")]
        assert sorted(len(archive.read(name).splitlines()) for name in labels) == [1, 2]


def test_nothing_is_exported_from_a_time_to_come(quiet: Page) -> None:
    answer = quiet.get("api/export", format="jsonl", since="2999-01-01")

    assert (answer.status_code, answer.content) == (200, b"")


def test_exports_take_turns(quiet: Page) -> None:
    running = export.answer(Query({"format": "jsonl"}))
    next(running.body)

    busy = quiet.get("api/export", format="csv")
    running.body.close()
    after = [quiet.get("api/export", format="csv").status_code for _ in range(5)]
    assert quiet.ask("HEAD", "api/export?format=csv").status_code == 200
    until(lambda: quiet.get("api/export", format="csv").status_code == 200)

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "30")
    assert after == [200] * 5


def test_an_export_that_nobody_reads_gives_way_to_the_next(
    quiet: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    stalled = export.answer(Query({"format": "csv"})).body
    assert next(iter(stalled))
    assert quiet.get("api/export", format="csv").status_code == 503

    monkeypatch.setattr(export, "_PATIENCE", 0.0)
    until(lambda: quiet.get("api/export", format="csv").status_code == 200)

    with pytest.raises(ConnectionResetError):  # an end would look like a whole file
        next(iter(stalled))


def test_an_export_that_takes_for_ever_gives_way_too(
    quiet: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_LONGEST", 0.0)
    slow = export.answer(Query({"format": "jsonl"})).body
    assert next(iter(slow))

    assert quiet.get("api/export", format="csv").status_code == 200
    with pytest.raises(ConnectionResetError):
        next(iter(slow))
