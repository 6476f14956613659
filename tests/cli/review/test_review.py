"""`darkroom review`: the order by doubt, its reasons, and whether it ranks errors."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from local.gemini import Question, replies
from shared.jobs import doubts
from shared.jobs.record import Found, Record
from shared.model import Problem, Shadow
from testbed.cloud import Cloud
from tests.cli.golden.sets import command
from tests.corrections import corrected
from tests.jobs import THING, the_job
from tests.photos import jpeg
from tests.shared.exports.exporting import done, put, seen

SWAPPED = Problem("swapped_corners", "The corners of the box were the wrong way round.")
FENCE = Problem("fence", "The answer stood in a code fence.")


def made(name: str, problems: int = 0, warnings: tuple[str, ...] = (), **told: Any) -> Record:
    """A record with so many problems of a photo with these warnings."""
    objects = told.pop("objects", (seen("cup"),))
    ended = done(*objects, name=name, task="detect", problems=(SWAPPED,) * problems, **told)
    (photo,) = ended.photos
    return put(replace(ended, photos=(replace(photo, warnings=warnings),)))


def correct(record: Record, label: str = "mug") -> None:
    """Write a correction that names the objects so; "" accepts the record."""
    found = record.findings or Found()
    things = tuple(replace(each, label=label or each.label) for each in found.objects)
    corrected(record, replace(found, objects=things))


def review(*options: object) -> Any:
    ended = command("review", "--json", *options)
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.output)


def test_the_most_doubtful_come_first_and_say_why(quiet: Cloud) -> None:
    made("sure.jpg")
    made("blurry.jpg", warnings=("blurry", "rotated"))
    made("mended.jpg", objects=(seen("cup", provenance="repaired"), seen("hat")))
    made("cut.jpg", complete=False)
    made("wrong.jpg", problems=3)
    made("full.jpg", objects=tuple(seen("cup") for _ in range(24)))

    rows = review()

    assert [(row["name"], row["points"]) for row in rows] == [
        ("cut.jpg", 40),
        ("wrong.jpg", 30),
        ("full.jpg", 20),
        ("mended.jpg", 15),
        ("blurry.jpg", 10),
    ]
    why = {row["name"]: " ".join(row["why"]) for row in rows}
    assert why["cut.jpg"] == "The answer is not complete."
    assert why["wrong.jpg"] == f"{SWAPPED.sentence} And 2 more problems."
    assert why["full.jpg"] == "It lists 24 objects, and 25 are the most that it may."
    assert why["mended.jpg"] == "Repaired, or without its mask: 1 of 2 objects and fields."
    assert why["blurry.jpg"] == "The photo is blurry."
    said = command("review", "--limit", 2).output
    assert "The answer is not complete." in said
    assert "full.jpg" not in said


def test_what_is_around_an_answer_is_no_doubt(quiet: Cloud) -> None:
    put(done(seen("cup"), name="a.jpg", task="detect", problems=(FENCE,)))

    assert review() == []
    assert "no reason to doubt" in command("review").output


def test_what_somebody_looked_at_is_left_out(quiet: Cloud) -> None:
    made("a.jpg", problems=1)
    correct(made("b.jpg", problems=2))
    correct(made("c.jpg", problems=3), "")

    assert [row["name"] for row in review()] == ["a.jpg"]


def test_a_task_and_a_prefix_choose(quiet: Cloud) -> None:
    made("in/a.jpg", problems=1)
    made("out/a.jpg", problems=1)

    assert [row["name"] for row in review("--prefix", "in/")] == ["in/a.jpg"]
    assert review("--task", "segment") == []


def test_a_shadow_that_differs_is_a_reason(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    other = {"box_2d": [600, 600, 900, 900], "label": "thing"}

    def say(question: Question) -> Any:
        return replies.boxes([other if "lite" in question.model else THING])

    quiet.script(otherwise=say)
    job = the_job(quiet.upload("a.jpg", jpeg()))
    shadowed = replace(job, shadow=Shadow("gemini-3.1-flash-lite", 1.0), recipe="r")
    assert quiet.deliver(shadowed).ok

    (row,) = review()

    assert row["points"] == 60
    assert row["why"] == ["The shadow's answer differs by 100%."]


def planted(count: int, ranks: bool) -> None:
    """Records that people looked at; where doubt ranks, most of the doubtful ones are wrong."""
    lots = random.Random(7)
    for number in range(count):
        problems = number % 5
        chance = problems / 5 if ranks else 0.4
        record = made(f"{number}.jpg", problems=problems)
        correct(record, "mug" if lots.random() < chance else "")


@pytest.mark.slow
def test_a_planted_order_ranks(quiet: Cloud) -> None:
    planted(80, ranks=True)

    found = review("--measure")["signs"]

    for sign in ("doubt", "problems"):
        assert found[sign]["auroc"] > 0.7
        assert found[sign]["verdict"] == "ranks"
        assert found[sign]["low"] > 0.5
    assert found["photo"]["verdict"] == "cannot tell"  # it is the same for all
    assert found["photo"]["values"] == 1
    said = command("review", "--measure").output
    assert "Doubt ranks errors" in said


@pytest.mark.slow
def test_an_order_that_does_not_rank_is_called_so(quiet: Cloud) -> None:
    planted(150, ranks=False)

    found = review("--measure")["signs"]["doubt"]

    assert found["verdict"] == "does not rank"
    assert 0.4 < found["auroc"] < 0.6
    assert "Doubt does not rank errors here" in command("review", "--measure").output


def test_few_records_or_few_values_do_not_tell(quiet: Cloud) -> None:
    assert "people looked at 0 records, and 20 are needed" in command("review", "--measure").output
    for number in range(24):
        correct(made(f"{number}.jpg", problems=number % 2), "mug" if number % 3 else "")

    assert "doubt has 2 values only" in command("review", "--measure").output


def test_the_newest_correction_counts_and_an_accepted_record_is_right(quiet: Cloud) -> None:
    record = made("a.jpg", problems=1)
    correct(record)
    correct(record, "")
    other = made("b.jpg")
    correct(other, "")
    correct(other, "mug")

    found = review("--measure")["signs"]["doubt"]

    assert (found["records"], found["wrong"], found["auroc"]) == (2, 1, 0.0)


def test_the_models_own_confidence_is_measured_and_not_used(quiet: Cloud) -> None:
    correct(made("a.jpg", objects=(seen("cup", confidence=0.2),)))
    correct(made("b.jpg", objects=(seen("cup", confidence=0.9),)), "")

    found = review("--measure")["signs"]

    assert found["confidence"]["auroc"] == 1.0
    assert found["doubt"]["values"] == 1
    assert doubts.points(made("c.jpg", objects=(seen("cup", confidence=0.1),))) == 0
