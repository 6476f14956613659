"""docs/privacy.md: every folder of the state bucket has its row."""

import re
from pathlib import Path

from tests.folders import state_folders

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/privacy.md").read_text("utf-8")


def told() -> set[str]:
    table = PAGE.partition("## State")[2].partition("## What leaves")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([a-z-]+)/`", row)}


def test_every_folder_of_the_state_bucket_has_its_row() -> None:
    assert state_folders() == told()
