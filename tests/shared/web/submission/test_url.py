"""Photos sent as a URL: fetched from allowed addresses, whole, and in time."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import pytest

from local.gemini import replies
from testbed.cloud import Cloud, Servers
from tests.photos import jpeg
from tests.shared.web.submission.submitting import Submitter, chunks, quiet_cloud
from tests.web import LITERALS, Server, ok, redirect


@pytest.fixture(scope="module")
def quiet(servers: Servers) -> Iterator[Submitter]:
    with quiet_cloud(servers) as started:
        yield started


@pytest.fixture(autouse=True)
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """No private address is allowed, but the server's if there is one."""
    monkeypatch.setenv("PRIVATE_ADDRESSES", "")


def test_a_photo_at_a_url_ends_in_a_record(darkroom: Cloud, server: Server) -> None:
    darkroom.script(otherwise=lambda _: replies.boxes([]))
    submit = Submitter(darkroom)
    server.answer(ok(jpeg(), b"Content-Type: text/html"))

    answer = submit.accepted(json={"url": f"{server.url}/a%20photo?b=1", "name": "x/1"})

    (record,) = submit.records(answer)
    blob = submit.stored(answer)
    assert record["status"] == "done"
    assert (blob.name, blob.content_type) == ("x/1", "image/jpeg")
    assert blob.download_as_bytes() == jpeg()
    assert server.heard[0].startswith(b"GET /a%20photo?b=1 HTTP/1.1\r\n")


def test_a_redirect_to_a_good_place_is_followed(quiet: Submitter, server: Server) -> None:
    server.answer(redirect("/there"), ok(jpeg()))

    answer = quiet.accepted(json={"url": server.url, "prompt": "Mind the gap."})

    assert quiet.stored(answer).download_as_bytes() == jpeg()
    assert quiet.stored(answer).metadata["darkroom-prompt"] == "Mind the gap."


def test_a_photo_in_chunks_is_taken(quiet: Submitter, server: Server) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.answer(head + chunks([jpeg()[:5], jpeg()[5:]]) + b"0\r\n\r\n")

    answer = quiet.accepted(json={"url": server.url})

    assert quiet.stored(answer).download_as_bytes() == jpeg()


@pytest.mark.parametrize("host", [host for host, *_ in LITERALS] + ["localhost"])
def test_an_address_that_is_not_public_is_not_connected_to(
    quiet: Submitter,
    canary: int,
    host: str,
) -> None:
    url = f"http://{host}:{canary}/"

    assert quiet.refused(json={"url": url}) == (422, "blocked_url")


@pytest.mark.parametrize("host", [host for host, at, _ in LITERALS if at != "127.0.0.1"])
def test_a_redirect_to_an_address_that_is_not_public_is_not_followed(
    quiet: Submitter,
    server: Server,
    canary: int,
    host: str,
) -> None:
    to = f"http://{host}:{canary}/".encode()
    server.answer(b"HTTP/1.1 302 Go\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n")

    assert quiet.refused(json={"url": server.url}) == (422, "blocked_url")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a.jpg",
        "a.jpg",
        "file:///etc/passwd",
        "ftp://example.com/a.jpg",
        "gs://bucket/a.jpg",
        "data:image/png;base64,iVBORw0KGgo=",
        "http://",
        "http://user:secret@example.com/a.jpg",
        "http://example.com:99999/a.jpg",
        "http://exa mple.com/a.jpg",
        "http://example.com/a\r\nX-Evil: 1",
        "http://[::1/a.jpg",
    ],
)
def test_what_is_no_url_to_fetch_is_refused(quiet: Submitter, url: str) -> None:
    assert quiet.refused(json={"url": url}) == (422, "blocked_url")


def test_a_refusal_does_not_tell_inner_addresses(quiet: Submitter) -> None:
    answer = quiet.post(json={"url": "http://localhost/"})

    assert answer.status_code == 422
    assert "127.0.0.1" not in answer.text
    assert "::1" not in answer.text


@pytest.mark.parametrize("status", [204, 206, 304, 401, 404, 500])
def test_another_status_than_200_is_no_photo(
    quiet: Submitter,
    server: Server,
    status: int,
) -> None:
    server.answer(*2 * [ok(jpeg()).replace(b"200", b"%d" % status)])

    assert quiet.refused(json={"url": server.url}) == (422, "bad_status")
    assert str(status) in quiet.post(json={"url": server.url}).json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"<!doctype html>", 415, "unsupported_type"),
        (b"", 400, "empty"),
        (b"\xff\xd8\xff".ljust(300_000), 413, "too_large"),
    ],
)
def test_what_is_no_photo_is_not_taken(
    quiet: Submitter,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    status: int,
    code: str,
) -> None:
    monkeypatch.setenv("MAX_BYTES", "200000")
    server.answer(ok(body, b"Content-Type: image/jpeg"))

    assert quiet.refused(json={"url": server.url}) == (status, code)


def test_a_photo_that_ends_too_early_is_not_taken(quiet: Submitter, server: Server) -> None:
    server.answer(ok(b"\xff\xd8\xff".ljust(100_000), length=200_000))

    assert quiet.refused(json={"url": server.url}) == (502, "unreachable_url")


def test_an_unreachable_server_is_reported_as_unreachable(
    quiet: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_ADDRESSES", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    answer = quiet.post(json={"url": f"http://127.0.0.1:{port}/"})

    assert (answer.status_code, answer.json()["code"]) == (502, "unreachable_url")
    assert answer.json()["detail"].startswith("The URL could not be read: ")


@pytest.mark.parametrize("first", [b"", ok(b"\xff\xd8\xff".ljust(70_000), length=9_000_000)])
def test_a_server_that_only_drips_is_left_when_the_time_is_over(
    quiet: Submitter,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    first: bytes,
) -> None:
    def drip(to: socket.socket) -> None:
        with suppress(OSError):
            to.sendall(first or b"HTTP/1.1 200 OK\r\n")
            while not server.ended.wait(0.02):
                to.sendall(b"x")

    monkeypatch.setenv("FETCH_TIMEOUT_SECONDS", "0.4")
    server.says = drip
    begun = monotonic()

    assert quiet.refused(json={"url": server.url}) == (502, "unreachable_url")
    assert monotonic() - begun < 60


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        (b"", "bad_json", set()),
        (b"{", "bad_json", set()),
        (b"\xff", "bad_json", set()),
        (b"[" * 60_000, "bad_json", set()),
        (b"[]", "bad_json", set()),
        (b'"http://example.com/"', "bad_json", set()),
        (b"{}", "bad_parameters", {"url"}),
        (b'{"url": null}', "bad_parameters", {"url"}),
        (b'{"url": 1, "name": "", "tasks": ["detect"], "colour": ""}', "bad_parameters",
         {"url", "name", "tasks", "colour"}),
        (b'{"url": "http://example.com/", "name": "\\ud800"}', "bad_parameters", {"name"}),
        (b'{"url": "http://example.com/", "name": "a\\nb"}', "bad_parameters", {"name"}),
        (b'{"url": "http://example.com/", "prompt": "' + b"\xc3\xa9" * 4001 + b'"}',
         "bad_parameters", {"prompt"}),
    ],
)  # fmt: skip
def test_json_that_cannot_be_is_refused_and_every_fault_named(
    quiet: Submitter, body: bytes, code: str, fields: set[str]
) -> None:
    as_json = {"Content-Type": "Application/JSON; charset=utf-8"}

    assert quiet.refused(body, headers=as_json) == (400, code)
    told = quiet.post(body, headers=as_json).json()
    assert {each["field"] for each in told.get("errors", [])} == fields


def test_with_json_there_is_no_query(quiet: Submitter) -> None:
    asked = {"json": {"url": "https://example.com/"}, "params": {"name": "a.jpg"}}

    assert quiet.refused(**asked) == (400, "bad_query")


def test_json_has_a_limit_of_its_own(quiet: Submitter) -> None:
    url = "https://example.com/" + "x" * 70_000

    assert quiet.refused(json={"url": url}) == (413, "too_large")
