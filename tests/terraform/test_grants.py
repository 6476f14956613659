"""The list of grants, which `terraform test` compares with tests/iam.txt, leaves none out."""

import re
from pathlib import Path

from terraform.commands import MODULE
from testbed import grants

GRANT = r"google_\w+_iam_(?:member|binding|policy)"


def test_every_grant_is_in_the_list() -> None:
    text = "".join(path.read_text("utf-8") for path in sorted(MODULE.glob("*.tf")))
    made = {
        f"{kind}.{name}"
        for kind, name in re.findall(rf'^resource "({GRANT})" "(\w+)"', text, re.MULTILINE)
    }

    listed = set(re.findall(rf"{GRANT}\.\w+", text.partition("# All grants above")[2]))

    assert made
    assert made - listed == set()


WRITERS = [
    each
    for each in grants.table(grants.TABLE.read_text("utf-8"))
    if each.bucket == "state" and "create" in each.verbs
]
_OTHERS = {"index-parts/", "running/", "sweep/"}  # the sweep makes these, which may write all


def test_only_the_sweep_may_write_all_of_the_state() -> None:
    assert [each.function for each in WRITERS if each.prefixes is None] == ["sweep"]


def test_what_may_be_written_is_a_folder_that_the_documentation_knows() -> None:
    page = (Path(__file__).parents[2] / "docs/privacy.md").read_text("utf-8")
    table = page.partition("## State")[2].partition("## What leaves")[0]
    rows = "".join(re.findall(r"^\| (`.+?) \|", table, re.MULTILINE))

    folders = {prefix for each in WRITERS for prefix in each.prefixes or ()}

    assert folders == set(re.findall(r"`([a-z-]+/)`", rows)) - _OTHERS


def test_no_worker_may_write_what_would_deceive_others() -> None:
    grave = {"erased/", "intake/", "job-files/", "poison/", "submissions/", "sweep/", "webhooks/"}
    workers = [each for each in WRITERS if each.function in {"detect", "segment", "describe"}]

    assert workers
    assert [each for each in workers if each.prefixes is None or grave & set(each.prefixes)] == []


def test_the_page_reads_nothing_of_webhooks() -> None:
    readers = [
        each
        for each in grants.table(grants.TABLE.read_text("utf-8"))
        if (each.function, each.bucket) == ("gallery", "state")
    ]

    assert len(readers) == 2
    assert all(each.prefixes and "webhooks/" not in each.prefixes for each in readers)
