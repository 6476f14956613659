"""A shadow: a second model's answer that goes nowhere, asked at most once, after the job's end."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from local.gemini import Question, Reply, replies
from shared import naming
from shared.border.storage import STATE
from shared.jobs import index, ledger, shadows
from shared.jobs.shadows import Answer, Note
from shared.messages import events
from shared.model import Job, Shadow
from shared.spending import allowance, brakes, shards
from shared.spending.brakes import Brake
from testbed.cloud import Cloud, hosted, pushed, until
from testbed.contents import contents
from tests.jobs import THING, the_job
from tests.photos import jpeg

MODEL, OTHER = "gemini-3.8-flash", "gemini-3.1-flash-lite"
CANARY = "canary-of-the-shadow"
SAID = {"box_2d": [100, 100, 500, 520], "label": CANARY}
DAY = datetime.now(UTC).date().isoformat()
LINE, ANSWER = "shadow-call.json", "shadow-answer.json"


@pytest.fixture
def quiet(quiet: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("MODEL", MODEL)
    monkeypatch.setattr(brakes, "FRESH", 0.0)
    answers(quiet)
    return quiet


def answers(quiet: Cloud, shadow: Callable[[], Reply] = lambda: replies.boxes([SAID])) -> None:
    """The job's own model finds a thing, and the shadow says that."""

    def say(question: Question) -> Reply:
        return shadow() if question.model == OTHER else replies.boxes([THING])

    quiet.script(otherwise=say)


def job(quiet: Cloud, name: str = "a.jpg", daily_usd: float = 1.0) -> Job:
    made = the_job(quiet.upload(name, jpeg() + name.encode()))
    return replace(made, shadow=Shadow(OTHER, daily_usd), recipe="default")


def asked(quiet: Cloud) -> list[str]:
    return [question.model for question in quiet.model.questions]


def record(quiet: Cloud, each: Job) -> dict:
    return json.loads(quiet.result(naming.folder(each) + "result.json"))


def notes() -> list[Note]:
    return list(shadows.notes(DAY))


def test_the_shadow_is_asked_the_same_about_the_same_picture(quiet: Cloud) -> None:
    shadowed = job(quiet)

    assert quiet.deliver(shadowed).ok

    own, other = quiet.model.questions
    assert (own.model, other.model) == (MODEL, OTHER)
    assert own.prompt == other.prompt
    assert [each.data for each in own.images] == [each.data for each in other.images]
    kept = Answer.find(shadowed.key)
    assert kept
    assert CANARY in kept.raw.decode()
    assert kept.folder == naming.folder(shadowed)


def test_it_is_paid_once_by_a_line_of_its_own(quiet: Cloud, monkeypatch) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "10")
    shadowed = job(quiet)
    quiet.deliver(shadowed)

    for _ in range(3):
        assert quiet.deliver(shadowed).ok

    assert asked(quiet) == [MODEL, OTHER]
    assert len(ledger.lines(shadowed)) == 1
    assert ledger.paid_calls(shadowed) == (MODEL,)
    assert record(quiet, shadowed)["usage"]["paid_calls"] == 1
    line = json.loads(quiet.state(naming.state(shadowed, LINE)) or b"")
    assert (line["model"], line["unpaid"], line["lost"]) == (OTHER, None, None)
    (note,) = notes()
    assert (note.outcome, note.recipe, note.model) == ("asked", "default", OTHER)
    own = record(quiet, shadowed)["usage"]["cost_usd"]
    assert note.usd
    assert note.own_usd == own
    assert allowance.spent("default", DAY) == pytest.approx(note.usd)
    assert shards.spent(DAY) == pytest.approx(own + note.usd)  # the day's has both


def test_nothing_of_it_is_where_results_are(quiet: Cloud) -> None:
    shadowed = job(quiet)

    quiet.deliver(shadowed)

    assert Answer.find(shadowed.key)
    everywhere = [
        *contents(quiet.client, os.environ["RESULTS_BUCKET"]),
        *contents(quiet.client, os.environ["COPIES_BUCKET"]),
    ]
    assert everywhere
    assert not [blob.name for blob, body in everywhere if CANARY.encode() in body]
    told = quiet.announced()
    assert len(told) == 1
    assert CANARY not in json.dumps(told)
    entries = list(index.newest())
    assert len(entries) == 1
    assert entries[0].labels == ("thing",)
    state = contents(quiet.client, os.environ["STATE_BUCKET"])
    holding = [blob.name for blob, body in state if CANARY.encode() in body]
    assert holding == [f"jobs/{shadowed.key}/{ANSWER}"]
    shown = [each for each in STATE.listing("") if CANARY in json.dumps(dict(each.metadata))]
    assert shown == []


def test_the_announced_record_is_as_without_a_shadow(quiet: Cloud) -> None:
    shadowed = job(quiet)
    alone = replace(job(quiet, "b.jpg"), shadow=None)

    quiet.deliver(shadowed)
    quiet.deliver(alone)

    with_one, without = record(quiet, shadowed), record(quiet, alone)
    strange = {"created", "folder", "id", "images", "timing", "usage", "artifacts"}
    assert {key: with_one[key] for key in with_one.keys() - strange} == {
        key: without[key] for key in without.keys() - strange
    }
    assert with_one["usage"] == without["usage"]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (replies.overloaded, "overloaded"),
        (lambda: replies.too_many_requests(300.0), "throttled"),
        (replies.bad_request, "question_refused"),
        (replies.connection_reset, "late"),
    ],
)
def test_a_shadow_that_fails_is_dropped_for_its_job(
    quiet: Cloud, reply: Callable[[], Reply], outcome: str
) -> None:
    answers(quiet, reply)
    shadowed = job(quiet)

    assert quiet.deliver(shadowed).ok
    assert quiet.deliver(shadowed).ok

    assert record(quiet, shadowed)["status"] == "done"
    assert asked(quiet) == [MODEL, OTHER]
    assert Answer.find(shadowed.key) is None
    assert [note.outcome for note in notes()] == [outcome]
    assert len(quiet.announced()) == 1


def test_what_cannot_be_read_is_kept_all_the_same(quiet: Cloud) -> None:
    answers(quiet, lambda: replies.says("What?"))
    shadowed = job(quiet)

    assert quiet.deliver(shadowed).ok

    assert asked(quiet) == [MODEL, OTHER]
    assert [note.outcome for note in notes()] == ["asked"]


def test_a_rate_limited_shadow_is_not_called(quiet: Cloud) -> None:
    answers(quiet, lambda: replies.too_many_requests(300.0))
    first, second = job(quiet), job(quiet, "b.jpg")

    quiet.deliver(first)
    quiet.deliver(second)

    assert asked(quiet) == [MODEL, OTHER, MODEL]
    assert sorted(note.outcome for note in notes()) == ["throttled", "throttled"]


def test_its_own_daily_sum_holds_and_stops_nothing_else(quiet: Cloud) -> None:
    jobs = [job(quiet, f"{number}.jpg", 1e-6) for number in range(4)]

    assert all(quiet.deliver(each).ok for each in jobs)

    assert asked(quiet) == [MODEL, OTHER, MODEL, MODEL, MODEL]
    assert [note.outcome for note in notes()].count("budget") == 3
    assert all(record(quiet, each)["status"] == "done" for each in jobs)
    assert not [each for each in quiet.announced() if "budget" in each["attributes"]["ce-type"]]


def test_another_recipe_has_a_sum_of_its_own(quiet: Cloud) -> None:
    quiet.deliver(job(quiet, "a.jpg", 1e-6))
    quiet.deliver(replace(job(quiet, "b.jpg", 1e-6), recipe="other"))

    assert asked(quiet) == [MODEL, OTHER] * 2


def test_a_used_up_budget_of_the_day_stops_the_shadow(quiet: Cloud, monkeypatch) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "0.000001")
    shadowed = job(quiet)

    assert quiet.deliver(shadowed).ok

    assert asked(quiet) == [MODEL]
    assert [note.outcome for note in notes()] == ["budget"]
    assert allowance.spent("default", DAY) == 0


def test_a_pause_stops_the_shadow(quiet: Cloud) -> None:
    def say(question: Question) -> Reply:
        brakes.pull(Brake("the bill", 0.0))
        return replies.boxes([THING])

    quiet.script(otherwise=say)
    shadowed = job(quiet)

    assert quiet.deliver(shadowed).ok

    assert asked(quiet) == [MODEL]
    assert [note.outcome for note in notes()] == ["paused"]
    assert record(quiet, shadowed)["status"] == "done"


def test_a_delivery_that_took_long_asks_no_shadow(quiet: Cloud, monkeypatch) -> None:
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "400")
    monkeypatch.setenv("LEASE_SECONDS", "500")
    shadowed = job(quiet)

    assert quiet.deliver(shadowed).ok

    assert asked(quiet) == [MODEL]
    assert [note.outcome for note in notes()] == ["busy"]


def test_an_answer_of_another_job_is_not_shadowed(quiet: Cloud) -> None:
    first = replace(the_job(quiet.upload("a.jpg", jpeg())), recipe="default")
    second = replace(
        the_job(quiet.upload("b.jpg", jpeg())), shadow=Shadow(OTHER, 1.0), recipe="default"
    )

    quiet.deliver(first)
    quiet.deliver(second)

    assert record(quiet, second)["reused_from"] == first.key
    assert asked(quiet) == [MODEL]
    assert notes() == []


def test_a_job_that_failed_is_not_shadowed(quiet: Cloud) -> None:
    quiet.script(replies.blocked())
    shadowed = job(quiet)

    assert quiet.deliver(shadowed).ok

    assert record(quiet, shadowed)["status"] == "failed"
    assert asked(quiet) == [MODEL]


# Where a process is killed: the write, the moment, and whether the shadow was asked by then. It is
# never asked again.
DEATHS = [
    (r"shadow-call\.json", "before", False),
    (r"shadow-call\.json", "after", False),
    (r"shadow-answer\.json", "before", True),
    (r"shadow-answer\.json", "after", True),
    ("shadows/", "before", True),
    ("shadows/", "after", True),
    ("spend/.*-shadow-", "before", False),
    ("spend/.*-shadow-", "after", False),
]


@pytest.mark.slow
@pytest.mark.parametrize(("write", "moment", "was_asked"), DEATHS)
def test_a_process_that_dies_asks_no_shadow_again_and_changes_no_record(
    quiet: Cloud, monkeypatch, tmp_path: Path, write: str, moment: str, was_asked: bool
) -> None:
    monkeypatch.setenv("MODEL", MODEL)
    answers(quiet)
    shadowed = job(quiet)
    body = pushed(events.encode_job(shadowed))

    with hosted(quiet.servers, tmp_path) as host:
        deaths = {
            "before": {"before": host.kill, "reset": True},
            "after": {"after": host.kill, "lost": True},
        }
        host.files.rule("POST", "/upload/", f'"name": ?"[^"]*{write}', **deaths[moment])

        def delivered() -> bool:
            with suppress(requests.RequestException):
                return requests.post(host.address("detect"), json=body, timeout=180).ok
            return False

        assert not delivered()
        before = quiet.result(naming.folder(shadowed) + "result.json")
        host.wait()
        until(delivered)
        assert delivered()

    assert asked(quiet) == ([MODEL, OTHER] if was_asked else [MODEL])
    assert quiet.result(naming.folder(shadowed) + "result.json") == before
    assert len(quiet.announced()) == 1
