"""The families that measure whole functions, each in a process of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bench import job, latency, photo, pipeline, roundtrips, scale
from bench.pipeline import pipelines
from bench.served import ROOT
from bench.wire import in_sequence
from shared.model import Size

pytestmark = pytest.mark.slow

TINY = Size(320, 240)
HERE = {"here": ROOT}
BOTH = {"here": ROOT, "there": ROOT}


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Restores the environment that a family sets for its processes."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_the_requests_of_each_step_are_counted_on_the_wire() -> None:
    found = roundtrips.run(TINY, HERE, ("ingest, a photo", "detect, 10 boxes", "upload to webhook"))

    rows = {row["step"]: row for row in found.rows}
    ingested, worked, webhook = rows.values()
    for row in rows.values():
        assert row["storage"] == row["class_a"] + row["class_b"] + row["free"]
    assert ingested["messages"] == worked["messages"] == 1
    assert webhook["storage"] > ingested["storage"] + worked["storage"]
    assert webhook["in_sequence"] > ingested["in_sequence"] + worked["in_sequence"]


def test_a_job_delivered_again_tells_nobody() -> None:
    found = roundtrips.run(TINY, BOTH, ["a job delivered again"])

    (row,) = found.rows
    assert row["messages"] == row["there_messages"] == 0
    assert row["class_b"] == row["there_class_b"] > 0


def test_calls_in_sequence_take_their_delay_each() -> None:
    with pipelines(HERE, roundtrips.DELAY) as (each, script):
        data = photo.encoded(photo.picture(TINY), "JPEG")
        (step,) = roundtrips.done(each["here"], script, "caption", data)

    told = step.before_told
    assert len(told) >= step.in_sequence == in_sequence(told) > 1
    assert step.until_told >= step.in_sequence * roundtrips.DELAY
    assert all(call.end - call.start >= roundtrips.DELAY for call in step.calls)


def test_two_checkouts_are_timed_in_turns_and_compared_by_the_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(latency, "_STEPS", ("caption",))

    found = latency.run(1, TINY, BOTH)

    assert [row["step"] for row in found.rows] == ["caption"]
    for row in found.rows:
        assert row["there_told_ms"] > 0
        assert row["told_low"] <= row["told_ms"] <= row["told_high"]
        assert row["told_ratio_low"] <= row["told_ratio"] <= row["told_ratio_high"]


def test_a_whole_job_takes_more_than_the_floor_of_its_codecs() -> None:
    found = job.run(1, TINY, HERE)

    assert [row["job"] for row in found.rows][-1] == "caption"
    for row in found.rows:
        assert 0 < row["floor_ms"] < row["job_ms"]
        assert 1 < row["of_floor_low"] <= row["of_floor"] <= row["of_floor_high"]


def test_what_grows_with_objects_and_images_is_counted() -> None:
    found = scale.run({"masks": (1, 5)}, (2, 5))

    rows = {(row["what"], row["count"]): row for row in found.rows}
    assert rows["masks", 5]["worker_requests"] == rows["masks", 1]["worker_requests"] + 4
    assert rows["images", 5]["ingest_requests"] == rows["images", 2]["ingest_requests"] + 3
    assert rows["images", 5]["worker_requests"] > rows["images", 2]["worker_requests"]
    assert len(found.notes) == 2


def test_the_functions_are_those_of_the_other_checkout(tmp_path: Path) -> None:
    for each in ("shared", "recipes.toml"):
        (tmp_path / each).symlink_to(ROOT / each)
    (tmp_path / "functions/notify").mkdir(parents=True)
    (tmp_path / "functions/notify/main.py").write_text("def notify(request): return 'theirs'")

    with pipelines({"there": tmp_path}, 0.0) as (each, _):
        said = requests.get(each["there"].function("notify").url, timeout=60).text

    assert said == "theirs"


def test_a_folder_that_is_no_checkout_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(SystemExit, match="is no checkout: it has no functions/"),
        pipelines(pipeline.checkouts(tmp_path), 0.0),
    ):
        pass
