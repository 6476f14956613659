"""What the storage emulator keeps when its process ends, in whatever way."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from threading import Event

import pytest
from google.cloud import storage

from local.storage import serve
from local.storage.disk import Disk
from local.storage.errors import StorageError
from local.storage.generations import Generations
from local.storage.listing import Query
from local.storage.objects import Draft
from local.storage.preconditions import Preconditions
from local.storage.store import Store

ROOT = Path(__file__).parents[3]
URL = "http://127.0.0.1:1"
NOTHING = Preconditions()


@pytest.fixture
def reopen(tmp_path):
    """A function that ends the store there is and opens it again, as a restart does."""
    stores = []

    def reopen(root=tmp_path / "storage", **options):
        if stores:
            stores.pop().close()
        stores.append(Store(root, URL, **options))
        return stores[0]

    yield reopen
    stores.pop().close()


def put(store, name, content, **properties):
    with store.spool() as spool:
        spool.write(content)
        return store.put(Draft("photos", name, {"contentType": "image/jpeg", **properties}), spool)


def content(store, name):
    _, file = store.open("photos", name)
    with file:
        return file.read()


def names(store, **query):
    return [stored.name for stored in store.list("photos", Query(**query))[0]]


def events(store):
    """The generations whose events wait."""
    stop, schedule, found = Event(), store.outbox.schedule("photos"), []
    while not schedule.empty():
        found.append(schedule.take(stop).key)
        schedule.finish()
    return sorted(found)


def files(root):
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


def test_a_restart_brings_everything_back(reopen):
    store = reopen()
    store.create_bucket("photos", {"location": "EU"})
    store.set_notification("photos", "1", {"topic": "finalized"})
    first = put(store, "in/ü.jpg", b"content", metadata={"größe": "très"})
    put(store, "gone", b"gone")
    store.delete("photos", "gone", None, NOTHING)
    store.patch(Draft("photos", "in/ü.jpg", {"cacheControl": "no-store"}), None, whole=False)
    before = store.get("photos", "in/ü.jpg")

    store = reopen()

    assert store.get("photos", "in/ü.jpg") == before
    assert before.metageneration == 2
    assert before.generation == first.generation
    assert content(store, "in/ü.jpg") == b"content"
    assert names(store) == ["in/ü.jpg"]
    assert store.bucket("photos").properties["location"] == "EU"
    assert store.bucket("photos").notifications == {"1": {"topic": "finalized"}}


def test_versions_outlive_a_restart(reopen):
    store = reopen()
    store.create_bucket("photos", {"versioning": {"enabled": True}})
    first, second = put(store, "a", b"one"), put(store, "a", b"two")
    before = store.get("photos", "a", first.generation)

    store = reopen()

    assert store.get("photos", "a", first.generation) == before
    assert before.deleted
    assert [each.generation for each in store.list("photos", Query(versions=True))[0]] == [
        first.generation,
        second.generation,
    ]
    assert store.get("photos", "a") == second


def test_the_files_of_versions_before_the_index_are_taken_over(reopen, tmp_path):
    store = reopen()
    store.create_bucket("photos", {})
    one, two, other = put(store, "a", b"one"), put(store, "b", b"old"), put(store, "c", b"new")
    folder = tmp_path / "storage" / "buckets" / "photos"
    newest = replace(other, name="b")  # a process that was killed left both
    for stored in (one, two, newest):
        (folder / f"{stored.generation}.json").write_text(json.dumps(asdict(stored)))
    store.close()
    for file in (tmp_path / "storage").glob("index.db*"):
        file.unlink()

    store = Store(tmp_path / "storage", URL)

    assert names(store) == ["a", "b"]
    assert [content(store, name) for name in ("a", "b")] == [b"one", b"new"]
    assert store.get("photos", "a") == one
    assert files(folder) == {
        "bucket.json",
        f"{one.generation}.bytes",
        f"{newest.generation}.bytes",
    }
    store.close()


def test_generations_grow_over_restarts_and_clocks_set_back(tmp_path, monkeypatch):
    mark = tmp_path / "generations"
    earlier = Generations(mark)
    last = [earlier.next() for _ in range(1000)][-1]

    monkeypatch.setattr(time, "time_ns", lambda: 0)
    later = Generations(mark)

    assert later.next() > last
    assert later.next() > last + 1


def test_two_processes_cannot_have_the_same_files(reopen, tmp_path):
    reopen()

    with pytest.raises(BlockingIOError, match="in use"):
        Disk(tmp_path / "storage")
    with pytest.raises(BlockingIOError, match="in use"):
        serve(tmp_path / "storage")


def test_a_deleted_bucket_stays_away(reopen, tmp_path):
    store = reopen()
    store.create_bucket("photos", {})
    store.delete_bucket("photos", NOTHING)

    store = reopen()

    with pytest.raises(StorageError):
        store.bucket("photos")
    assert files(tmp_path / "storage" / "buckets") == set()


def test_bytes_that_were_being_written_are_gone_after_a_restart(reopen, tmp_path):
    store = reopen()
    store.create_bucket("photos", {})
    half = store.spool()
    half.write(b"half")
    half.finish()
    assert files(tmp_path / "storage" / "incoming")

    reopen()

    assert not files(tmp_path / "storage" / "incoming")


def test_what_is_overwritten_or_deleted_leaves_no_files(reopen, tmp_path):
    store = reopen(watched=())
    store.create_bucket("photos", {})
    put(store, "gone", b"gone")
    store.delete("photos", "gone", None, NOTHING)
    put(store, "a", b"first")

    second = put(store, "a", b"second")

    assert files(tmp_path / "storage" / "buckets" / "photos") == {
        "bucket.json",
        f"{second.generation}.bytes",
    }


def test_an_open_download_outlives_its_object(reopen):
    store = reopen()
    store.create_bucket("photos", {})
    put(store, "a", b"first")
    _, file = store.open("photos", "a")

    put(store, "a", b"second")
    store.delete("photos", "a", None, NOTHING)

    with file:
        assert file.read() == b"first"


# Does one operation on `a` in a store where `a` has a first version, and dies by kill -9
# before the nth time it touches a file. Prints "n acknowledged" or "n killed", for all n.
CRASHER = """
import os, signal, sys
from pathlib import Path
from local.storage.objects import Draft
from local.storage.preconditions import Preconditions
from local.storage.store import Store

root, operation = Path(sys.argv[1]), sys.argv[2]
VERSIONING = {"versioning": {"enabled": operation.startswith("versioned ")}}
operation = operation.removeprefix("versioned ")
TOUCHES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}
left = None

def count(event, _):
    global left
    if left is not None and event in TOUCHES:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

def put(store, name, content):
    with store.spool() as spool:
        spool.write(content)
        store.put(Draft("photos", name, {"contentType": "image/jpeg"}), spool)

def run(n):
    global left
    store = Store(root / str(n), "http://127.0.0.1:1")
    store._index._rows.set_trace_callback(lambda _: count("open", None))
    store.create_bucket("photos", VERSIONING)
    put(store, "a", b"first" * 1000)
    left = n
    if operation == "create":
        put(store, "b", b"second" * 1000)
    elif operation == "overwrite":
        put(store, "a", b"second" * 1000)
    elif operation == "patch":
        store.patch(Draft("photos", "a", {"metadata": {"k": "v"}}), None, whole=False)
    else:
        store.delete("photos", "a", None, Preconditions())
    left = None

sys.addaudithook(count)
n, status = 0, 1
while status:
    child = os.fork()
    if child == 0:
        run(n)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(n, "killed" if status else "acknowledged")
    n += 1
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "name", "before", "after"),
    [
        ("create", "b", None, b"second"),
        ("overwrite", "a", b"first", b"second"),
        ("patch", "a", b"first", b"first"),
        ("delete", "a", b"first", None),
        ("versioned overwrite", "a", b"first", b"second"),
        ("versioned delete", "a", b"first", None),
    ],
)
def test_killed_at_any_step_an_operation_happened_or_did_not(
    reopen, tmp_path, operation, name, before, after
):
    command = [sys.executable, "-c", CRASHER, str(tmp_path), operation]
    crashes = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    *killed, (_, how) = [line.split() for line in crashes.stdout.splitlines()]
    assert how == "acknowledged"
    assert len(killed) >= 2
    seen = set()

    for n in range(len(killed) + 1):
        store = reopen(tmp_path / str(n))
        found = store.find("photos", name)
        seen.add(found and (content(store, name)[:6].rstrip(b"f"), found.metageneration))
        written = b"second" if operation.endswith(("create", "overwrite")) else None
        events_expected = 1 + bool(found and written and content(store, name).startswith(written))
        check_tidy(store, tmp_path / str(n), events_expected)

    expected = {None if state is None else (state, 1) for state in (before, after)}
    if operation == "patch":
        expected = {(b"first", 1), (b"first", 2)}
    assert seen == expected
    final = store.find("photos", name)
    assert (final is None) == (after is None)
    assert final is None or final.metageneration == (2 if operation == "patch" else 1)
    assert final is None or content(store, name) == after * 1000


INDEX = {"index.db", "index.db-wal", "index.db-shm"}


def check_tidy(store, root, events_expected):
    """Whole objects, an event for each that ever was, and no file that belongs to nothing."""
    objects, _ = store.list("photos", Query(versions=True))
    expected = {"lock", "generations", "buckets/photos/bucket.json", *INDEX}
    for stored in objects:
        _, file = store.open("photos", stored.name, stored.generation)
        with file:
            assert len(file.read()) == stored.size
        expected.add(f"buckets/photos/{stored.generation}.bytes")
    waiting = events(store)
    expected |= {f"outbox/photos/{generation}.json" for generation in waiting}
    assert {str(stored.generation) for stored in objects} <= set(waiting)
    assert len(waiting) == events_expected
    assert files(root) == expected


@pytest.mark.slow
def test_the_number_of_objects_slows_nothing_down(reopen):
    """Ratios of the fastest of many, so that a busy machine does not matter much."""
    store = reopen(watched=())
    store.create_bucket("photos", {})

    def fill(first, last):
        for number in range(first, last):
            put(store, f"{number:05}", b"")

    def fastest(act, times=30):
        def once():
            start = time.perf_counter()
            act()
            return time.perf_counter() - start

        return min(once() for _ in range(times))

    fill(0, 100)
    few = fastest(lambda: names(store, limit=50)), fastest(lambda: put(store, "00050", b""))
    fill(100, 3_000)
    many = fastest(lambda: names(store, limit=50)), fastest(lambda: put(store, "00050", b""))

    assert many[0] < 5 * few[0]
    assert many[1] < 5 * few[1]


SERVER = """
import sys, threading
from pathlib import Path
from local.storage import serve

print(serve(Path(sys.argv[1])).url, flush=True)
threading.Event().wait()
"""


def test_what_was_acknowledged_outlives_kill_9(reopen, tmp_path, monkeypatch):
    root = tmp_path / "storage"
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(root)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with server:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.stdout.readline().strip())
        client = storage.Client(project="demo-project")
        bucket = client.create_bucket("photos")
        acknowledged = {}

        def upload(number):
            name = f"{number % 40:02}"  # so that most of them overwrite
            blob = bucket.blob(name)
            try:
                blob.upload_from_string(name.encode() * number, retry=None)
            except OSError:
                return
            acknowledged[blob.generation] = (name, number)
            if len(acknowledged) == 150:
                os.kill(server.pid, 9)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(upload, range(400)))
        client.close()

    store = reopen(root)

    assert 150 <= len(acknowledged) < 400
    for name in {name for name, _ in acknowledged.values()}:
        newest = max(generation for generation, (each, _) in acknowledged.items() if each == name)
        found = store.get("photos", name)
        assert found.generation >= newest
        if found.generation == newest:
            assert content(store, name) == name.encode() * acknowledged[newest][1]
    assert set(map(str, acknowledged)) <= set(events(store))
    assert not files(root / "incoming")


def test_what_is_deleted_or_overwritten_has_an_event_after_a_restart_if_they_are_wanted(reopen):
    store = reopen()
    store.create_bucket("photos", {"versioning": {"enabled": True}})
    quiet = put(store, "a", b"1")
    store.delete("photos", "a", None, NOTHING)
    store.outbox.deletions = True
    first, second = put(store, "b", b"1"), put(store, "b", b"2")
    store.delete("photos", "b", first.generation, NOTHING)
    store.delete("photos", "b", None, NOTHING)

    found = events(reopen())

    made = [f"{each.generation}" for each in (quiet, first, second)]
    archived = [f"{each.generation}-archived" for each in (first, second)]
    assert found == sorted([*made, *archived, f"{first.generation}-deleted"])


def test_a_deletion_that_a_dying_process_did_not_commit_has_no_event(reopen, monkeypatch):
    store = reopen()
    store.create_bucket("photos", {})
    store.outbox.deletions = True
    kept = put(store, "a", b"1")
    resource = {**kept.resource("http://here"), "event": "deleted"}
    staged = store.outbox._path("photos", f"{kept.generation}-deleted").with_suffix(".staged")
    staged.write_text(json.dumps(resource))

    assert events(reopen()) == [f"{kept.generation}"]
