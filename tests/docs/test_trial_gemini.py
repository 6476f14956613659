"""docs/trial-gemini.md says what a trial of Gemini checks, takes and keeps."""

import json
import re

from typer.main import get_command

from shared.border.gemini import models
from tests.repository.locks import ROOT
from trial.gemini import checks
from trial.gemini.__main__ import app

PAGE = (ROOT / "docs/trial-gemini.md").read_text("utf-8")
ANSWERS = ROOT / "tests/trial/gemini/answers"


def column(heading: str) -> list[str]:
    """The first cells of the table below a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [row.strip("|").partition("|")[0].strip() for row in rows[2:]]


def words(heading: str) -> set[str]:
    """What stands between backticks in these cells."""
    return {word for cell in column(heading) for word in re.findall(r"`([^`]+)`", cell)}


def test_it_lists_every_check() -> None:
    assert words("What is checked") == {*checks.NAMES, "there"}


def test_it_lists_every_option() -> None:
    options = {name for each in get_command(app).params for name in each.opts}

    assert words("What it does") == options - {"--help"}


def test_it_lists_every_member_of_a_file() -> None:
    for file in ANSWERS.glob("*.json"):
        assert set(json.loads(file.read_text())) == words("The files"), file.name


def test_it_prices_models_that_are_in_the_table() -> None:
    priced = {cell.split()[0] for cell in column("What it costs")} - {"all,"}

    assert priced <= set(models.names())
    assert len(priced) > 10


def test_its_example_says_that_it_is_of_the_local_model() -> None:
    example = PAGE.partition("\n## A report\n")[2]

    assert example.strip().startswith("**This is the head of a report about the local model")
    assert "**It says nothing of Gemini**" in example
