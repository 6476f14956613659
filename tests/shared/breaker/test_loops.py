"""A function that writes its output back into the uploads is stopped within 20 paid calls."""

from pathlib import Path

import pytest

from local.gemini import replies
from shared.jobs import unfinished
from testbed.cloud import Cloud, Servers
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
