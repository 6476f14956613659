"""docs/evaluation.md names every metric, and its examples are what is read."""

import json
import re
from pathlib import Path

import pytest

from cli.evaluation.limits import EXITS
from cli.golden import item, manifest
from cli.grading.metrics import OF_TASK, TASKS
from shared import tasks

DOC = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text("utf-8")


def block(kind: str) -> str:
    """The one block of code of that kind."""
    (found,) = re.findall(rf"```{kind}\n(.*?)```", DOC, re.DOTALL)
    return str(found)


@pytest.mark.parametrize(
    "metric", sorted({name for metrics in OF_TASK.values() for name in metrics})
)
def test_every_metric_has_a_word_about_it(metric: str) -> None:
    table = DOC.partition("## Metrics")[2].partition("**Matching.**")[0]

    assert f"`{metric}`" in table


def test_the_line_of_a_set_is_read() -> None:
    found = item.read(json.dumps(json.loads(block("json"))).encode())

    assert found.truth["detect"].findings.objects[0].label == "shoe"


def test_the_floors_are_read() -> None:
    found = manifest.read(block("toml").encode())

    assert len(found.limits) == 4


def test_the_exit_codes_are_those_of_the_command() -> None:
    table = DOC.partition("| exit code |")[2].partition("\n\n")[0]

    assert {int(code) for code in re.findall(r"^\| (\d)", table, re.MULTILINE)} == {
        2,
        *EXITS.values(),
    }


def test_the_tasks_that_are_not_graded_are_named() -> None:
    named = re.findall(r"^(\w+) is not graded", DOC, re.MULTILINE)

    assert {*named} == {*tasks.names()} - {*TASKS}
