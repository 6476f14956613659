"""Uploads whose bytes cannot be had: each ends in a record with a reason, and stops nobody else."""

import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from google.api_core.exceptions import Forbidden

from local import declaration
from local.gemini import replies
from local.storage import cloudevent
from prove.hostile import memory
from shared import naming, sweep
from shared.border import uploads
from shared.border.storage import STATE
from shared.jobs import lease
from shared.messages import events
from shared.model import ImageRef, Job
from shared.sweep import rounds
from testbed.cloud import Cloud, Servers, environment, hosted, pushed, until
from testbed.host import Host
from testbed.proxy import FaultProxy
from tests.jobs import THING, state_bucket, the_job
from tests.photos import jpeg
from tests.shared.sweep.sweeping import clients_by

MIB = 2**20
ROOM = 64  # MiB above what an honest photo takes
SWOLLEN = 300  # MiB of a bomb


@pytest.fixture
def quiet(quiet: Cloud) -> Cloud:
    """A quiet cloud whose model finds a thing."""
    quiet.script(otherwise=lambda _: replies.boxes([THING]))
    return quiet


@pytest.fixture
def proxy(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """What the functions ask Cloud Storage goes by it."""
    with FaultProxy(quiet.servers.storage.url) as between, clients_by(between.url, monkeypatch):
        yield between


def put(cloud: Cloud, name: str, data: bytes, coding: str | None = None) -> ImageRef:
    """Upload something declared to be in a coding."""
    blob = cloud.client.bucket(os.environ["UPLOADS_BUCKET"]).blob(name)
    blob.content_encoding = coding
    blob.upload_from_string(data, "image/jpeg")
    return ImageRef(blob.bucket.name, blob.name, int(blob.generation))


def deny(proxy: FaultProxy, name: str, status: int, *, facts_too: bool = False) -> None:
    """Have the service keep an object's bytes to itself."""
    proxy.rule("GET", rf"{'' if facts_too else '/download/'}.*/o/{name}\?", times=99, status=status)


def verdict(cloud: Cloud, ref: ImageRef) -> str:
    record = cloud.record(ref)
    return record["reason"]["code"] if record["reason"] else record["status"]


def leave(name: str, body: bytes) -> None:
    """A state object that no version of ours wrote."""
    assert STATE.swap(name, body, 0)


LIES = {
    "a plain photo as gzip": (jpeg(), "gzip", "unreadable"),
    "a plain photo as deflate": (jpeg(), "deflate", "unreadable"),
    "gzip without its end": (gzip.compress(jpeg())[:-20], "gzip", "unreadable"),
    "gzip, honestly": (gzip.compress(jpeg()), "gzip", "done"),
    "deflate, honestly": (zlib.compress(jpeg()), "deflate", "done"),
    "a coding that nobody knows": (jpeg(), "aws-chunked", "done"),
    "gzip of text": (gzip.compress(b"not a photo"), "gzip", "unsupported_type"),
    "gzip of nothing": (gzip.compress(b""), "gzip", "empty"),
}


@pytest.mark.queue
def test_whatever_coding_is_declared_the_upload_ends_in_one_record(quiet: Cloud) -> None:
    refs = {name: put(quiet, name, data, coding) for name, (data, coding, _) in LIES.items()}

    swept = sweep.run(older_than=0)

    assert (swept.put_again, swept.failed, swept.finished) == (len(LIES), 0, True)
    ended = {name: verdict(quiet, ref) for name, ref in refs.items()}
    assert ended == {name: reason for name, (_, _, reason) in LIES.items()}


def test_an_upload_that_its_owners_key_or_rule_keeps_from_us_is_unreadable(
    quiet: Cloud, proxy: FaultProxy
) -> None:
    key, rule, both = (put(quiet, name, jpeg()) for name in ("key.jpg", "rule.jpg", "both.jpg"))
    put(quiet, "open.jpg", jpeg())
    deny(proxy, "key.jpg", 400)
    deny(proxy, "rule.jpg", 403)
    deny(proxy, "both.jpg", 403, facts_too=True)

    swept = sweep.run(older_than=0)

    assert (swept.put_again, swept.failed, swept.finished) == (4, 0, True)
    assert [verdict(quiet, ref) for ref in (key, rule, both)] == ["unreadable"] * 3


def test_a_bucket_that_is_closed_to_us_is_our_mistake_and_no_upload_is_recorded_for_it(
    quiet: Cloud, proxy: FaultProxy
) -> None:
    refs = [put(quiet, f"{number}.jpg", jpeg()) for number in range(3)]
    deny(proxy, r"\d.jpg", 403, facts_too=True)

    swept = sweep.run(older_than=0)

    assert (swept.put_again, swept.failed, swept.finished) == (0, 3, True)
    assert quiet.results() == []
    with pytest.raises(Forbidden):
        uploads.head(refs[0], 10)
    proxy.clear()
    assert sweep.run(older_than=0).put_again == 3


GARBAGE: dict[str, Callable[[Job], bytes]] = {
    "no JSON": lambda _: b"\x00 not JSON",
    "no job": lambda _: json.dumps({"owner": "x", "job": None}).encode(),
    "wrong types": lambda job: json.dumps({**_claim(job), "attempt": "many"}).encode(),
    "a list": lambda _: b"[]",
}


def _claim(job: Job) -> dict:
    lease.ensure(job)
    found = json.loads(STATE.get(naming.lease(job.key)).body)
    STATE.delete(naming.lease(job.key))
    return found


@pytest.mark.slow
@pytest.mark.queue
def test_what_is_broken_stops_no_sweep_and_starves_nobody_behind_it(
    quiet: Cloud, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "BATCH", 8)
    lies = [put(quiet, f"0{at}.jpg", jpeg(), "gzip") for at in range(3)]
    key = put(quiet, "08.jpg", jpeg())
    deny(proxy, "08.jpg", 400)
    down = put(quiet, "09.jpg", jpeg())
    deny(proxy, "09.jpg", 501)
    odd = [(put(quiet, f"1{at}.jpg", jpeg()), make) for at, make in enumerate(GARBAGE.values())]
    for ref, make in odd:
        job = the_job(ref)
        leave(naming.lease(job.key), make(job))
    leave("sweep/all.json", b"half a cur")
    good = [put(quiet, f"2{at:02}.jpg", jpeg()) for at in range(20)]

    swept = sweep.run(older_than=0)

    assert (swept.seen, swept.failed, swept.finished) == (29, 1, True)
    assert swept.put_again == len(good) + len(lies) + 1
    assert {verdict(quiet, ref) for ref in [*lies, key]} == {"unreadable"}
    assert {verdict(quiet, ref) for ref in good} == {"done"}
    assert quiet.records(down) == []
    assert sweep.run(older_than=0).failed == 1
    proxy.clear()
    assert sweep.run(older_than=0).put_again == 1
    assert verdict(quiet, down) == "done"


@pytest.mark.queue
def test_a_lease_of_a_later_version_is_read_all_the_same(quiet: Cloud) -> None:
    job = the_job(put(quiet, "a.jpg", jpeg()))
    body = json.dumps({**_claim(job), "released": True, "of_tomorrow": 1}).encode()
    leave(naming.lease(job.key), body)

    assert sweep.run(older_than=0).leases_queued == 1
    assert verdict(quiet, job.images[0]) == "done"


def test_a_lease_that_nobody_can_read_holds_its_job_for_its_time_only(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "2")
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "1")
    job = the_job(put(quiet, "a.jpg", jpeg()))
    leave(naming.lease(job.key), b"not JSON")

    first = quiet.deliver(job).status_code
    until(lambda: quiet.deliver(job).status_code == 200, pause=0.2)

    assert first == 429
    assert len(quiet.model.questions) == 1


def test_a_lost_job_whose_lease_nobody_can_read_ends_all_the_same(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "2")
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "1")
    lost, told = (
        the_job(put(quiet, name, jpeg() + name.encode())) for name in ("lost.jpg", "told.jpg")
    )
    assert quiet.deliver(told).status_code == 200
    for job in (lost, told):
        STATE.delete(naming.lease(job.key))
        leave(naming.lease(job.key), b"not JSON")

    until(lambda: sweep.run(older_than=0).put_again, pause=0.2)

    assert verdict(quiet, lost.images[0]) == "done"
    assert len(quiet.model.questions) == 2


def test_a_storage_that_knows_no_batches_loses_its_leases_one_by_one(
    quiet: Cloud, proxy: FaultProxy
) -> None:
    for number in range(3):
        quiet.deliver(the_job(put(quiet, f"{number}.jpg", jpeg())))
    proxy.rule("POST", "/batch/", times=9, status=501)

    swept = sweep.run(older_than=0, younger_than=3600)

    assert (swept.leases_cleared, swept.failed) == (3, 0)
    assert list(quiet.client.list_blobs(state_bucket(), prefix=naming.LEASES)) == []


def bomb(head: bytes, mebibytes: int, tail: bytes = b"") -> bytes:
    """A gzip file that inflates to so much, made without ever holding it."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(head), *(packer.compress(b" " * MIB) for _ in range(mebibytes))]
    return b"".join([*parts, packer.compress(tail), packer.flush()])


@dataclass(frozen=True, slots=True)
class Apart:
    """The functions in a process of their own, whose memory can be told."""

    cloud: Cloud
    host: Host

    def peak(self, *refs: ImageRef) -> float:
        """The most MiB it takes while it takes these in and works on them."""
        with memory.peak(self.host.pid()) as most:
            for ref in refs:
                self._take(ref)
            return most()

    def _take(self, ref: ImageRef) -> None:
        about = {"bucket": ref.bucket, "name": ref.name, "generation": str(ref.generation)}
        at = "2026-11-28T00:00:00Z"
        told = {**about, "metageneration": "1", "size": "1000", "timeCreated": at, "updated": at}
        event = cloudevent.headers(told)
        requests.post(self.host.address("ingest"), json=told, headers=event, timeout=180)
        job = pushed(events.encode_job(the_job(ref)))
        requests.post(self.host.address("detect"), json=job, timeout=180)


@pytest.fixture
def apart(servers: Servers, tmp_path: Path) -> Iterator[Apart]:
    with environment(servers), hosted(servers, tmp_path) as host:
        declaration.make_buckets()
        declaration.make_topics()
        cloud = Cloud(servers, functions=None, trigger=None)
        cloud.script(otherwise=lambda _: replies.boxes([THING]))
        yield Apart(cloud, host)
        cloud.client.close()


@pytest.mark.slow
def test_a_bomb_takes_hardly_more_memory_of_ingest_and_worker_than_a_photo(apart: Apart) -> None:
    photos = [put(apart.cloud, f"{number}.jpg", jpeg(size=(1600, 1200))) for number in range(2)]
    asks = b'{"task": "detect", "images": ["'
    bombs = [
        put(apart.cloud, "zeros.jpg", bomb(b"\xff\xd8\xff\xe0", SWOLLEN), "gzip"),
        put(apart.cloud, "ask.job.json", bomb(asks, SWOLLEN, b'"]}'), "gzip"),
    ]

    apart.peak(photos[0])  # what is imported and cached with the first
    honest, hostile = apart.peak(photos[1]), apart.peak(*bombs)

    assert 0 < hostile <= honest + ROOM
    (zeros,) = (record["reason"] for record in apart.cloud.records(bombs[0]))
    asked = [record["reason"] for record in apart.cloud.records(bombs[1])]
    assert zeros["code"] == "too_large"
    assert {
        "code": "bad_job_file",
        "sentence": "The job file has more than 1,000,000 bytes once inflated.",
    } in asked
