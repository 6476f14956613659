"""What the page may say of a record's findings, and who may."""

import json
from collections.abc import Iterator
from typing import Any

import flask
import pytest
import requests

from shared import settings
from shared.border.storage import RESULTS
from shared.corrections import store
from shared.jobs.record import Record
from shared.web.gallery import wire
from testbed.cloud import Servers
from tests.photos import jpeg
from tests.shared.exports.exporting import RING, done, put, seen
from tests.shared.web.gallery.requests import Page, quiet_page

IAP = "X-Goog-Authenticated-User-Email"


@pytest.fixture(scope="module")
def page(servers: Servers) -> Iterator[Page]:
    with quiet_page(servers) as started:
        yield started


def read(name: str = "cup.jpg", **told: Any) -> Record:
    return put(done(seen("cup"), seen("ring", RING), name=name, task="segment", **told))


def shown(page: Page, record: Record) -> dict[str, Any]:
    """The record as the page gets it."""
    answer = page.json("api/photo", name=record.photo.name)
    return next(each for each in answer["records"] if each["id"] == record.id)


def document(page: Page, record: Record, **changes: Any) -> dict[str, Any]:
    """What the page posts."""
    told = shown(page, record)
    correction = told["correction"]
    return {
        "name": record.photo.name,
        "generation": record.photo.generation,
        "id": record.id,
        "after": correction["number"] if correction else 0,
        "who": "anna",
        "findings": (correction or told)["findings"],
    } | changes


def post(page: Page, body: Any, **headers: str) -> requests.Response:
    return page.post("api/correct", body, **headers)


def test_findings_are_accepted_as_they_are(page: Page) -> None:
    record = read("accepted.jpg")

    first, again = (post(page, document(page, record)) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    (kept,) = store.every(record.folder)
    assert kept.findings.objects == record.findings.objects
    assert kept.changes.total == 0
    assert (kept.author.who, kept.author.tool, kept.author.signed_in) == ("anna", "page", False)


def test_what_is_changed_is_kept_and_shown(page: Page) -> None:
    record = read("changed.jpg")
    told = document(page, record)
    cup, ring = told["findings"]["objects"]
    cup["label"] = "mug"
    ring["shape"] = {"kind": "box", "left": 33, "top": 8, "right": 38, "bottom": 13}
    new = {**cup, "index": 2, "label": "dog", "mask": None}

    answer = post(page, {**told, "findings": {**told["findings"], "objects": [cup, ring, new]}})

    assert answer.status_code == 201
    correction = shown(page, record)["correction"]
    assert correction == answer.json()["correction"]
    assert correction["changes"] == {
        "kept": 0,
        "moved": 1,
        "relabelled": 1,
        "added": 1,
        "deleted": 0,
        "words": 0,
    }
    moved = correction["findings"]["objects"][1]
    assert moved["mask"]["area"] == 17
    assert moved["mask"]["rle"]  # it has no file
    assert correction["next_index"] == 3
    assert shown(page, record)["findings"]["objects"][0]["label"] == "cup"


def test_the_record_itself_never_changes(page: Page) -> None:
    record = read("same.jpg")
    told = document(page, record)
    told["findings"]["objects"] = []

    assert post(page, told).status_code == 201
    assert shown(page, record)["findings"]["objects"] != []


def test_who_comes_second_is_told(page: Page) -> None:
    record = read("twice.jpg")
    one, two = document(page, record), document(page, record, who="berta")
    one["findings"]["objects"] = one["findings"]["objects"][:1]
    two["findings"]["objects"] = []
    post(page, one)

    answer = post(page, two)

    assert (answer.status_code, answer.json()["code"]) == (409, "superseded")
    assert "anna corrected it meanwhile" in answer.json()["detail"]


def test_an_older_version_is_not_corrected(page: Page) -> None:
    ref = page.cloud.upload("old.jpg", jpeg())
    record = read("old.jpg", generation=ref.generation)
    told = document(page, record)
    page.cloud.upload("old.jpg", jpeg((1, 2, 3)))

    answer = post(page, told)

    assert answer.status_code == 409
    assert "was uploaded again since" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": ""}, "the label of object 1 must be"),
        ({"label": "a\nb"}, "the label of object 1 must be"),
        ({"label": "x" * 501}, "the label of object 1 must be"),
        ({"index": 1}, "two objects have the same index"),
        ({"index": -1}, "object 0 has an impossible index"),
        ({"shape": {"kind": "box", "left": 3, "top": 4, "right": 65, "bottom": 24}}, "64 x 40"),
        ({"shape": {"kind": "box", "left": 3, "top": 4, "right": 3, "bottom": 24}}, "64 x 40"),
        ({"shape": {"kind": "point", "x": 64, "y": 0}}, "object 1 is not a point inside"),
        ({"shape": {"kind": "polygon", "rings": [[[0, 0], [1, 1]]]}}, "is not an outline of 3"),
        ({"mask": {"file": "", "area": 1, "rle": None}}, "object 1 never had a mask"),
        (
            {"mask": {"file": "", "area": 1, "rle": {"size": [40, 64], "counts": "~"}}},
            "the mask of object 1 has no run lengths as COCO writes them",
        ),
        (
            {"mask": {"file": "", "area": 1, "rle": {"size": [40, 64], "counts": "PPPPPPP"}}},
            "the mask of object 1 has no run lengths as COCO writes them",
        ),
        (
            {"mask": {"file": "", "area": 1, "rle": {"size": [4, 6], "counts": "01"}}},
            "the mask of object 1 is not of the photo's size",
        ),
        (
            {"mask": {"file": "", "area": 1, "rle": {"size": [40, 64], "counts": "0PPPPn7"}}},
            "the mask of object 1 has run lengths that do not fit the photo",
        ),
    ],
    ids=str,
)
def test_findings_that_no_photo_can_have_are_refused(
    page: Page, change: dict[str, Any], said: str
) -> None:
    record = read("wrong.jpg")
    told = document(page, record)
    told["findings"]["objects"][0] |= change

    answer = post(page, told)

    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert store.newest(record.folder) is None


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"findings": {"objects": "none"}}, 400),
        ({"findings": {"objects": [{"index": 0}]}}, 400),
        ({"after": -1}, 400),
        ({"id": "f" * 64}, 404),
        ({"id": "f"}, 400),
        ({"name": "x" * 2_000}, 400),
        ({"generation": 2}, 404),
        ({"who": ""}, 400),
        ({"who": "x" * 300}, 422),
        ({"who": "\x07"}, 422),
    ],
    ids=str,
)
def test_a_document_that_is_none_is_refused(page: Page, change: dict, status: int) -> None:
    assert post(page, document(page, read("none.jpg"), **change)).status_code == status


def test_texts_and_classes_are_corrected_and_nothing_else_slips_in(page: Page) -> None:
    record = put(done(name="text.jpg", task="caption", text="A cat."))
    told = document(page, record)
    told["findings"] |= {
        "text": "A dog.",
        "answer": "42",
        "labels": [{"name": "x", "score": 1}],
        "moderation": {"verdict": "allow", "reason": None, "categories": []},
    }

    found = post(page, told).json()["correction"]["findings"]

    assert (found["text"], found["answer"], found["labels"]) == ("A dog.", None, [])
    assert "moderation" not in found


# -- who may --------------------------------------------------------------------------------------


def test_nobody_corrects_where_it_is_off(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    record = read("off.jpg")
    told = document(page, record)
    monkeypatch.setenv("CORRECTIONS", "off")

    answer = post(page, told, **{IAP: "accounts.google.com:anna@example.com"})

    assert (answer.status_code, answer.json()["code"]) == (403, "no_corrections")
    assert page.json("api/photo", name="off.jpg")["correcting"] == {"may": False, "who": None}
    assert store.newest(record.folder) is None


def test_it_is_off_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORRECTIONS", raising=False)

    assert settings.current().corrections == "off"


def test_behind_a_proxy_the_name_is_that_of_the_sign_in(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = read("iap.jpg")
    told = document(page, record, who="somebody else")
    monkeypatch.setenv("CORRECTIONS", "iap")

    without = post(page, told)
    answer = post(page, told, **{IAP: "accounts.google.com:anna@example.com"})

    assert without.status_code == 403
    author = answer.json()["correction"]["author"]
    assert author == {"who": "anna@example.com", "tool": "page", "signed_in": True}


def test_a_name_in_a_header_is_not_believed_without_the_proxy(page: Page) -> None:
    record = read("header.jpg")

    answer = post(page, document(page, record), **{IAP: "accounts.google.com:boss@example.com"})

    assert answer.json()["correction"]["author"] == {
        "who": "anna",
        "tool": "page",
        "signed_in": False,
    }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Darkroom": "page", "Sec-Fetch-Site": "cross-site"},
        {"X-Darkroom": "page", "Sec-Fetch-Site": "same-site"},
    ],
    ids=["form", "other", "neighbour"],
)
def test_other_sites_correct_nothing(page: Page, headers: dict[str, str]) -> None:
    record = read("csrf.jpg")
    asked = flask.Flask(__name__).test_request_context(
        "/api/correct", method="POST", json=document(page, record), headers=headers
    )

    answer = wire.answer(asked.request)

    assert (answer.status_code, json.loads(answer.data)["code"]) == (403, "forbidden")
    assert store.newest(record.folder) is None


# -- the event ------------------------------------------------------------------------------------


def test_a_correction_is_announced_before_it_is_said_to_be_saved(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = read("told.jpg")
    told = document(page, record)
    monkeypatch.setenv("TOPIC_PREFIX", "no-such-topic")
    failed = requests.post(
        page.url + "api/correct", json=told, headers={"X-Darkroom": "page"}, timeout=180
    )
    monkeypatch.undo()

    again = post(page, told)

    assert failed.status_code == 500
    assert again.status_code == 200
    assert len(store.every(record.folder)) == 1


def test_the_page_shows_the_export_with_corrections(page: Page) -> None:
    record = read("export.jpg")
    told = document(page, record)
    told["findings"]["objects"][0]["label"] = "giraffe"
    post(page, told)
    photos = [{"name": "export.jpg", "generation": record.photo.generation}]

    every = page.get("api/export", format="csv", prefix="export.jpg", prefer="corrections").text
    chosen = page.post(
        "api/export", {"format": "jsonl", "photos": photos, "prefer": "corrections"}
    ).text
    plain = page.get("api/export", format="csv", prefix="export.jpg").text

    assert "giraffe" in every
    assert "giraffe" in chosen
    assert "giraffe" not in plain
    assert page.refused("api/export", format="csv", prefer="people") == (400, "bad_parameters")


def test_an_unreadable_correction_hides_no_record(page: Page) -> None:
    record = read("broken.jpg")
    RESULTS.create(f"{record.folder}correction-0001.json", b"{")

    told = page.json("api/photo", name="broken.jpg")

    assert [each["correction"] for each in told["records"]] == [None]
