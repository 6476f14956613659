"""A small share of `make prove`: the protocol holds, and seeded bugs are found."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from prove import bugs, chaos, faults, restarts
from prove.__main__ import main
from prove.aftermath import Seen
from prove.failpoints import FAILPOINTS, STEPS
from prove.model import check
from prove.sabotage import BUGS
from prove.storm import Plan
from prove.weather import Climate
from testbed import stage
from testbed.stage import Stage


@pytest.fixture(scope="module")
def ours() -> Iterator[Stage]:
    with stage.ours() as started:
        yield started


def named(*names: str):
    return [each for each in FAILPOINTS if str(each) in names]


# What the model is paid for, and how often the webhook comes, where a process dies there.
DEATHS = {
    "I3 job queued, after": (1, 1),
    "R2 rejection recorded, after": (0, 1),
    "W2 lease taken, lost": (1, 1),
    "W7 answer kept, before": (2, 1),
    "W10 record committed, after": (1, 1),
    "W13 record marked, before": (1, 1),
    "N4 first attempt queued, before": (1, 1),
    "N8 attempt recorded, before": (1, 2),
}


@pytest.mark.slow
def test_a_process_may_die_at_any_of_these_steps(ours: Stage) -> None:
    part = faults.run(ours, (2,), named(*DEATHS))

    table = part.figures["table"]
    assert part.holds, table
    assert {each["failpoint"]: each["paid"] for each in table} == {
        name: paid for name, (paid, _) in DEATHS.items()
    }
    # An event that is told of twice at the same time may be posted twice.
    assert all(each["posted"] >= DEATHS[each["failpoint"]][1] for each in table)


def test_a_seeded_bug_is_caught(ours: Stage) -> None:
    part = bugs.run(ours, ["marks before it tells"])

    assert part.holds
    assert "not announced" in part.figures["table"][0]["complaints"]


@pytest.mark.slow
def test_a_hunt_without_a_bug_catches_nothing(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bugs, "FAILPOINTS", named("N4 first attempt queued, after"))
    monkeypatch.setitem(bugs.ABOUT, "", "N4")

    assert not bugs.run(ours, [""]).holds


@pytest.mark.slow
def test_a_storm_breaks_no_promise(ours: Stage) -> None:
    lossy = Climate(storage_down=0.0, storage_lost=0.05, killed=0.0, killed_in_window=0.0)

    part = chaos.run(ours, Plan(jobs=2, copies=3, stalls=0, climate=lossy))

    assert part.holds, part.figures
    assert part.figures["paid"] == 2
    assert part.figures["storage_lost"] > 0


@pytest.mark.slow
def test_no_end_of_the_whole_local_cloud_loses_anything() -> None:
    part = restarts.run(rounds=4, seed=1)

    assert part.holds, part.figures
    assert part.figures["SIGINT"] == part.figures["SIGKILL"] == 2
    assert part.figures["uploads"] > 0
    assert part.figures["lost"] == 0


def test_a_photo_paid_for_twice_needs_a_kill_in_between() -> None:
    done = {"status": "done"}
    fine = Seen("a", (done,), heard=True, delivery="delivered", kept=9.0, calls=[1, 8])

    assert list(fine.complaints([5.0])) == []
    assert list(fine.complaints([9.0])) == ["paid twice without a kill in between"]
    assert list(replace(fine, kept=7.0).complaints([5.0])) == [
        "paid again though the answer was kept"
    ]
    assert list(replace(fine, records=()).complaints([5.0])) == ["no record"]
    assert list(replace(fine, heard=False, delivery="").complaints([5.0])) == [
        "no webhook; its log says nothing"
    ]
    assert list(replace(fine, heard=False, delivery="pending").complaints([5.0])) == []


def test_every_step_of_ingest_worker_and_notify_has_a_failpoint() -> None:
    assert len(STEPS) == len({step.name for step in STEPS})
    assert {step.name[0] for step in STEPS} == {"I", "R", "W", "N"}
    assert {failpoint.moment for failpoint in FAILPOINTS} >= {"before", "after"}


def test_the_model_has_every_bug_that_is_seeded() -> None:
    assert set(BUGS) <= set(check.BUGS)
    assert set(BUGS) == set(bugs.ABOUT)


def test_an_unknown_part_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["prove", "luck"])

    with pytest.raises(SystemExit) as refused:
        main()

    assert refused.value.code == 2
    assert "there is no part luck" in capsys.readouterr().err


def test_help_shows_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["prove", "--help"])

    with pytest.raises(SystemExit):
        main()

    assert "make prove ARGS=" in capsys.readouterr().out
