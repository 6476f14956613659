"""docs/event.schema.json: our events fit it, and nothing else does."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from shared.errors import FailedReason, RejectedReason
from shared.jobs import announcements
from shared.jobs.record import Record
from shared.messages.announcement import Announcement
from shared.model import (
    Artifact,
    Box,
    Detection,
    Findings,
    ImageRef,
    Job,
    Label,
    Mask,
    Part,
    Photo,
    Point,
    Polygon,
    Problem,
    Result,
    Usage,
    Verdict,
)
from tests.docs.event_schema import DOCS, SCHEMA, faults

PAGES = "".join((DOCS / page).read_text("utf-8") for page in ("events.md", "webhooks.md"))
EXAMPLES = [
    found
    for block in re.findall(r"^```\w+\n(.*?)^```", PAGES, re.DOTALL | re.MULTILINE)
    for found in re.findall(r"^\{\n.*?^\}$", block, re.DOTALL | re.MULTILINE)
    if '"specversion"' in found
]

PHOTO = Photo(
    bucket="uploads",
    name="in/ü.jpg",
    generation=1,
    declared_type="image/jpeg",
    detected_type="image/jpeg",
    width=20,
    height=30,
    orientation=6,
    frames=1,
    bytes=7,
    crc32c="AAAAAA==",
    warnings=("blurry",),
)
JOB = Job(
    (ImageRef("uploads", "in/ü.jpg", 1),), "segment", {"model": "m", "prompt_version": "segment/1"}
)
USAGE = Usage("m-001", 10, 5, 3, 2, 0.001, 1)
BOX = Box(1, 2, 9, 10)
FINDINGS = Findings(
    (
        Detection("shoe", BOX, 0.5, mask=Mask(BOX, b"\xff" * 8)),
        Detection("corner", Point(1, 2)),
        Detection("shape", Polygon((((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),)), None, "repaired"),
    ),
    (Problem("swapped_corners", "They were swapped.", 1),),
    text="words",
    labels=(Label("boot", 0.5),),
)


def structured(result: Result) -> dict[str, Any]:
    event = announcements.event(Record.of(result))
    return json.loads(Announcement.received(*event.message()).structured())


DONE = structured(
    Result(
        JOB,
        "done",
        photos=(PHOTO,),
        findings=FINDINGS,
        artifacts=(Artifact("mask-000.png", "image/png", 7, "AAAAAA=="),),
        usage=USAGE,
        timing_ms={"total": 12},
    )
)


def alarm(ident: str, kind: str, subject: str, data: dict[str, Any]) -> Any:
    told = Announcement.alarm(ident, kind, subject, data, datetime.now(UTC))
    return json.loads(told.structured())


def test_the_event_of_a_photo_that_was_read_fits_the_schema() -> None:
    assert DONE["data"]["findings"]["objects"][0]["mask"]["rle"] is None
    assert faults(DONE) == []


def test_the_event_of_several_tasks_in_one_call_fits_the_schema() -> None:
    missing = Problem("part_missing", "The answer does not have this part.")
    parts = (Part("segment"), Part("caption", complete=False, problems=(missing,)))
    event = structured(
        Result(JOB, "done", photos=(PHOTO,), findings=replace(FINDINGS, parts=parts), usage=USAGE)
    )

    assert [each["task"] for each in event["data"]["findings"]["parts"]] == ["segment", "caption"]
    assert faults(event) == []


@pytest.mark.parametrize("reason", get_args(RejectedReason))
def test_the_event_of_a_rejection_fits_the_schema(reason: RejectedReason) -> None:
    assert faults(structured(Result(JOB, "rejected", Verdict(reason, "Why.")))) == []


@pytest.mark.parametrize("reason", get_args(FailedReason))
@pytest.mark.parametrize("usage", [None, USAGE], ids=["not asked", "asked"])
def test_the_event_of_a_failure_fits_the_schema(reason: FailedReason, usage: Usage | None) -> None:
    failed = Result(JOB, "failed", Verdict(reason, "Why."), (PHOTO,), usage=usage)

    assert faults(structured(failed)) == []


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(
            Result(
                Job((ImageRef("b", name, 1),), "detect", {**JOB.request, "prompt": prompt}),
                "done",
                findings=Findings((Detection("x", BOX),) * 500),
                usage=USAGE,
            ),
            id=f"{len(name)} characters and a prompt of {len(prompt)}",
        )
        for name in ("a", "\x01" * 900)
        for prompt in ("", "x" * 30_000)
    ],
)
def test_a_cut_event_fits_the_schema(result: Result) -> None:
    told = structured(result)

    assert "cut" in told["data"]["findings"]
    assert faults(told) == []


def test_every_part_can_be_cut_and_the_rest_cannot() -> None:
    parts = {"findings", "request", "images", "artifacts", "problems", "usage", "timing", "reason"}
    cut = {"cut": "result.json"}
    failed = structured(Result(JOB, "failed", Verdict("refused", "Why.")))
    whole = {part: failed if part == "reason" else DONE for part in DONE["data"]}

    taken = {
        part
        for part, event in whole.items()
        if not faults({**event, "data": {**event["data"], part: cut}})
    }

    assert taken == parts


def test_alarms_fit_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_BUCKET", "state")
    sums = {"day": "2026-11-23", "budget_usd": 1.5, "spent_usd": 2}
    whole = {**sums, "scope": "recipe", "recipe": "market", "period": "month"}

    for what in ("near", "reached"):
        assert faults(alarm(f"budget-{what}-2026-11", f"budget.v1.{what}", "2026-11", whole)) == []
    assert faults(alarm("test-1", "webhook.v1.test", "shop", {"endpoint": "shop"})) == []


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: json.loads(text)["type"])
def test_the_examples_fit_the_schema(text: str) -> None:
    assert faults(json.loads(text)) == []


def test_there_is_an_example_of_every_type_but_one() -> None:
    types = {json.loads(text)["type"] for text in EXAMPLES}

    assert types == {*SCHEMA["properties"]["type"]["enum"]} - {"dev.darkroom.result.v1.failed"}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "a.b"},
        {"specversion": "0.3"},
        {"type": "dev.darkroom.result.v1.lost"},
        {"type": "dev.darkroom.result.v1.failed"},
        {"type": "dev.darkroom.budget.v1.reached"},
        {"time": "yesterday"},
        {"source": ""},
        {"extra": 1},
        {"data": {"extra": 1}},
        {"data": {"images": []}},
        {"data": {"status": "failed"}},
        {"data": {"findings": None}},
        {"data": {"request": {"cut": ""}}},
    ],
    ids=str,
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    data = {**DONE["data"], **change.get("data", {})}

    assert faults({**DONE, **change, "data": data})
