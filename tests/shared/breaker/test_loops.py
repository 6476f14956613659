"""A function that writes its output back into the uploads is stopped within 20 paid calls."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from local.gemini import replies
from shared.breaker import mark
from shared.intake import recipes
from shared.jobs import unfinished
from shared.model import Origin
from shared.spending import brakes
from testbed.cloud import Cloud, Servers, until
from tests.shared.breaker import recursion
from tests.shared.breaker.recursion import LOOPS, replayed
from tests.shared.breaker.spread import spread

PAID = 20  # calls that a loop may cost


@pytest.fixture(autouse=True)
def own_recipes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recursion.use_recipes(monkeypatch, tmp_path)


@pytest.fixture
def open_cloud(darkroom: Cloud) -> Cloud:
    darkroom.script(otherwise=lambda _: replies.boxes([]))
    return darkroom


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_stopped_within_twenty_paid_calls_and_says_why(
    open_cloud: Cloud, name: str
) -> None:
    loop, why = LOOPS[name]
    recursion.first(open_cloud)

    (brake,) = replayed(open_cloud, loop)

    assert len(open_cloud.model.questions) < PAID
    assert (brake.by, brake.sign, brake.recipe) == ("breaker", "loop", "loops")
    assert why in brake.sentence
    aside = [each for each in unfinished.listing().jobs if each.cause]
    assert {each.cause.kind for each in aside if each.cause} <= {"paused"}


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOPS)
def test_several_processes_stop_a_loop_together(
    quiet: Cloud, servers: Servers, tmp_path: Path, name: str
) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    loop, why = LOOPS[name]
    with spread(quiet, servers, tmp_path, processes=4):
        recursion.first(quiet)
        (brake,) = replayed(quiet, loop)

    assert len(quiet.model.questions) < PAID
    assert (brake.by, brake.sign) == ("breaker", "loop")
    assert why in brake.sentence


def test_one_upload_that_is_asked_ever_new_questions_is_stopped(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    (job,) = recipes.jobs(recursion.first(quiet))
    origin = Origin(time.time(), "bytes")

    for number in range(25):
        asked = {**job.request, "prompt": f"Question {number}?"}
        quiet.deliver(replace(job, request=asked, origin=origin))

    assert len(quiet.model.questions) < PAID
    (brake,) = brakes.in_force()
    assert brake.sign == "records"
    assert "10 more results than its tasks ask for, within 10 minutes" in brake.sentence


@pytest.mark.slow
def test_two_hundred_photos_at_once_and_a_folder_again_trip_nothing(open_cloud: Cloud) -> None:
    for _ in range(2):
        for number in range(100):
            open_cloud.upload(f"loop/{number}.jpg", recursion.photo(number))

    until(lambda: len([n for n in open_cloud.results() if n.endswith("result.json")]) == 200)
    assert not brakes.in_force()


@pytest.mark.slow
def test_equal_photos_one_after_another_trip_nothing(open_cloud: Cloud) -> None:
    for number in range(60):
        open_cloud.upload(f"loop/copy {number}.jpg", recursion.photo(0))

    until(lambda: len([n for n in open_cloud.results() if n.endswith("result.json")]) == 60)
    assert not brakes.in_force()


def test_what_overlays_are_made_of_is_written_into_them(open_cloud: Cloud) -> None:
    ref = recursion.first(open_cloud)
    record = open_cloud.record(ref)

    made = open_cloud.result(f"{record['folder']}overlay.jpg")

    assert mark.read(made) == (mark.digest("loops"),)
    assert mark.read(recursion.photo(1)) == ()
