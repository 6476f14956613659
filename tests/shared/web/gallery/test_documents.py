"""What the page posts as JSON: names to check, questions, prices, and chosen photos to export."""

import csv
import io
import json
import os
import socket
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import flask
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gemini import replies
from shared.border import uploads
from shared.model import ImageRef
from shared.web.gallery import wire
from shared.web.gallery.document import Document
from shared.web.problem import Problem
from shared.web.submission import wire as submission
from testbed.cloud import Cloud, Servers, until
from tests.photos import jpeg
from tests.shared.exports.exporting import done, put, rejected, seen
from tests.shared.web.gallery.requests import Page, quiet_page

PATHS = ("api/ask", "api/check", "api/correct", "api/export", "api/price")
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def page(darkroom: Cloud) -> Page:
    return Page(darkroom)


@pytest.fixture(scope="module")
def quiet(servers: Servers) -> Iterator[Page]:
    with quiet_page(servers) as started:
        yield started


def named(*refs: ImageRef) -> list[dict[str, Any]]:
    return [{"name": ref.name, "generation": ref.generation} for ref in refs]


# -- who may post, and what -----------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers", [{}, {"X-Darkroom": "page", "Sec-Fetch-Site": "cross-site"}], ids=["form", "other"]
)
def test_other_sites_post_nothing(quiet: Page, path: str, headers: dict[str, str]) -> None:
    """By itself, as it is deployed: on this machine the doors refuse some of these before."""
    asked = flask.Flask(__name__).test_request_context(
        f"/{path}", method="POST", json={}, headers=headers
    )

    answer = wire.answer(asked.request)

    assert (answer.status_code, json.loads(answer.data)["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"a": NaN}', 400),
        (b'{"a": "\\ud800"}', 400),
        (b"[" * 50_000, 400),
        (b" " * (2**20 + 1), 413),
        (b"{}", 400),
    ],
    ids=["nothing", "cut", "list", "no number", "half a character", "deep", "large", "empty"],
)
def test_a_body_that_is_no_such_document_is_refused(
    quiet: Page, path: str, body: bytes, status: int
) -> None:
    answer = quiet.ask("POST", path, data=body, headers={"X-Darkroom": "page"})

    assert answer.status_code == status
    assert answer.json()["code"] in {"bad_json", "bad_parameters", "too_large"}


def test_a_silent_client_does_not_hold_a_thread(
    quiet: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "_SILENCE", 0.2)
    place = urlsplit(quiet.url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as silent:
        head = f"POST {place.path}api/check HTTP/1.1\r\nHost: {place.netloc}\r\n"
        silent.sendall(f"{head}X-Darkroom: page\r\nContent-Length: 9\r\n\r\n{{".encode())

        answer = silent.recv(20)

    assert answer.split()[1] == b"400"


@pytest.mark.parametrize("path", PATHS)
def test_paths_say_which_methods_they_take(quiet: Page, path: str) -> None:
    answer = quiet.ask("PUT", path)

    allowed = "GET, HEAD, POST" if path == "api/export" else "POST"
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["photos", "files", "task", "key"]), JSON),
    st.sampled_from(["text", "number", "object", "each"]),
)
def test_a_document_is_read_or_refused_by_its_member(members: dict[str, Any], kind: str) -> None:
    document = Document.read(json.dumps(members).encode())
    arguments = (9, lambda one: one.text("name")) if kind == "each" else ()

    with suppress(Problem):
        read = getattr(document, kind)("photos", *arguments)
        assert kind == "each" or read == members.get("photos", {})


@pytest.mark.parametrize(
    ("photos", "field"),
    [
        ([], "photos"),
        ("a.jpg", "photos"),
        (["a.jpg"], "photos[0]"),
        ([{"name": "a.jpg", "generation": 1}, {"name": "", "generation": 1}], "photos[1].name"),
        ([{"name": "ü" * 600, "generation": 1}], "photos[0].name"),
        ([{"name": "a.jpg", "generation": 0}], "photos[0].generation"),
        ([{"name": "a.jpg", "generation": "1"}], "photos[0].generation"),
        ([{"name": "a.jpg", "generation": True}], "photos[0].generation"),
        ([{"name": "a.jpg", "generation": 2**63}], "photos[0].generation"),
        ([{"name": "a.jpg", "generation": 1}] * 201, "photos"),
    ],
)
def test_what_is_wrong_with_photos_is_said_by_its_place(
    quiet: Page, photos: Any, field: str
) -> None:
    answer = quiet.post("api/price", {"photos": photos, "task": "caption"})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_parameters")
    assert [wrong["field"] for wrong in answer.json()["errors"]] == [field]


# -- names ----------------------------------------------------------------------------------------


def test_names_are_checked_before_files_are_sent(quiet: Page) -> None:
    ref = quiet.cloud.upload("there.jpg", jpeg())
    there = uploads.describe(ref)
    known = {"name": "there.jpg", "bytes": there.bytes, "crc32c": there.crc32c}

    answer = quiet.post(
        "api/check",
        {
            "files": [
                known,
                {**known, "bytes": there.bytes + 1},
                {**known, "crc32c": "AAAAAA=="},
                {**known, "crc32c": None},
                {**known, "name": "free.jpg"},
                {**known, "name": "a.job.json"},
                {**known, "name": ""},
            ]
        },
    )

    told = answer.json()["files"]
    assert [each["state"] for each in told] == [
        *("same", "taken", "taken", "taken", "free", "refused", "refused")
    ]
    assert [each["generation"] for each in told] == [ref.generation] * 4 + [None] * 3
    assert told[5]["sentence"] == ("The name ends in .job.json, which is for job files.")


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ({"bytes": 1}, "files[0].name"),
        ({"name": "a", "bytes": -1}, "files[0].bytes"),
        ({"name": "a", "bytes": 1, "crc32c": "x"}, "files[0].crc32c"),
    ],
    ids=str,
)
def test_a_file_that_makes_no_sense_is_refused(
    quiet: Page, file: dict[str, Any], field: str
) -> None:
    answer = quiet.post("api/check", {"files": [file]})

    assert [wrong["field"] for wrong in answer.json()["errors"]] == [field]


# -- questions ------------------------------------------------------------------------------------


def test_the_same_question_asked_again_is_really_asked(darkroom: Cloud, page: Page) -> None:
    """And a request that is repeated asks nothing more."""
    darkroom.script(otherwise=lambda _: replies.says('{"answer": "Two."}'))
    photo = darkroom.upload("notes.txt.jpg", jpeg())
    darkroom.record(photo)
    question = {"photos": named(photo), "task": "answer", "settings": {"question": "How many?"}}
    before = len(darkroom.model.questions)

    keys = [str(uuid.uuid4()) for _ in range(2)]
    answers = [page.post("api/ask", {**question, "key": key}) for key in (keys[0], *keys)]

    assert [each.status_code for each in answers] == [202] * 3
    first, repeated, second = (each.json()["asked"] for each in answers)
    assert first == repeated
    assert [each["name"] for each in first + second] == [
        f"page/asks/{key}-0.job.json" for key in keys
    ]
    for file in first + second:
        until(lambda file=file: page.json("api/progress", **file)["jobs"][0]["state"] == "done")
    assert len(darkroom.model.questions) == before + 2


def test_a_question_about_several_photos_is_a_job_file_each_or_one_for_all(quiet: Page) -> None:
    photos = [quiet.cloud.upload(name, jpeg()) for name in ("a.jpg", "b.jpg")]

    each = quiet.post("api/ask", {"photos": named(*photos), "task": "caption", "key": KEY})
    other = str(uuid.uuid4())
    all_ = quiet.post("api/ask", {"photos": named(*photos), "task": "compare", "key": other})

    assert [file["name"] for file in each.json()["asked"]] == [
        f"page/asks/{KEY}-{number}.job.json" for number in (0, 1)
    ]
    (file,) = all_.json()["asked"]
    blob = quiet.cloud.client.bucket(os.environ["UPLOADS_BUCKET"]).blob(file["name"])
    assert json.loads(blob.download_as_bytes()) == {
        "task": "compare",
        "images": named(*photos),
        "reuse": False,
    }


def test_a_key_is_for_one_question(quiet: Page) -> None:
    key, photos = str(uuid.uuid4()), [{"name": "a.jpg", "generation": 1}]
    quiet.post("api/ask", {"photos": photos, "task": "caption", "key": key})

    answer = quiet.post("api/ask", {"photos": photos, "task": "detect", "key": key})

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"task": "answer"}, ["question"]),
        ({"task": "nothing"}, ["task"]),
        ({"task": "compare"}, ["photos"]),
        ({"settings": {"labels": "x", "colour": 1}}, ["labels", "colour"]),
        ({"settings": {"images": [], "reuse": True}}, ["photos", "reuse"]),
        ({"settings": []}, ["settings"]),
        ({"key": "mine"}, ["key"]),
    ],
    ids=str,
)
def test_a_question_is_checked_before_it_is_asked(
    quiet: Page, changed: dict[str, Any], fields: list[str]
) -> None:
    photos = [{"name": "a.jpg", "generation": 1}]
    sound = {"photos": photos, "task": "detect", "key": str(uuid.uuid4())}

    answer = quiet.post("api/ask", {**sound, **changed})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_parameters")
    assert [wrong["field"] for wrong in answer.json()["errors"]] == fields
    assert (
        uploads.find(os.environ["UPLOADS_BUCKET"], f"page/asks/{sound['key']}-0.job.json") is None
    )


def test_a_question_has_a_price_before_it_is_asked(quiet: Page) -> None:
    put(done(name="sized.jpg"))
    sized = [{"name": "sized.jpg", "generation": 1}]
    chosen = {"model": "gemini-3.5-flash"}

    told = [
        quiet.post("api/price", {"photos": photos, "task": task, "settings": chosen}).json()
        for photos, task in (
            (sized, "caption"),
            ([*sized, {"name": "unknown.jpg", "generation": 1}], "caption"),
            ([*sized, {"name": "unknown.jpg", "generation": 1}], "compare"),
        )
    ]
    unknown = quiet.post("api/price", {"photos": sized, "task": "caption"}).json()

    assert [(each["photos"], each["calls"], each["guessed"]) for each in told] == [
        *((1, 1, False), (2, 2, True), (2, 1, True))
    ]
    assert all(0 < each["likely_usd"] < each["most_usd"] for each in told)
    assert told[0]["likely_usd"] < told[1]["likely_usd"]
    assert (unknown["model"], unknown["likely_usd"], unknown["most_usd"]) == (
        *("scripted-model", None, None),
    )


def test_the_page_is_told_which_tasks_there_are(quiet: Page) -> None:
    told = {each["name"]: each for each in quiet.json("api/tasks")}

    assert (told["answer"]["needs"], told["answer"]["images"]) == (["question"], "one")
    assert (told["compare"]["needs"], told["compare"]["images"]) == ([], "several")
    assert {"labels", "prompt", "model", "detail"} <= {*told["detect"]["settings"]}
    assert "question" not in told["answer"]["settings"]


# -- chosen photos --------------------------------------------------------------------------------


def test_chosen_photos_are_exported_and_no_others(quiet: Page) -> None:
    put(done(seen("shoe"), name="chosen/1.jpg"))
    put(done(seen("bag"), name="chosen/1.jpg", task="detect"))
    put(done(seen("hat"), name="chosen/1.jpg", generation=2))
    put(done(seen("cup"), name="chosen/2.jpg"))
    put(rejected("chosen/3.jpg"))
    photos = [
        {"name": name, "generation": 1}
        for name in ("chosen/3.jpg", "chosen/1.jpg", "chosen/1.jpg", "chosen/none.jpg")
    ]

    table = quiet.post("api/export", {"format": "csv", "photos": photos})
    folder = quiet.post("api/export", {"format": "coco", "photos": photos})

    rows = [*csv.DictReader(io.StringIO(table.text, newline=""))]
    assert [(row["name"], row["label"]) for row in rows if row["label"]] == [
        *(("chosen/1.jpg", "bag"), ("chosen/1.jpg", "shoe"))
    ]
    assert table.headers["Content-Disposition"].startswith('attachment; filename="darkroom.csv"')
    with zipfile.ZipFile(io.BytesIO(folder.content)) as archive:
        told = json.loads(archive.read("annotations.json"))
    assert [image["file_name"] for image in told["images"]] != []
    assert len(told["images"]) == 1


def test_a_choice_without_a_format_is_refused(quiet: Page) -> None:
    photos = [{"name": "a.jpg", "generation": 1}]

    answer = quiet.post("api/export", {"format": "exe", "photos": photos})

    assert [wrong["field"] for wrong in answer.json()["errors"]] == ["format"]


# -- folders --------------------------------------------------------------------------------------


def test_folders_are_listed_one_level_at_a_time(page: Page) -> None:
    page.cloud.trigger.close()
    for name in ("top.jpg", "a/1.jpg", "a/b/2.jpg", "c d/é/3.jpg"):
        page.cloud.upload(name, jpeg())

    assert page.json("api/folders") == {"prefix": "", "folders": ["a/", "c d/"], "whole": True}
    assert page.json("api/folders", prefix="a/")["folders"] == ["a/b/"]
    assert page.json("api/folders", prefix="c")["folders"] == ["c d/"]
    assert page.json("api/folders", prefix="none/")["folders"] == []
