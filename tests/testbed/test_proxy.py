"""The fault proxy, and how the official storage client handles its faults."""

import io

import pytest
import requests
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from local.storage import serve
from local.storage.listing import Query
from testbed.proxy import FaultProxy, Met

UPLOAD = r"/upload/storage/v1/b/uploads/o"
DOWNLOAD = r"/download/storage/v1/b/uploads/o"
QUICKLY: Retry = DEFAULT_RETRY.with_delay(initial=0.01, maximum=0.05)


@pytest.fixture
def server(tmp_path):
    server = serve(tmp_path / "storage")
    yield server
    server.close()


@pytest.fixture
def proxy(server):
    with FaultProxy(server.url) as proxy:
        yield proxy


@pytest.fixture
def bucket(proxy, monkeypatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
    client = storage.Client(project="demo-project")
    yield client.create_bucket("uploads")
    client.close()


def upload(bucket, **options):
    blob = bucket.blob("a")
    blob.upload_from_string(b"content", retry=QUICKLY, **options)
    return blob


def uploads(proxy):
    return [(met.status, met.done) for met in proxy.log if met.path.startswith("/upload")]


def events(tmp_path):
    return len(list((tmp_path / "storage" / "outbox" / "uploads").iterdir()))


def test_without_a_rule_everything_passes(bucket, proxy):
    upload(bucket)

    assert bucket.blob("a").download_as_bytes() == b"content"
    assert {met.done for met in proxy.log} == {"passed"}
    assert [(met.method, met.status) for met in proxy.log] == [
        ("POST", 200),
        ("POST", 200),
        ("GET", 200),
    ]


def test_two_503s_are_retried(bucket, proxy, server):
    proxy.rule("POST", UPLOAD, times=2, status=503)

    upload(bucket)

    assert uploads(proxy) == [(503, "replied"), (503, "replied"), (200, "passed")]
    assert server.store.get("uploads", "a").size == 7


def test_a_reset_before_the_upstream_is_retried(bucket, proxy, server):
    proxy.rule("POST", UPLOAD, reset=True)

    upload(bucket, if_generation_match=0)

    assert uploads(proxy) == [(None, "reset"), (200, "passed")]
    assert server.store.get("uploads", "a").metageneration == 1


def test_a_lost_answer_turns_a_create_only_success_into_a_412(bucket, proxy, server):
    proxy.rule("POST", UPLOAD, lost=True)

    with pytest.raises(exceptions.PreconditionFailed):
        upload(bucket, if_generation_match=0)

    assert uploads(proxy) == [(None, "lost"), (412, "passed")]
    assert server.store.get("uploads", "a").size == 7


def test_a_lost_answer_without_a_precondition_writes_twice(bucket, proxy, server, tmp_path):
    proxy.rule("POST", UPLOAD, lost=True)

    blob = upload(bucket)

    assert uploads(proxy) == [(None, "lost"), (200, "passed")]
    assert server.store.get("uploads", "a").generation == blob.generation
    assert events(tmp_path) == 2


def test_a_lost_answer_to_the_last_chunk_commits_once(bucket, proxy, server, tmp_path):
    proxy.rule("PUT", "upload_id=", times=2)
    proxy.rule("PUT", "upload_id=", lost=True)
    content = bytes(range(256)) * 3 * 1024
    blob = bucket.blob("a", chunk_size=256 * 1024)

    blob.upload_from_file(io.BytesIO(content), if_generation_match=0, retry=QUICKLY)

    assert [met.done for met in proxy.log if met.method == "PUT"].count("lost") == 1
    assert server.store.get("uploads", "a").generation == blob.generation
    assert bucket.blob("a").download_as_bytes() == content
    assert events(tmp_path) == 1


def test_a_lost_answer_to_a_delete_is_not_found(bucket, proxy):
    blob = upload(bucket)
    proxy.rule("DELETE", "/o/a", lost=True)

    with pytest.raises(exceptions.NotFound):
        blob.delete(retry=QUICKLY)


def test_a_truncated_download_recovers(bucket, proxy):
    upload(bucket)
    proxy.rule("GET", DOWNLOAD, truncate=3)

    content = bucket.blob("a").download_as_bytes(retry=QUICKLY)

    assert content == b"content"
    assert [met.done for met in proxy.log if met.method == "GET"] == ["truncated", "passed"]


def test_a_delay_outlasts_a_timeout(bucket, proxy):
    upload(bucket)
    proxy.rule("GET", DOWNLOAD, delay=0.3)

    content = bucket.blob("a").download_as_bytes(timeout=0.1, retry=QUICKLY)

    assert content == b"content"


def test_a_reply_has_its_headers_and_body(proxy):
    proxy.rule("GET", "/quota", status=429, headers={"Retry-After": "7"}, body=b"slow down")

    reply = requests.get(f"{proxy.url}/quota?a=b")

    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
    assert reply.content == b"slow down"
    assert proxy.log == [Met("GET", "/quota?a=b", 429, "replied")]


def test_rules_are_taken_in_turn(proxy):
    proxy.rule("GET", "^/$", times=1)
    proxy.rule("GET", "^/$", times=1, status=500)
    proxy.rule("GET|HEAD", "^/$", times=None, status=503)

    statuses = [requests.get(proxy.url).status_code for _ in range(4)]

    assert statuses == [200, 500, 503, 503]
    assert requests.head(proxy.url).status_code == 503
    assert requests.get(f"{proxy.url}/storage/v1/b").status_code == 200


def test_hooks_are_called_around_the_upstream(bucket, proxy, server):
    seen = []

    def look():
        objects, _ = server.store.list("uploads", Query())
        seen.append([stored.name for stored in objects])

    proxy.rule("POST", UPLOAD, before=look, after=look)

    upload(bucket)

    assert seen == [[], ["a"]]


def test_an_upstream_that_dies_is_seen_as_a_reset(bucket, proxy, server):
    proxy.rule("POST", UPLOAD, before=server.close)

    with pytest.raises(requests.ConnectionError):
        bucket.blob("a").upload_from_string(b"content", retry=None)

    assert proxy.log[-1].done == "unreachable"
