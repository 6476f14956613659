"""Photos sent as bytes over HTTP: stored, or refused with a reason and nothing stored."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from local.gemini import replies
from shared.intake import recipes
from shared.web.submission import handler, wire
from testbed import uploads as hostile
from testbed.cloud import Cloud, Servers, until
from testbed.uploads import heic_files
from tests.photos import jpeg
from tests.shared.web.submission.submitting import Submitter, chunks, heard, quiet_cloud

MIB = 2**20
ROOT = Path(__file__).parents[4]


@pytest.fixture
def submit(darkroom: Cloud) -> Submitter:
    darkroom.script(otherwise=lambda _: replies.boxes([]))
    return Submitter(darkroom)


@pytest.fixture(scope="module")
def quiet(servers: Servers) -> Iterator[Submitter]:
    with quiet_cloud(servers) as started:
        yield started


@pytest.fixture(scope="module")
def deployed(quiet: Submitter) -> Iterator[Submitter]:
    """The same function as the cloud runs it: gunicorn reads bodies in another way."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "functions_framework", "--target=submit", "--host=127.0.0.1"]
    source = ["--source=functions/submit/main.py", f"--port={port}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*command, *source], cwd=ROOT, env=environment) as process:
        try:
            until(lambda: answers(int(port)))
            yield Submitter(quiet.cloud, f"http://127.0.0.1:{port}/")
        finally:
            process.terminate()


def answers(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.fixture(params=["quiet", "deployed"])
def either(request: pytest.FixtureRequest) -> Submitter:
    return request.getfixturevalue(request.param)


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def use(text: str) -> None:
        monkeypatch.setattr(recipes, "_recipes", lambda: recipes.parse(text))

    return use


def heif() -> bytes:
    return heic_files.file([heic_files.picture_item(hostile.noise())], brand=b"mif1")


def long_jpeg(size: int) -> bytes:
    """A JPEG by its beginning."""
    return b"\xff\xd8\xff".ljust(size, b"\x5a")


@pytest.mark.parametrize(
    ("photo", "kind", "ending"),
    [
        (jpeg, "image/jpeg", ".jpg"),
        (hostile.png, "image/png", ".png"),
        (hostile.webp, "image/webp", ".webp"),
        (hostile.heic, "image/heic", ".heic"),
        (heif, "image/heif", ".heif"),
    ],
)
def test_a_photo_of_any_format_is_stored_and_ends_in_the_records_the_answer_names(
    submit: Submitter, photo: Callable[[], bytes], kind: str, ending: str
) -> None:
    answer = submit.accepted(photo(), headers={"Content-Type": "text/plain"})

    (record,) = submit.records(answer)
    blob = submit.stored(answer)
    assert (record["status"], record["id"]) == ("done", answer["results"][0]["id"])
    assert record["images"][0]["name"] == answer["upload"]["name"]
    assert record["images"][0]["warnings"] == []
    assert blob.download_as_bytes() == photo()
    assert (blob.content_type, blob.content_disposition) == (kind, None)
    assert list(blob.metadata) == [handler.TOKEN]
    assert blob.name.startswith("submitted/20")
    assert blob.name.endswith(ending)
    assert answer["note"] is None


def test_overrides_are_taken_and_refused_as_an_uploaders_own(
    submit: Submitter, recipe: Callable[[str], None]
) -> None:
    recipe(
        '[[recipe]]\nname = "a"\nmatch = "shop/*"\ntasks = ["detect"]\n'
        'allow_overrides = ["labels", "tasks"]\n'
        '[[recipe]]\nname = "b"\nmatch = "**"\ntasks = []\n'
    )
    asked = {"name": "shop/1", "tasks": "detect, segment", "labels": "shoe, bag", "prompt": "?"}

    answer = submit.accepted(jpeg(), params=asked)

    first, second = submit.records(answer)
    refused = ["darkroom-prompt is not allowed by the recipe"]
    assert [each["task"] for each in answer["results"]] == ["detect", "segment"]
    assert answer["upload"]["name"] == "shop/1"
    assert answer["refused_overrides"] == refused
    assert first["request"]["labels"] == second["request"]["labels"] == ["shoe", "bag"]
    assert first["request"]["refused_overrides"] == refused
    assert submit.stored(answer).metadata.items() > {"darkroom-labels": "shoe, bag"}.items()


def test_a_recipe_goes_by_the_type_that_was_found(
    quiet: Submitter, recipe: Callable[[str], None]
) -> None:
    recipe('[[recipe]]\nname = "a"\ncontent_type = "image/png"\ntasks = ["caption"]')

    taken = quiet.accepted(hostile.png(), headers={"Content-Type": "image/jpeg"})
    left = quiet.accepted(jpeg(), headers={"Content-Type": "image/png"})

    assert [each["task"] for each in taken["results"]] == ["caption"]
    assert left["results"] == []
    assert "no recipe" in left["note"]
    assert quiet.stored(left) is not None


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/../b",
        "/",
        "/etc/passwd",
        "a//b",
        "<script>alert(1)</script>.jpg",
        "a\0b",
        "tab\tand\x7f",
        "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
        "ảnh của tôi + 100 %.jpg",
        "name=1&tasks=2#3?4",
        "é" * 512,
        "x" * 1024,
        "...",
        "a.job.json/b",
        "gs://other/a",
        "result.json",
    ],
)
def test_an_odd_name_is_stored_as_it_is(quiet: Submitter, name: str) -> None:
    answer = quiet.accepted(jpeg(), params={"name": name})

    asked = 0 if name.endswith("/") else 1  # of a folder, nothing is asked
    assert answer["upload"]["name"] == quiet.stored(answer).name == name
    assert len(answer["results"]) == asked


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("name=", {"name"}),
        ("name=" + "x" * 1025, {"name"}),
        ("name=" + "%C3%A9" * 513, {"name"}),
        ("name=.", {"name"}),
        ("name=..", {"name"}),
        ("name=a%0Ab", {"name"}),
        ("name=a%0Db", {"name"}),
        ("name=.well-known/acme-challenge/x", {"name"}),
        ("name=compare.job.json", {"name"}),
        ("name=a&name=b", {"name"}),
        ("prompt=" + "x" * 8001, {"prompt"}),
        ("label=shoe", {"label"}),
        ("url=https://example.com/a.jpg", {"url"}),
        ("name=.&label=shoe&model=a&model=b", {"name", "label", "model"}),
        ("name=%FF", None),
    ],
)
def test_a_query_that_cannot_be_is_refused_and_every_fault_named(
    quiet: Submitter, query: str, fields: set[str] | None
) -> None:
    status, code = quiet.refused(jpeg(), params=query)

    assert (status, code) == (400, "bad_parameters" if fields else "bad_query")
    told = quiet.post(jpeg(), params=query).json()
    assert {each["field"] for each in told.get("errors", [])} == (fields or set())


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "empty"),
        (b"hello", 415, "unsupported_type"),
        (b"<html>", 415, "unsupported_type"),
        (b"GIF89a", 415, "unsupported_type"),
        (b"\x89PNG", 415, "unsupported_type"),
        (b"{}", 415, "unsupported_type"),
        (bytes(3 * MIB), 415, "unsupported_type"),
    ],
)
def test_what_is_no_photo_is_refused_before_anything_is_stored(
    quiet: Submitter, body: bytes, status: int, code: str
) -> None:
    assert quiet.refused(body) == (status, code)


def test_a_form_is_no_photo(quiet: Submitter) -> None:
    assert quiet.refused(files={"photo": jpeg()}) == (415, "unsupported_type")


def test_a_name_that_is_taken_is_refused_and_what_is_there_stays(quiet: Submitter) -> None:
    first = quiet.accepted(jpeg(), params={"name": "taken"})

    assert quiet.refused(jpeg(), params={"name": "taken"}) == (409, "name_taken")
    assert quiet.refused(long_jpeg(9 * MIB), params={"name": "taken"}) == (409, "name_taken")
    assert quiet.stored(first).download_as_bytes() == jpeg()


def test_an_upload_of_another_hand_takes_a_name_too(quiet: Submitter) -> None:
    quiet.cloud.upload("another's", jpeg())

    assert quiet.refused(jpeg(), params={"name": "another's"}) == (409, "name_taken")


@pytest.mark.parametrize("size", [1000, 8 * MIB - 1, 8 * MIB, 16 * MIB, 16 * MIB + 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_photo_of_any_length_arrives_whole(quiet: Submitter, size: int, chunked: bool) -> None:
    photo = long_jpeg(size)

    answer = quiet.accepted(iter([photo[:9], photo[9:]]) if chunked else photo)

    assert quiet.stored(answer).download_as_bytes() == photo


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("most", [100_000, 9 * MIB])
def test_a_photo_above_the_limit_is_refused_and_its_sender_gets_the_answer(
    quiet: Submitter, monkeypatch: pytest.MonkeyPatch, most: int, chunked: bool
) -> None:
    monkeypatch.setenv("MAX_BYTES", str(most))
    photo = long_jpeg(most + 12 * MIB)

    assert quiet.refused(iter([photo]) if chunked else photo) == (413, "too_large")


def test_a_photo_of_just_the_limit_is_taken(
    quiet: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_BYTES", "100000")

    assert quiet.accepted(long_jpeg(100_000))["results"]
    assert quiet.accepted(iter([long_jpeg(100_000)]))["results"]


def test_a_length_above_the_limit_is_refused_before_the_body_comes(quiet: Submitter) -> None:
    with quiet.begun(b"Content-Length: 100000001") as spoken:
        assert heard(spoken) == (413, "too_large")


def test_a_sender_that_is_refused_at_once_may_send_the_rest(either: Submitter) -> None:
    rest = bytes(9_000_000)
    with either.begun(b"Content-Length: 9000000\r\nIdempotency-Key: \xff") as spoken:
        assert spoken.recv(1, socket.MSG_PEEK)  # it is refused, and waits a second for the rest

        spoken.sendall(rest)

        assert heard(spoken) == (400, "bad_parameters")


@pytest.mark.parametrize("sent", [0, 2, 70_000, 9 * MIB])
def test_a_body_that_ends_before_its_length_is_not_stored(either: Submitter, sent: int) -> None:
    said = either.say(b"Content-Length: 20000000", long_jpeg(sent)[:sent])

    assert said == (400, "incomplete")


@pytest.mark.parametrize("end", [b"", b"ff\r\nhalf", b"no number\r\n", b"3\r\nabcd\r\n"])
def test_chunks_that_do_not_end_as_they_should_are_not_stored(
    either: Submitter, end: bytes
) -> None:
    said = either.say(b"Transfer-Encoding: chunked", chunks([long_jpeg(9 * MIB)]) + end)

    assert said == (400, "incomplete")


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/", 405, "POST"),
        ("PUT", "/", 405, "POST"),
        ("DELETE", "/", 405, "POST"),
        ("OPTIONS", "/", 405, "POST"),
        ("POST", "/openapi.json", 405, "GET, HEAD"),
        ("GET", "/photos", 404, None),
        ("POST", "/a/b", 404, None),
    ],
)
def test_other_methods_and_paths_are_refused(
    quiet: Submitter, method: str, path: str, status: int, allowed: str | None
) -> None:
    before = quiet.uploads()

    answer = quiet.ask(method, path, data=jpeg())

    assert (answer.status_code, answer.headers.get("Allow")) == (status, allowed)
    assert quiet.uploads() == before


def test_an_internal_error_reveals_nothing(
    quiet: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPLOADS_BUCKET", "secret-bucket")

    answer = quiet.post(jpeg())

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("header", [b"Content-Length: 70000", b"Transfer-Encoding: chunked"])
def test_a_body_that_stops_coming_is_incomplete_after_a_while(
    quiet: Submitter, monkeypatch: pytest.MonkeyPatch, header: bytes
) -> None:
    monkeypatch.setattr(wire, "_SILENCE", 0.5)

    with quiet.begun(header) as spoken:
        spoken.sendall(chunks([jpeg()]) if b"chunked" in header else jpeg())
        told = heard(spoken)

    assert told == (400, "incomplete")
