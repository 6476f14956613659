"""The model of the protocol: it holds, its bugs are found, and it names the code it stands for."""

import ast
import re
from pathlib import Path

import pytest

from prove.model import check
from prove.model.explorer import Move, explore
from prove.model.job import JobMachine
from prove.model.webhook import WebhookMachine
from prove.model.world import Faults

ROOT = Path(__file__).parents[2]
STEPS = ("shadowing", "sweeping", "telling", "webhook", "working")
# Bugs whose search takes a minute or more; `make prove` hunts all.
LONG = {
    "acknowledges a job that waits",
    "asks about an erased photo",
    "asks for ever though every answer is lost",
    "asks the shadow before it announces",
    "asks the shadow in each delivery",
    "erases while a worker has the photo",
    "leaves no tombstone",
    "parks a job of an erased photo",
    "puts a job aside without a word",
}


@pytest.mark.parametrize(
    "machine",
    [
        JobMachine(Faults(crashes=1, stalls=1, lost_answers=1), jobs=2, sweeps=0),
        JobMachine(Faults(), jobs=2),
        JobMachine(Faults(crashes=1, lost_messages=1), events=1, sweeps=0),
        JobMachine(Faults(crashes=1), events=1, photo=False),
        JobMachine(Faults(crashes=1, stalls=1), jobs=2, sweeps=0, shadow=True),
        WebhookMachine(crashes=1),
    ],
    ids=["faults", "sweep", "loss", "no photo", "shadow", "webhook"],
)
def test_no_order_of_steps_breaks_a_promise(machine) -> None:
    found = explore(machine)

    assert found.complaint == ""
    assert found.states > 500


@pytest.mark.slow
@pytest.mark.parametrize("bug", sorted(set(check.BUGS) - LONG))
def test_a_protocol_with_a_wrong_step_gets_a_complaint(bug: str) -> None:
    found = check.hunted(bug)

    assert found.complaint
    assert found.trace


def test_the_long_searches_are_of_bugs_that_there_are() -> None:
    assert set(check.BUGS) > LONG


def test_a_state_that_leads_nowhere_is_found() -> None:
    class Trap:
        def starts(self):
            yield "begin"

        def moves(self, state):
            if state == "begin":
                yield Move("works", "end")
                yield Move("breaks", "pit", fault=True)

        def complaint(self, state):
            return ""

        def done(self, state):
            return state == "end"

    found = explore(Trap())

    assert (found.complaint, found.trace) == ("no faultless way leads to the end", ("breaks",))


def functions() -> set[str]:
    """Every function of shared/ after its module, every method after its class: lease._take."""
    return {
        f"{path.stem if isinstance(owner, ast.Module) else owner.name}.{node.name}"
        for path in (ROOT / "shared").rglob("*.py")
        for owner in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(owner, ast.Module | ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("module", STEPS)
def test_every_function_that_a_step_stands_for_exists(module: str) -> None:
    tree = ast.parse((ROOT / f"prove/model/{module}.py").read_text("utf-8"))
    docstrings = [
        ast.get_docstring(node) or "" for node in tree.body if isinstance(node, ast.FunctionDef)
    ]

    named = {each for text in docstrings for each in re.findall(r"[A-Za-z_]+\.[a-z_]+", text)}

    assert named
    assert named - functions() == set()
