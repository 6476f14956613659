"""The event of a correction fits its schema, however much was found."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared import codec
from shared.corrections import announcing
from shared.corrections.correction import Author, Base, Changes, Correction
from shared.jobs.record import Found, MaskFile, Object, Rle
from shared.messages.announcement import Announcement
from shared.model import Box, ImageRef
from tests.docs.event_schema import faults

MASK = MaskFile("", 2, Rle((4, 4), "02>"))


def correction(name: str, objects: int, label: str = "cup") -> Correction:
    things = tuple(
        Object(at, label, Box(0, 0, 1, 2), None, "corrected", MASK) for at in range(objects)
    )
    return Correction(
        number=7,
        record=Base("a" * 64, "2026-11-30T10:12:44.020Z", "b" * 64),
        folder=f"{name}/1/detect-{'a' * 12}/",
        task="detect",
        image=ImageRef("uploads", name, 1),
        author=Author("anna", "cvat"),
        created="2026-11-30T10:12:45.020Z",
        changes=Changes(added=objects),
        next_index=objects,
        findings=Found(things),
    )


def structured(made: Correction) -> dict:
    return json.loads(Announcement.received(*announcing.event(made).message()).structured())


@pytest.mark.parametrize("name", ["a.jpg", "\x01" * 900], ids=["short", "long"])
@pytest.mark.parametrize("objects", [0, 1, 1_000])
def test_the_event_fits_the_schema(name: str, objects: int) -> None:
    event = structured(correction(name, objects))

    assert faults(event) == []
    assert len(json.dumps(event, separators=(",", ":"))) <= 20_000
    assert ("cut" in event["data"]["findings"]) == (objects == 1_000)


def test_run_lengths_do_not_leave() -> None:
    (thing,) = structured(correction("a.jpg", 1))["data"]["findings"]["objects"]

    assert thing["mask"] == {"file": "", "area": 2, "rle": None}


@given(some.text(max_size=40).filter(lambda text: "\ud800" not in text))
def test_a_correction_is_read_as_it_was_written(label: str) -> None:
    made = correction("a.jpg", 3, label)

    assert codec.decode(codec.encode(made, indent=1), Correction) == made
