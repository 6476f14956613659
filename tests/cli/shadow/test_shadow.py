"""`darkroom shadow`: two models' answers compared, counted by hand."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cli.grading.statistics import LEAST
from local.gemini import Question, Reply, replies
from shared.border import storage
from shared.jobs import shadows
from shared.jobs.shadows import Note
from shared.model import Job, Shadow
from testbed.cloud import Cloud
from tests.cli.golden.sets import command
from tests.jobs import the_job
from tests.photos import jpeg

MODEL, OTHER = "gemini-3.8-flash", "gemini-3.1-flash-lite"
OWN = {"box_2d": [0, 0, 500, 1000], "label": "cup"}
SHIFTED = {"box_2d": [0, 0, 500, 900], "label": "mug"}
FAR = {"box_2d": [900, 900, 990, 990], "label": "cup"}


@pytest.fixture
def quiet(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("MODEL", MODEL)
    return quiet


def shadowed(quiet: Cloud, count: int, shadow: Callable[[], Reply], recipe: str = "r") -> list[Job]:
    """Photos that both models were asked about."""

    def say(question: Question) -> Reply:
        return shadow() if question.model == OTHER else replies.boxes([OWN])

    quiet.script(otherwise=say)
    made = []
    for number in range(count):
        ref = quiet.upload(f"{recipe}-{number}.jpg", jpeg() + f"{recipe} {number}".encode())
        made.append(replace(the_job(ref), shadow=Shadow(OTHER, 1.0), recipe=recipe))
        assert quiet.deliver(made[-1]).ok
    return made


def report(*options: object) -> dict[str, Any]:
    ended = command("shadow", "--json", *options)
    assert ended.exit_code == 0, ended.output
    found: dict[str, Any] = json.loads(ended.output)
    return found


def test_agreement_is_what_one_counts_by_hand(quiet: Cloud) -> None:
    shadowed(quiet, 2, lambda: replies.boxes([SHIFTED, FAR]))

    (found,) = report()["shadows"]

    assert (found["recipe"], found["asked"], found["unread"], found["gone"]) == ("r", 2, 0, 0)
    task = found["tasks"]["detect"]
    values = {name: each["value"] for name, each in task["metrics"].items()}
    assert values["f1_50"] == pytest.approx(2 / 3)
    assert values["iou"] == pytest.approx(0.9, abs=0.02)  # in whole pixels
    assert values["label_accuracy"] == 0.0
    assert values["count_error"] == 1.0
    assert (task["photos"], task["enough"]) == (2, False)
    assert task["metrics"]["f1_50"]["low"] is None
    assert list(task["by_day"].values()) == [pytest.approx(2 / 3)]
    assert found["own"]["usd"] > 0
    assert found["shadow"]["usd"] > 0
    assert found["shadow"]["seconds_median"] is not None
    said = command("shadow").output
    assert f"cannot tell, as there are fewer than {LEAST}" in said
    assert "label_accuracy    0" in said


@pytest.mark.slow
def test_with_enough_photos_there_is_an_interval(quiet: Cloud) -> None:
    shadowed(quiet, LEAST, lambda: replies.boxes([OWN]))

    (found,) = report()["shadows"]

    assert found["tasks"]["detect"]["enough"]
    whole = found["tasks"]["detect"]["metrics"]["f1_50"]
    assert whole["value"] == 1.0
    assert 0.8 < whole["low"] < 1.0
    said = command("shadow").output
    assert "cannot tell" not in said
    assert "f1_50             1 [0.8" in said


def test_what_cannot_be_read_counts_as_nothing_found(quiet: Cloud) -> None:
    shadowed(quiet, 1, lambda: replies.says("What?"))

    (found,) = report()["shadows"]

    assert found["unread"] == 1
    assert found["tasks"]["detect"]["metrics"]["f1_50"]["value"] == 0.0


def test_recipes_are_apart_and_what_was_dropped_is_counted(quiet: Cloud) -> None:
    shadowed(quiet, 2, lambda: replies.boxes([OWN]), "a")
    shadowed(quiet, 2, replies.bad_request, "b")

    both, one = report()["shadows"], report("--recipe", "b")["shadows"]

    assert [each["recipe"] for each in both] == ["a", "b"]
    assert [each["recipe"] for each in one] == ["b"]
    assert one[0]["dropped"] == {"question_refused": 2}
    assert (one[0]["asked"], one[0]["tasks"]) == (0, {})
    assert "dropped 2 (question_refused)" in command("shadow").output


def test_what_was_erased_is_gone_and_not_compared(quiet: Cloud) -> None:
    first, second = shadowed(quiet, 2, lambda: replies.boxes([OWN]))
    bucket = storage.bucket(os.environ["STATE_BUCKET"])
    for blob in quiet.client.list_blobs(bucket.name, prefix=f"jobs/{first.key}/"):
        blob.delete()

    (found,) = report()["shadows"]

    assert found["gone"] == 1
    assert found["tasks"]["detect"]["photos"] == 1
    assert shadows.Answer.find(second.key)


def test_only_the_days_and_the_newest_that_are_asked_for(quiet: Cloud) -> None:
    for day in ("2019-01-01", "2020-01-02"):
        Note("0" * 64, day, "old", OTHER, "budget").write()
    shadowed(quiet, 2, lambda: replies.boxes([OWN]))

    assert [each["recipe"] for each in report()["shadows"]] == ["r"]
    assert len(report("--days", 3650)["shadows"]) == 2
    limited = report("--limit", 1)
    assert (limited["noted"], limited["compared"]) == (2, 1)
    assert "Of 2 shadows, the newest 1" in command("shadow", "--limit", 1).output


def test_without_any_it_says_so(quiet: Cloud) -> None:
    ended = command("shadow", "--recipe", "products")

    assert ended.exit_code == 0
    assert "No shadow of the recipe 'products' was asked since" in ended.output
