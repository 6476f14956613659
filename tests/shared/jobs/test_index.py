"""The index of all records."""

import json
import math
import os
from dataclasses import asdict, replace
from typing import Any, get_args

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from local.gemini import replies
from shared import exports, naming
from shared.border.storage import STATE
from shared.jobs import announcements, index, records
from shared.jobs.record import Record
from shared.jobs.wanted import Filter
from shared.model import (
    CANNOT,
    Detection,
    Findings,
    ImageRef,
    Job,
    Photo,
    Point,
    Problem,
    Result,
    Verdict,
)
from shared.web.gallery.reply import json_reply
from testbed.cloud import Cloud
from tests.documents import read_back
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
    darkroom.client.bucket(os.environ["STATE_BUCKET"]).blob(naming.announced(found.id)).delete()

    announcements.announce(found)

    assert len(list(index.newest())) == 1


NO_WORD = Problem(CANNOT, 'The offline model has no word for "shoe".')
NO_EYES = Problem(CANNOT, "The offline model cannot read.")
PLACE = f"{10**13}-{'0' * 16}"
SOUND = {
    "id": "0" * 64,
    "created": "2026-11-23T00:00:00.000Z",
    "bucket": "b",
    "name": "a.jpg",
    "generation": 1,
    "task": "detect",
    "status": "done",
    "reason": None,
    "labels": ["red thing"],
    "objects": 1,
    "text": None,
    "overlay": True,
    "cost_usd": 0.5,
    "model": "m",
    "calls": 1,
    "tier": "standard",
    "cannot": None,
}
LATER = {
    "thumbnail": None,
    "problems": 0,
    "warnings": [],
    "size": None,
    "doubt": None,
    "content": "",
}  # not in early entries
ANYTHING = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    *(st.just([]), st.just([1, "\ud800"]), st.just({"a": {}})),
)
NEW = st.text(max_size=5).filter(lambda name: name not in asdict(index.Entry(**SOUND)))
UNREADABLE = [
    pytest.param(PLACE, "", id="without metadata"),
    pytest.param(PLACE, "[1]", id="no object"),
    pytest.param(PLACE, "{", id="no JSON"),
    pytest.param(PLACE, "[" * 8_000, id="too deep"),
    pytest.param(PLACE, json.dumps(SOUND | {"cost_usd": float("nan")}), id="no number"),
    pytest.param(PLACE, json.dumps(SOUND | {"name": "\ud800"}), id="half a character"),
    pytest.param(PLACE, json.dumps(SOUND | {"name": 3}), id="another type"),
    pytest.param(PLACE, json.dumps({"id": "0" * 64}), id="nearly nothing"),
    pytest.param("another-name", json.dumps(SOUND), id="another name"),
]


@pytest.mark.parametrize(("place", "written"), UNREADABLE)
def test_an_entry_that_cannot_be_read_is_skipped_and_logged(
    place: str, written: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert index._read(f"index/{place}", written) is None
    assert "cannot read an entry of the index" in caplog.text


@given(more=st.dictionaries(NEW, ANYTHING, max_size=3))
def test_new_fields_of_a_later_version_are_left_out(more: dict[str, Any]) -> None:
    entry = index._read(f"index/{PLACE}", json.dumps({**more, **SOUND}))

    assert entry is not None
    assert read_back(entry) == {"at": PLACE, **LATER, **SOUND}


@given(
    changed=st.dictionaries(st.sampled_from(sorted(SOUND)), ANYTHING),
    gone=st.sets(st.sampled_from(sorted(SOUND))),
)
def test_an_entry_is_read_completely_or_not_at_all(changed: dict[str, Any], gone: set[str]) -> None:
    facts = {name: value for name, value in (SOUND | changed).items() if name not in gone}

    entry = index._read(f"index/{PLACE}", json.dumps(facts))

    if entry is not None:
        assert json.loads(json_reply(asdict(entry)).body) is not None
        assert entry.folder.encode()
        words = ("red", "a")
        assert Filter("detect", "done", "red", "a", words, "a").takes(entry) in {True, False}
        assert entry.created < "" or entry.cost_usd is None or math.isfinite(entry.cost_usd)


def test_no_entry_takes_page_counts_or_exports_down(darkroom: Cloud) -> None:
    """The page lists one that cannot be read by its place, and counts it as nothing."""
    _rejected("first.jpg")
    (known,) = index.newest()
    STATE.create(
        f"index/{known.at[:14]}-{'1' * 16}", b"", metadata={"entry": json.dumps({"id": 1})}
    )
    STATE.create(f"index/{known.at[:14]}-{'2' * 16}", b"", metadata={})
    newer = {**asdict(known), "verdict": {"later": "version"}}
    del newer["at"]
    STATE.create(f"index/{known.at[:14]}-{'f' * 16}", b"", metadata={"entry": json.dumps(newer)})
    _rejected("last.jpg")
    page = darkroom.functions.address("gallery")

    def asked(path: str) -> Any:
        answer = requests.get(page + path, timeout=60)
        assert answer.status_code == 200
        return answer

    names = ["last.jpg", "", "", "first.jpg", "first.jpg"]
    for path in ("api/results", "api/news"):
        listed = asked(path).json()["entries"]
        assert sorted(each["name"] for each in listed) == sorted(names)
        (one, other) = (each for each in listed if each.get("unreadable"))
        assert {one["at"][-16:], other["at"][-16:]} == {"1" * 16, "2" * 16}
        assert (one["id"], one["status"], one["folder"]) == (one["at"], "unreadable", "")
        assert one["created"] == known.created
        assert one.keys() == {*listed[0], "unreadable"}
    filtered = asked("api/results?name=.jpg").json()["entries"]
    assert [each["name"] for each in filtered] == [name for name in names if name]
    assert asked("api/today").json()["complete"] is True
    for form in {*get_args(exports.Name)} - {"bigquery", "parquet"}:  # those are the command's
        assert asked(f"api/export?format={form}").content


@given(st.text(min_size=1, max_size=1024), st.lists(st.text(max_size=600), max_size=60))
def test_an_entry_fits_into_an_objects_metadata(name: str, labels: list[str]) -> None:
    job = Job((ImageRef("b", _named(name), 10**15),), "detect", {"model": "m"})
    things = tuple(Detection(label, Point(1, 1)) for label in labels)
    cannot = (Problem(CANNOT, "\x00" * 300),)
    photo = replace(Photo.of(job.images[0]), warnings=tuple(f"warning_{at}" for at in range(99)))

    for found in (Findings(things, text="\x00" * 9_000), Findings(problems=cannot)):
        record = Record.of(Result(job, "done", photos=(photo,), findings=found))

        written = index._encoded(index._entry(record))
        assert len(written.encode()) <= 8_000
        assert json.loads(written)["warnings"][0] == "warning_0"


@pytest.mark.parametrize(
    ("found", "reason", "cannot"),
    [
        pytest.param(Findings(), None, None, id="nothing is there"),
        pytest.param(Findings(problems=(NO_WORD,)), CANNOT, NO_WORD.sentence, id="not looked for"),
        pytest.param(
            Findings(problems=(NO_WORD, NO_EYES), text=""),
            CANNOT,
            f"{NO_WORD.sentence} {NO_EYES.sentence}",
            id="not read",
        ),
        pytest.param(
            Findings((Detection("car", Point(1, 1)),), (NO_WORD,)), None, None, id="some is found"
        ),
        pytest.param(Findings(problems=(NO_WORD,), answer="Yes."), None, None, id="an answer"),
    ],
)
def test_an_entry_says_what_was_not_looked_for_where_nothing_is_found(
    found: Findings, reason: str | None, cannot: str | None
) -> None:
    job = Job((ImageRef("b", "a.jpg", 1),), "detect", {"model": "m"})

    entry = index._entry(Record.of(Result(job, "done", findings=found)))

    assert (entry.reason, entry.cannot) == (reason, cannot)


def test_an_entry_says_how_large_a_photo_is_and_what_is_doubtful() -> None:
    photo = Photo("b", "a.jpg", 1, width=640, height=480, warnings=("rotated", "blurry"))
    other = Photo("b", "b.jpg", 1, width=10, height=10, warnings=("rotated", "animated"))
    swapped = Problem("swapped_corners", "The corners were swapped.")
    refs = tuple(ImageRef(each.bucket, each.name, each.generation) for each in (photo, other))
    job = Job(refs, "compare", {"model": "m"})
    found = Findings(problems=(swapped, NO_WORD))

    entry = index._entry(Record.of(Result(job, "done", photos=(photo, other), findings=found)))

    assert entry.size == (640, 480)
    assert (entry.problems, entry.warnings) == (1, ("rotated", "blurry", "animated"))
    assert entry.doubts == entry.doubt == 20  # a problem, and a blurred photo
    assert replace(entry, doubt=None).doubts == 20  # of an early entry the same is known


def _named(text: str) -> str:
    """As Cloud Storage takes it: at most 1,024 bytes of UTF-8."""
    return text.encode("utf-8", "replace")[:1024].decode("utf-8", "ignore")


def _rejected(name: str) -> Record:
    job = Job((ImageRef(os.environ["UPLOADS_BUCKET"], name, 1),), "detect", {"model": "m"})
    found = records.commit(Result(job, "rejected", Verdict("empty", "It is empty."))).record
    announcements.announce(found)
    return found
