"""The index of all records."""

import os

from hypothesis import given
from hypothesis import strategies as st

from local.gemini import replies
from shared import index, naming, terminal
from shared.model import ImageRef, Job, Result, Verdict
from tests.cloud import Cloud
from tests.photos import Scene


def test_every_record_is_entered_newest_first(darkroom: Cloud) -> None:
    darkroom.script(replies.boxes([{"box_2d": Scene().box_2d(), "label": "red thing"}]))
    record = darkroom.record(darkroom.upload("a b.jpg", Scene().stored()))
    darkroom.record(darkroom.upload("note.txt", b"just words"))

    second, first = index.newest()

    assert (second.name, second.status, second.reason) == (
        "note.txt",
        "rejected",
        "unsupported_type",
    )
    assert (first.name, first.status, first.labels, first.objects) == (
        "a b.jpg",
        "done",
        ("red thing",),
        1,
    )
    assert (first.id, first.folder, first.overlay) == (record["id"], record["folder"], True)


def test_a_list_goes_on_after_any_entry(darkroom: Cloud) -> None:
    for number in range(5):
        _rejected(f"{number}.jpg")

    everything = list(index.newest())

    assert [entry.name for entry in everything] == [f"{number}.jpg" for number in (4, 3, 2, 1, 0)]
    assert list(index.newest(after=everything[1].at)) == everything[2:]
    assert list(index.newest(since=everything[1].created))[:2] == everything[:2]
    assert [entry.name for entry in index.newest(prefix="3")] == ["3.jpg"]


def test_a_record_announced_again_is_entered_once(darkroom: Cloud) -> None:
    found = _rejected("twice.jpg")
    darkroom.client.bucket(os.environ["STATE_BUCKET"]).blob(naming.announced(found["id"])).delete()

    terminal.announce(found)

    assert len(list(index.newest())) == 1


@given(st.text(min_size=1, max_size=1024), st.lists(st.text(max_size=600), max_size=60))
def test_an_entry_fits_into_an_objects_metadata(name: str, labels: list[str]) -> None:
    record = {
        "id": "0" * 64,
        "created": "2026-11-23T00:00:00.000Z",
        "task": "detect",
        "status": "done",
        "reason": None,
        "artifacts": [],
        "usage": None,
        "images": [{"bucket": "b", "name": _named(name), "generation": 10**15}],
        "findings": {"objects": [{"label": label} for label in labels], "text": "\x00" * 9_000},
    }

    assert len(index._encoded(record).encode()) <= 8_000


def _named(text: str) -> str:
    """As Cloud Storage takes it: at most 1,024 bytes of UTF-8."""
    return text.encode("utf-8", "replace")[:1024].decode("utf-8", "ignore")


def _rejected(name: str) -> dict:
    job = Job((ImageRef(os.environ["UPLOADS_BUCKET"], name, 1),), "detect", {"model": "m"})
    found = terminal.commit(Result(job, "rejected", Verdict("empty", "It is empty.")))
    terminal.announce(found)
    return found
