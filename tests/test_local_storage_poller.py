"""Uploads to a storage that sends no events: another process's, without a trigger."""

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
import requests

from local.gemini import replies
from local.storage import Poller, poller, serve
from tests.cloud import Cloud, until
from tests.photos import jpeg


@pytest.fixture
def looking(darkroom: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poller]:
    monkeypatch.setattr(poller, "EVERY", 0.1)
    darkroom.trigger.close()
    darkroom.script(otherwise=lambda _: replies.boxes([]))
    darkroom.upload("old.jpg", jpeg())
    host, ingest = os.environ["STORAGE_EMULATOR_HOST"], darkroom.functions.address("ingest")
    looking = Poller(host, os.environ["UPLOADS_BUCKET"], ingest)
    looking.start()
    yield looking
    looking.close()


def test_what_is_new_is_put_through_and_so_is_what_replaces_it(
    darkroom: Cloud, looking: Poller
) -> None:
    first = darkroom.upload("a.jpg", jpeg())
    assert darkroom.record(first)["status"] == "done"

    second = darkroom.upload("a.jpg", jpeg((9, 9, 9)))

    assert darkroom.record(second)["status"] == "done"
    assert not [name for name in darkroom.results() if name.startswith("old.jpg")]


class Reluctant(BaseHTTPRequestHandler):
    """A function that takes an event at the third try."""

    tried: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.tried.append(json.loads(body)["name"])
        self.send_response(200 if len(self.tried) == 3 else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_an_event_that_is_refused_comes_again_until_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "EVERY", 0.05)
    server, function = serve(tmp_path / "storage"), HTTPServer(("127.0.0.1", 0), Reluctant)
    Thread(target=function.serve_forever, args=(0.02,), daemon=True).start()
    looking = Poller(server.url, "uploads", f"http://127.0.0.1:{function.server_port}/")
    looking.start()  # before there is a bucket
    server.store.create_bucket("uploads", {})
    upload = f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=media&name="

    requests.post(f"{upload}a", b"")
    until(lambda: len(Reluctant.tried) == 3)
    requests.post(f"{upload}b", b"")
    until(lambda: "b" in Reluctant.tried)
    looking.close()
    server.close()
    function.shutdown()
    function.server_close()

    assert Reluctant.tried[:3] == ["a"] * 3
    assert set(Reluctant.tried[3:]) == {"b"}
