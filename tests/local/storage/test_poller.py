"""Uploads to a storage that sends no events: another process's, without a trigger."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from local.gemini import replies
from local.storage import Poller, poller, serve
from testbed.cloud import Cloud
from testbed.target import target
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


def test_an_event_that_is_refused_comes_again_until_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "EVERY", 0.05)
    server = serve(tmp_path / "storage")
    upload = f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=media&name="
    with target() as function:
        function.script = [503, 503, 200]
        looking = Poller(server.url, "uploads", f"{function.url}/")
        looking.start()  # before there is a bucket
        server.store.create_bucket("uploads", {})

        requests.post(f"{upload}a", b"")
        function.wait(3)
        requests.post(f"{upload}b", b"")
        tried = [json.loads(asked.body)["name"] for asked in function.wait(4)]
        looking.close()
    server.close()

    assert tried[:3] == ["a"] * 3
    assert set(tried[3:]) == {"b"}
