"""Who gets in at the local cloud's addresses: the headers that a browser sends, line by line."""

import json
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest
from google.cloud import storage, tasks_v2
from hypothesis import given
from hypothesis import strategies as st

from local import declaration
from local.emulator import access
from testbed.cloud import Cloud, Servers, cloud
from tests.photos import jpeg

PHOTO = jpeg((200, 20, 20), (64, 48))
FOREIGN = [
    pytest.param({"Host": "evil.example"}, id="a rebound name"),
    pytest.param({"Host": "evil.example:{port}"}, id="a rebound name with the port"),
    pytest.param({"Host": "127.0.0.1.evil.example:{port}"}, id="a name that begins like ours"),
    pytest.param({"Host": "evil.example@127.0.0.1:{port}"}, id="a user before our name"),
    pytest.param({"Host": ""}, id="no name"),
    pytest.param({"Origin": "http://127.0.0.1:9"}, id="another port of this machine"),
    pytest.param({"Origin": "http://localhost:{port}"}, id="our port by another name"),
    pytest.param({"Origin": "https://evil.example"}, id="another site"),
    pytest.param({"Origin": "null"}, id="a sandboxed frame or a file"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="same-site"),
    pytest.param({"Sec-Fetch-Site": "of-a-kind-to-come"}, id="a kind of site to come"),
    pytest.param(
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        id="in a frame",
    ),
]
OWN = [
    pytest.param({}, id="a client that is no browser"),
    pytest.param({"Host": "localhost:{port}"}, id="localhost"),
    pytest.param({"Host": "LOCALHOST"}, id="localhost in capitals"),
    pytest.param({"Host": "[::1]:{port}"}, id="IPv6"),
    pytest.param({"Host": "127.0.0.1:7"}, id="through a tunnel of another port"),
    pytest.param({"Host": "darkroom.test"}, id="a name that is allowed"),
    pytest.param({"Host": "Host.Docker.Internal:{port}"}, id="an allowed name in capitals"),
    pytest.param({"Origin": "http://127.0.0.1:{port}"}, id="a page of its own"),
    pytest.param(
        {"Host": "darkroom.test", "Origin": "https://darkroom.test"}, id="behind a proxy with TLS"
    ),
    pytest.param({"Sec-Fetch-Site": "same-origin"}, id="same-origin"),
    pytest.param({"Sec-Fetch-Site": "none"}, id="the address bar"),
]


@dataclass(frozen=True)
class Request:
    """What somebody asks of an address, and does not mean well."""

    method: str
    path: str
    body: bytes | None = None
    content_type: str = "text/plain"


REQUESTS = [
    ("storage", Request("POST", "/upload/storage/v1/b/{UPLOADS_BUCKET}/o?uploadType=media&name=x")),
    ("storage", Request("POST", "/storage/v1/b?project=p", b'{"name": "evil-bucket"}')),
    ("storage", Request("GET", "/storage/v1/b/{STATE_BUCKET}/o")),
    ("storage", Request("OPTIONS", "/storage/v1/b")),
    ("gemini", Request("POST", "/v1/models/scripted-model:generateContent", b"{}")),
    ("gemini", Request("GET", "/v1/models")),
    ("tasks", Request("POST", "/v2/{TASKS_QUEUE}:resume", b"{}")),
    ("tasks", Request("GET", "/v2/{TASKS_QUEUE}/tasks")),
    ("page", Request("GET", "/api/results")),
    ("page", Request("GET", "/api/export?format=jsonl")),
    ("page", Request("GET", "/submit/openapi.json")),
    ("page", Request("POST", "/submit/?name=evil.jpg", PHOTO, "image/jpeg")),
    ("page", Request("POST", "/api/upload?name=evil.jpg", PHOTO, "image/jpeg")),
    *(
        ("page", Request("POST", f"/api/{name}", b"{}", "application/json"))
        for name in ("ask", "check", "export", "price")
    ),
    *(
        ("page", Request("POST", f"/{name}/", b"{}", "application/json"))
        for name in ("ingest", "detect", "segment", "describe", "dead_letter", "notify", "sweep")
    ),
]
PATHS = [pytest.param(*each, id=f"{each[1].method} {each[1].path}") for each in REQUESTS]


@pytest.fixture(scope="module")
def running(servers: Servers) -> Iterator[Cloud]:
    with cloud(servers) as started:
        started.trigger.close()
        yield started


def ask(
    running: Cloud, server: str, request: Request, headers: dict[str, str]
) -> tuple[int, bytes]:
    """Status and body of the answer to a request with exactly these headers."""
    address = urlsplit(
        {
            "storage": running.servers.storage.url,
            "gemini": running.servers.gemini.url,
            "tasks": f"http://{running.servers.tasks.address}",
            "page": running.functions.url,
        }[server]
    )
    connection = HTTPConnection(address.hostname, address.port, timeout=180)
    connection.putrequest(request.method, request.path.format(**os.environ), skip_host=True)
    said = {"Host": address.netloc, "Content-Length": str(len(request.body or b"")), **headers}
    for name, value in {"Content-Type": request.content_type, **said}.items():
        connection.putheader(name, value.format(port=address.port))
    connection.endheaders(request.body)
    try:
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("server", "request_"), PATHS)
def test_no_page_of_another_site_gets_in(
    running: Cloud, server: str, request_: Request, headers: dict[str, str]
) -> None:
    status, body = ask(running, server, request_, headers)

    assert status == 403
    assert json.loads(body)["error"]["status"] == "PERMISSION_DENIED"


def test_what_was_refused_has_left_nothing(running: Cloud) -> None:
    buckets = {bucket.name for bucket in running.client.list_buckets()}
    uploads = list(running.client.list_blobs(os.environ["UPLOADS_BUCKET"]))

    assert "evil-bucket" not in buckets
    assert [blob for blob in uploads if "evil" in blob.name or blob.name == "x"] == []
    assert running.model.questions == ()


@pytest.mark.parametrize("headers", OWN)
@pytest.mark.parametrize(
    ("server", "path"),
    [
        ("storage", "/storage/v1/b/{STATE_BUCKET}/o"),
        ("gemini", "/v1/models"),
        ("tasks", "/v2/{TASKS_QUEUE}/tasks"),
        ("page", "/api/results"),
    ],
)
def test_everybody_else_is_answered(
    running: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    server: str,
    path: str,
    headers: dict[str, str],
) -> None:
    monkeypatch.setenv(access.VARIABLE, "darkroom.test, host.docker.internal")

    status, _ = ask(running, server, Request("GET", path), headers)

    assert status == 200


@pytest.mark.parametrize(
    ("path", "dest", "status"),
    [
        ("/", "document", 200),
        ("/?x=y", "document", 200),
        ("/", "iframe", 403),
        ("/api/export?format=jsonl", "document", 403),
        ("/api/results", "document", 403),
        ("/submit/openapi.json", "document", 403),
    ],
)
def test_a_link_on_another_site_leads_to_the_page_and_to_nothing_else(
    running: Cloud, path: str, dest: str, status: int
) -> None:
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": dest}

    assert ask(running, "page", Request("GET", path), visit)[0] == status


def test_a_refused_request_with_a_large_body_hears_why(running: Cloud) -> None:
    large = Request("POST", "/submit/?name=evil.jpg", PHOTO + bytes(600_000), "image/jpeg")

    status, body = ask(running, "page", large, {"Origin": "https://evil.example"})

    assert status == 403
    assert b"another site" in body


def test_a_client_that_names_no_host_is_no_browser(running: Cloud) -> None:
    address = urlsplit(running.servers.gemini.url)
    with socket.create_connection((str(address.hostname), address.port or 0), 30) as spoken:
        spoken.sendall(b"GET /v1/models HTTP/1.0\r\n\r\n")
        response = HTTPResponse(spoken)
        response.begin()

    assert response.status == 200


def test_the_official_clients_come_by_a_name_that_is_allowed(
    running: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_name = running.servers.storage.url.replace("127.0.0.1", "localhost")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", by_name)
    host = os.environ["CLOUD_TASKS_EMULATOR_HOST"].replace("127.0.0.1", "localhost")
    monkeypatch.setenv("CLOUD_TASKS_EMULATOR_HOST", host)

    storage.Client().bucket(os.environ["UPLOADS_BUCKET"]).blob("by-name.jpg").upload_from_string(
        PHOTO
    )
    with declaration.tasks_client() as client:
        queue: tasks_v2.Queue = client.get_queue(name=os.environ["TASKS_QUEUE"])

    assert queue.name == os.environ["TASKS_QUEUE"]


NEAR = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=6)


@given(before=NEAR, name=st.sampled_from(["127.0.0.1", "localhost", "[::1]"]), behind=NEAR)
def test_no_spelling_of_a_foreign_name_is_taken_for_ours(
    before: str, name: str, behind: str
) -> None:
    headers = Message()
    headers["Host"] = before + name + behind

    let_in = access.unknown_host(headers) == ""

    assert let_in == (before == "" and re.fullmatch("(:[0-9]{1,5})?", behind) is not None)


@pytest.mark.parametrize(
    ("text", "good"),
    [("host.docker.internal", True), ("[::1]", True), ("a:80", False), ("a/b", False), ("", False)],
)
def test_a_name_to_allow_is_a_name(text: str, good: bool) -> None:
    assert access.is_host_name(text) == good
