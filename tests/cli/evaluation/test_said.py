"""`darkroom evaluate` of answers, verdicts and hidden things; and a CSV as the truth."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.golden.golden_set import GoldenSet
from local.gemini import replies
from shared.intake import recipes
from shared.jobs.record import Found
from shared.model import Box, Category, Moderation
from shared.moderation import CATEGORIES
from testbed.cloud import Cloud
from tests.cli.evaluation.models import photo, said, saying
from tests.cli.golden.sets import boxes, command, jpeg, made

MODEL = "gemini-3.5-flash"
HIDE = {"hide": ["face"]}


@pytest.fixture(autouse=True)
def elsewhere(quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports go where the command is called."""
    monkeypatch.chdir(tmp_path)


def evaluated(*options: object) -> dict[str, Any]:
    ended = command("evaluate", "--golden", "set", "--model", MODEL, "--max-cost", 5, *options)
    assert ended.exit_code == 0, ended.output
    found: dict[str, Any] = json.loads(Path("evaluation/report.json").read_text())
    return found


def metrics(report: dict[str, Any], task: str) -> dict[str, Any]:
    found = report["models"][0]["tasks"][task]["metrics"]
    return {name: each["value"] for name, each in found.items()}


def test_answers_are_measured_by_their_words(quiet: Cloud) -> None:
    made(Path("set"), [Found(answer="Yes."), Found(answer="No.")], "answer", question="Is it?")
    quiet.script(otherwise=saying([{"answer": "yes"}, {"answer": "Maybe."}]))

    found = metrics(evaluated(), "answer")

    assert (found["answer_exact"], found["answer_normalised"]) == (0.0, 0.5)
    assert "Maybe." in Path("evaluation/report.html").read_text()


def test_verdicts_and_a_refusal_that_is_one(quiet: Cloud) -> None:
    block = Moderation("block", None, (Category("weapons", 6, "", "block", 3, 5),))
    allow = Moderation("allow", None, (Category("weapons", 0, "", "allow", 3, 5),))
    made(Path("set"), [Found(moderation=each) for each in (block, allow, block)], "moderate")
    calm = {name: {"severity": 0} for name in CATEGORIES}
    armed = {**calm, "weapons": {"severity": 5}}
    answers = saying([armed, calm])
    quiet.script(
        otherwise=lambda question: replies.blocked() if photo(question) == 2 else answers(question)
    )

    report = evaluated()

    found = metrics(report, "moderate")
    assert found["verdict_exact"] == found["answered"] == 1.0
    assert found["severity_near"] == pytest.approx(2 / 3)
    assert found["block_as_allow"] == 0.0


def test_what_is_hidden_is_measured_by_area(quiet: Cloud) -> None:
    made(Path("set"), [boxes(Box(0, 0, 100, 50), label="face")], "redact", redact=HIDE)
    quiet.script(said(Box(0, 0, 50, 50), label="face"))

    found = metrics(evaluated(), "redact")

    assert found["missed_area"] == 0.5
    assert found["excess_area"] == 0.0


RECIPE = """
[[recipe]]
name = "receipts"
match = "**"
tasks = ["extract+caption"]
fields.total = { type = "number" }
"""


def test_a_csv_by_hand_is_the_truth_and_captions_are_not_graded(
    quiet: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recipes.toml").write_text(RECIPE)
    monkeypatch.setattr(recipes, "FILE", tmp_path / "recipes.toml")
    (tmp_path / "a.jpg").write_bytes(jpeg(0))
    (tmp_path / "truth.csv").write_text("name,row,label,value\na.jpg,field,total,12.50\n")
    arguments = ("truth.csv", "--golden", "set", "--who", "anna", "--recipe", "receipts")

    imported = command("golden", "import", *arguments)

    assert imported.exit_code == 0, imported.output
    (item,) = GoldenSet.open("set").items.values()
    assert item.truth["extract"].findings.fields["total"].value == 12.5
    assert item.truth["extract"].asked == {"fields": {"total": {"type": "number"}}}
    answer = {"fields": {"total": {"found": True, "value": 12.5}}, "caption": "A receipt."}
    quiet.script(otherwise=saying([answer]))
    report = evaluated("--recipe", "receipts")
    assert report["not_graded"] == ["caption"]
    assert "Asked, and not graded: caption" in Path("evaluation/report.html").read_text()


def test_a_photo_of_a_wrong_row_is_left_out_with_its_line(tmp_path: Path, quiet: Cloud) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(0))
    (tmp_path / "truth.csv").write_text(
        "name,label,left,top,right,bottom\na.jpg,cup,1,1,900,20\nb.jpg,cup,x,1,9,9\n"
    )

    ended = command("golden", "import", "truth.csv", "--golden", "set", "--who", "anna")

    assert ended.exit_code == 1
    assert "b.jpg: line 3: left is no number" in ended.output
    assert "a.jpg: an object is not in the photo" in ended.output
