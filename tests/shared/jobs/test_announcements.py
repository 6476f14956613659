"""The CloudEvent of a record: whole where there is room, and otherwise cut where it says so."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.jobs import announcements
from shared.jobs.record import Found, Reason, Record
from shared.messages.announcement import Announcement
from shared.model import (
    Artifact,
    Box,
    Detection,
    Findings,
    ImageRef,
    Job,
    Mask,
    Photo,
    Problem,
    Result,
    Usage,
)
from tests.documents import read_back

REQUEST = {"model": "m", "prompt_version": "detect/1"}


def done(name: str = "a.jpg", label: str = "thing", objects: int = 1, prompt: str = "") -> Record:
    thing = Detection(label, Box(1, 2, 3, 4))
    job = Job((ImageRef("b", name, 1),), "detect", REQUEST | {"prompt": prompt})
    return Record.of(Result(job, "done", findings=Findings((thing,) * objects)))


def announced(record: Record) -> tuple[dict[str, str], bytes]:
    return announcements.event(record).message()


def test_a_small_record_is_announced_whole() -> None:
    record = done()

    attributes, data = announced(record)

    assert json.loads(data) == read_back(record)
    assert attributes["ce-id"] == record.id
    assert attributes["ce-type"] == "dev.darkroom.result.v1.done"
    assert attributes["ce-time"] == record.created


def test_the_run_lengths_of_masks_are_not_announced() -> None:
    box = Box(1, 2, 9, 10)
    thing = Detection("thing", box, mask=Mask(box, b"\xff" * 8))
    photo = Photo("b", "n", 1, width=20, height=30)
    job = Job((ImageRef("b", "n", 1),), "segment", REQUEST)
    whole = Record.of(Result(job, "done", photos=(photo,), findings=Findings((thing,))))

    _, data = announced(whole)

    mask = read_back(whole)["findings"]["objects"][0]["mask"]
    assert mask["rle"]["counts"]
    assert json.loads(data)["findings"]["objects"][0]["mask"] == {**mask, "rle": None}


PARTS = {"findings", "request", "images", "artifacts", "problems", "usage", "timing", "reason"}


def structured(attributes: dict[str, str], data: bytes) -> bytes:
    return Announcement.received(attributes, data).structured()


@pytest.mark.parametrize(
    ("record", "cut"),
    [
        pytest.param(done(objects=500), {"findings"}, id="many objects"),
        pytest.param(done(label="\u202e" * 5000), {"findings"}, id="a long label"),
        pytest.param(
            done(objects=300, prompt="x" * 30_000), {"findings", "request"}, id="a prompt"
        ),
        pytest.param(done(name="\u65e5" * 341, objects=300), {"findings"}, id="a long name"),
        pytest.param(
            replace(done(), problems=(Problem("c", "s", 1),) * 1000),
            {"problems"},
            id="many problems",
        ),
    ],
)
def test_an_announcement_is_at_most_20_kb_and_names_where_the_rest_is(
    record: Record, cut: set[str]
) -> None:
    attributes, data = announced(record)

    whole, short = read_back(record), json.loads(data)
    assert len(structured(attributes, data)) <= 20_000
    assert {part for part in whole if short[part] != whole[part]} == cut
    assert all(short[part] == {"cut": whole["folder"] + "result.json"} for part in cut)
    assert all(len(value.encode()) <= 1024 for value in attributes.values())  # Pub/Sub's limit


def test_where_names_leave_no_room_a_cut_part_is_named_without_the_folder() -> None:
    record = done(name="\x01" * 900, objects=100)

    attributes, data = announced(record)

    whole, short = read_back(record), json.loads(data)
    assert len(structured(attributes, data)) <= 20_000
    assert short == whole | {"findings": {"cut": "result.json"}}


@settings(deadline=None)
@given(
    name=st.text(st.sampled_from("a\x01\x7f\u65e5\U0001f4f7\\"), min_size=1, max_size=1024).filter(
        lambda name: len(name.encode()) <= 1024
    ),
    sizes=st.fixed_dictionaries({part: st.sampled_from([0, 50, 6_000, 40_000]) for part in PARTS}),
    bucket=st.sampled_from(["b", "b" * 222]),
)
@example(name="\x01" * 1024, sizes=dict.fromkeys(PARTS, 40_000), bucket="b" * 222)
@example(name="\x01" * 920, sizes=dict.fromkeys(PARTS, 40_000), bucket="b" * 222)
def test_no_record_makes_a_longer_announcement(name: str, sizes: dict, bucket: str) -> None:
    words = {part: "\x02" * (size // 6) for part, size in sizes.items()}
    photo = Photo(bucket, name, 1)
    record = replace(
        done(name=name),
        images=(photo, *[Photo("", "", 1)] * (sizes["images"] // 200)),
        findings=Found(text=words["findings"]),
        reason=Reason("code", words["reason"]),
        request={"words": words["request"]},
        problems=(Problem("code", words["problems"]),),
        artifacts=(Artifact(words["artifacts"], "text/plain", 1, ""),),
        usage=Usage(words["usage"]),
        timing={words["timing"]: 1},
    )

    attributes, data = announced(record)

    whole = read_back(record)
    short = json.loads(data)
    assert len(structured(attributes, data)) <= 20_000
    assert attributes["ce-subject"] == name
    assert {part for part in whole if short[part] != whole[part]} <= PARTS
    assert all(
        short[part]
        in (whole[part], {"cut": whole["folder"] + "result.json"}, {"cut": "result.json"})
        for part in whole
    )
