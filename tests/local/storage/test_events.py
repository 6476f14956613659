"""Finalize events: once per write, durable, delivered until they are taken."""

import io
import json
import subprocess
import sys
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests
from google.cloud import storage
from google.cloud.storage import transfer_manager

from local.emulator.server import LoopbackServer
from local.storage import Trigger, serve, trigger
from local.storage.cloudevent import headers
from local.storage.objects import StoredObject
from local.storage.schedule import Schedule

ROOT = Path(__file__).parents[3]


class Function:
    """A function behind an URL: keeps what it is sent, answers what `status` says."""

    def __init__(self, status=lambda resource: 204):
        self.received = []
        self.status = status
        self.server = LoopbackServer(0, _FunctionHandler)
        self.server.function = self
        self.server.start()
        self.url = f"{self.server.url}/ingest/?a=b"

    @property
    def names(self):
        return sorted(resource["name"] for _, _, resource in self.received)


class _FunctionHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        function = self.server.function
        resource = json.loads(self.rfile.read(int(self.headers["content-length"])))
        function.received.append((self.path, self.headers, resource))
        self.send_response(function.status(resource))
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def cleanup():
    """What has to be closed, last first."""
    closing = []
    yield closing
    for each in reversed(closing):
        each.close()


@pytest.fixture
def function(cleanup):
    function = Function()
    cleanup.append(function.server)
    return function


@pytest.fixture
def server(tmp_path, cleanup):
    server = serve(tmp_path / "storage")
    cleanup.append(server)
    return server


@pytest.fixture
def client(server, monkeypatch, cleanup):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    client = storage.Client(project="demo-project")
    cleanup.append(client)
    return client


@pytest.fixture
def bucket(client):
    return client.create_bucket("uploads")


@pytest.fixture
def start(server, function, cleanup):
    def start(bucket="uploads", url=function.url):
        started = Trigger(server.store, bucket, url)
        started.start()
        cleanup.append(started)
        return started

    return start


def eventually(predicate, seconds=180):
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def upload(bucket, name, content=b"content", **options):
    blob = bucket.blob(name)
    blob.upload_from_string(content, "image/jpeg", retry=None, **options)
    return blob


def test_an_event_is_what_eventarc_sends(bucket, start, function):
    blob = bucket.blob("in/a b/ü%?\n.jpg")
    blob.metadata = {"camera": "Leica"}
    blob.upload_from_string(b"photo", "image/jpeg", retry=None)

    eventually(start().idle)

    ((path, headers, resource),) = function.received
    assert path == "/ingest/?a=b"
    assert {name.lower(): value for name, value in headers.items() if name.lower()[:2] == "ce"} == {
        "ce-specversion": "1.0",
        "ce-id": f"{blob.generation}1",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": "//storage.googleapis.com/projects/_/buckets/uploads",
        "ce-subject": "objects/in/a%20b/%C3%BC%25?%0A.jpg",
        "ce-time": resource["updated"],
        "ce-bucket": "uploads",
    }
    assert headers["content-type"] == "application/json"
    assert datetime.fromisoformat(resource["updated"]) == blob.updated
    expected = {
        "kind": "storage#object",
        "bucket": "uploads",
        "name": "in/a b/ü%?\n.jpg",
        "generation": str(blob.generation),
        "metageneration": "1",
        "size": "5",
        "contentType": "image/jpeg",
        "crc32c": blob.crc32c,
        "md5Hash": blob.md5_hash,
        "metadata": {"camera": "Leica"},
        "mediaLink": blob.media_link,
    }
    assert {key: resource[key] for key in expected} == expected


def test_a_subject_says_the_whole_name():
    name = "".join(map(chr, range(1, 0x250))) + "日本"
    stored = StoredObject("b-1", name, 1, 1, 0, "", None, None, "", "", {})

    subject = headers(stored.resource(""))["ce-subject"]

    assert subject.isascii()
    assert subject.isprintable()
    assert not set(subject) & {" ", '"'}
    assert unquote(subject) == f"objects/{name}"


def by_media(bucket, name):
    base = bucket.client._connection.API_BASE_URL
    url = f"{base}/upload/storage/v1/b/uploads/o?uploadType=media&name={name}"
    requests.post(url, b"content").raise_for_status()


def by_resumable(bucket, name):
    blob = bucket.blob(name, chunk_size=256 * 1024)
    blob.upload_from_file(io.BytesIO(bytes(600_000)), retry=None)


def by_put(bucket, name):
    base = bucket.client._connection.API_BASE_URL
    requests.put(f"{base}/uploads/{name}", b"content").raise_for_status()


def by_parts(bucket, name):
    file = Path(__file__)
    transfer_manager.upload_chunks_concurrently(
        file, bucket.blob(name), worker_type=transfer_manager.THREAD
    )


def by_copy(bucket, name):
    bucket.copy_blob(bucket.blob("source"), bucket, name)


def by_rewrite(bucket, name):
    bucket.blob(name).rewrite(bucket.blob("source"))


def by_compose(bucket, name):
    bucket.blob(name).compose([bucket.blob("source"), bucket.blob("source")])


@pytest.mark.parametrize(
    "write",
    [upload, by_media, by_resumable, by_put, by_parts, by_copy, by_rewrite, by_compose],
    ids=lambda write: write.__name__,
)
def test_every_way_to_write_is_announced_once_when_it_can_be_read(bucket, start, function, write):
    readable = []

    def read(resource):
        blob = bucket.blob(resource["name"], generation=int(resource["generation"]))
        readable.append(blob.exists())
        return 200

    function.status = read
    upload(bucket, "source")

    write(bucket, "written")
    eventually(start().idle)

    assert function.names == ["source", "written"]
    assert readable == [True, True]


def test_reading_patching_deleting_and_failing_announce_nothing(bucket, start, function):
    blob = upload(bucket, "a")
    started = start()
    eventually(started.idle)

    blob.metadata = {"one": "1"}
    blob.patch()
    blob.download_as_bytes()
    blob.delete()
    with pytest.raises(storage.blob.NotFound):
        bucket.copy_blob(blob, bucket, "b")

    eventually(started.idle)
    assert function.names == ["a"]


def test_an_overwrite_is_another_event(bucket, start, function):
    generations = [upload(bucket, "a").generation for _ in range(3)]

    eventually(start().idle)

    received = sorted(int(resource["generation"]) for _, _, resource in function.received)
    assert received == generations


def test_events_from_before_the_trigger_and_after_a_delete_are_delivered(
    bucket, server, start, function
):
    for number in range(20):
        upload(bucket, f"{number:02}")
    bucket.blob("07").delete()
    assert not Trigger(server.store, "uploads", function.url).idle()

    eventually(start().idle)

    assert function.names == [f"{number:02}" for number in range(20)]


def test_a_refused_event_is_delivered_again_and_holds_up_no_other(
    bucket, start, function, monkeypatch
):
    monkeypatch.setattr(trigger, "FIRST_DELAY", 0.02)
    tries = []

    def status(resource):
        if resource["name"] != "bad":
            return 200
        tries.append(time.monotonic())
        return 500 if len(tries) < 5 or function.names.count("good-9") == 0 else 200

    function.status = status
    started = start()
    upload(bucket, "bad")
    for number in range(10):
        upload(bucket, f"good-{number}")

    eventually(started.idle)

    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert len(tries) >= 5
    for number, gap in enumerate(gaps[:4]):
        assert gap >= 0.02 * 2**number
    assert sum(name.startswith("good") for name in function.names) == 10


@pytest.mark.parametrize("status", [199, 302, 400, 404, 429, 500])
def test_only_a_2xx_takes_an_event(bucket, start, function, status, monkeypatch):
    monkeypatch.setattr(trigger, "FIRST_DELAY", 0.01)
    statuses = [status, 201]
    function.status = lambda _: statuses.pop(0)
    upload(bucket, "a")

    eventually(start().idle)

    assert function.names == ["a", "a"]


def test_a_function_that_is_not_up_yet_gets_its_events_later(bucket, start, cleanup, monkeypatch):
    monkeypatch.setattr(trigger, "FIRST_DELAY", 0.02)
    late = Function()
    late.server.close()
    started = start(url=late.url)
    upload(bucket, "a")
    assert not started.idle()

    server = LoopbackServer(late.server.server_address[1], _FunctionHandler)
    server.function = late
    server.start()
    cleanup.append(server)
    eventually(started.idle)

    assert late.names == ["a"]


def test_the_delay_between_tries_has_a_limit():
    delays = [trigger.delay_after(tries) for tries in (1, 2, 8, 9, 100_000)]

    assert delays == [0.2, 0.4, 25.6, 30.0, 30.0]


def test_a_bucket_that_is_not_watched_keeps_no_events(tmp_path, cleanup, monkeypatch, function):
    server = serve(tmp_path / "storage", watched={"uploads"})
    cleanup.append(server)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    client = storage.Client(project="demo-project")
    cleanup.append(client)
    for name in ("uploads", "results"):
        upload(client.create_bucket(name), "a")

    kept = sorted((tmp_path / "storage" / "outbox").rglob("*.json"))

    assert [file.parent.name for file in kept] == ["uploads"]


def test_a_trigger_hears_of_its_own_bucket_only(client, bucket, start, function):
    upload(client.create_bucket("results"), "other")
    upload(bucket, "mine")

    eventually(start().idle)

    assert function.names == ["mine"]


def test_what_was_delivered_is_forgotten_and_what_was_not_survives_a_restart(
    tmp_path, cleanup, function, monkeypatch
):
    root = tmp_path / "storage"
    first = serve(root)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", first.url)
    client = storage.Client(project="demo-project")
    cleanup.append(client)
    bucket = client.create_bucket("uploads")
    upload(bucket, "taken")
    taker = Trigger(first.store, "uploads", function.url)
    taker.start()
    eventually(taker.idle)
    taker.close()
    upload(bucket, "later")
    first.close()

    second = serve(root)
    cleanup.append(second)
    started = Trigger(second.store, "uploads", function.url)
    started.start()
    cleanup.append(started)
    eventually(started.idle)

    assert function.names == ["later", "taken"]
    assert not list((root / "outbox").rglob("*.json"))


STAGED = """
import os, signal, sys
from pathlib import Path
from local.storage.objects import Draft
from local.storage.store import Store

store = Store(Path(sys.argv[1]), "http://127.0.0.1:1")
store.create_bucket("uploads", {})
with store.spool() as spool:
    spool.write(b"content")
    store.put(Draft("uploads", "a", {"contentType": "image/jpeg"}), spool)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_event_outlives_kill_9_right_after_the_upload(tmp_path, function, cleanup):
    root = tmp_path / "storage"
    died = subprocess.run([sys.executable, "-c", STAGED, str(root)], cwd=ROOT, check=False)
    assert died.returncode == -9

    server = serve(root)
    cleanup.append(server)
    started = Trigger(server.store, "uploads", function.url)
    started.start()
    cleanup.append(started)
    eventually(started.idle)

    assert function.names == ["a"]


def test_many_events_are_delivered_by_several_workers(bucket, start, function):
    together = threading.Barrier(trigger.WORKERS, timeout=180)

    def status(_):
        together.wait()
        return 200

    function.status = status
    for number in range(trigger.WORKERS * 2):
        upload(bucket, f"{number:02}")

    eventually(start().idle)

    assert len(set(function.names)) == len(function.received) == trigger.WORKERS * 2


def test_a_postponed_turn_comes_after_what_is_due_before_it():
    schedule, stop, taken = Schedule(), threading.Event(), []
    schedule.add("1")
    postponed = schedule.take(stop)
    schedule.postpone(postponed, 2)
    workers = [
        threading.Thread(target=lambda: taken.append(schedule.take(stop).key)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()

    schedule.add("2")
    for worker in workers:
        worker.join(180)

    assert taken == ["2", "1"]
