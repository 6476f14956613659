"""docs/trial.md lists the checks as they are in the code, and the price as it is computed."""

import re
from pathlib import Path

import pytest

from trial.cloud import price, stage
from trial.cloud.checks import EVERY, made

DOC = (Path(__file__).parents[2] / "docs/trial.md").read_text("utf-8")
ROWS = [
    *((check.id, check.claim, check.where) for check in EVERY),
    (made.DESTROY, made.DESTROY_CLAIM, "deploy.md"),
]


def test_the_page_lists_every_check() -> None:
    part = DOC.partition("\n## What it tries\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\S+)` \| (.*?) \| \[\S+\]\((\S+)\) \|$", part, re.MULTILINE)

    assert listed == ROWS


def test_a_claim_is_assumed_on_a_page_that_is_there() -> None:
    pages = Path(__file__).parents[2] / "docs"

    assert [where for _, _, where in ROWS if not (pages / where).exists()] == []


def test_no_more_can_be_spent_than_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", stage.model(()))

    parts = price.of(1.0)

    assert all(each.likely <= each.most for each in parts)
    assert price.total(parts).most < 1.0 + 1.0  # as the page says
