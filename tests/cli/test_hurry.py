"""`darkroom hurry`, and what explain and doctor say of flex jobs that wait."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import flex
from cli.app import app
from local.gemini import replies
from shared.border import uploads
from shared.intake import dispatch, recipes
from shared.jobs import announcements
from shared.model import Job
from testbed.cloud import Cloud, until
from tests.photos import jpeg

RECIPES = """
[[recipe]]
name  = "archive"
match = "**"
tasks = ["detect"]
tier  = "flex"
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


@pytest.fixture
def waiting(quiet: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Job:
    """A flex job that was refused."""
    file = tmp_path / "recipes.toml"
    file.write_text(RECIPES)
    monkeypatch.setattr(recipes, "FILE", file)
    monkeypatch.setenv("MODEL", "gemini-3.8-flash")
    (recipe,) = recipes.parse(RECIPES)
    upload = uploads.describe(quiet.upload("a.jpg", jpeg()))
    dispatch.receipt.keep(upload, recipe.jobs(upload.ref), recipe.fingerprint)
    (job,) = recipe.jobs(upload.ref)
    quiet.script(replies.overloaded(), otherwise=lambda _: replies.boxes([]))
    assert quiet.deliver(job).status_code == 429
    return job


def test_a_flex_job_that_waits_says_so(waiting: Job) -> None:
    told = run("explain", "a.jpg").stdout

    assert "The model has no room for flex calls until" in told
    assert "half the price, when there is room" in told


def test_after_hours_explain_and_doctor_say_what_to_do(
    waiting: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = json.loads(run("doctor", "--json").stdout)["flex"]
    monkeypatch.setattr(flex, "LATE", -1.0)

    late = json.loads(run("doctor", "--json").stdout)["flex"]

    assert [each["level"] for each in soon] == ["ok"]
    assert [each["level"] for each in late] == ["warning"]
    assert "darkroom hurry" in late[0]["mend"]
    assert "`darkroom hurry` asks it at the standard price" in run("explain", "a.jpg").stdout


def test_hurry_asks_at_the_standard_price_and_once(quiet: Cloud, waiting: Job) -> None:
    assert "nothing to queue" in run("hurry").stdout
    assert run("hurry", "a.jpg", "--dry-run").exit_code == 0
    assert run("hurry", "a.jpg").exit_code == 3
    assert len(quiet.model.questions) == 1

    ended = run("hurry", "a.jpg", "--yes", "--json")

    assert json.loads(ended.stdout) == {"jobs": [waiting.key], "queued": True}
    until(lambda: announcements.is_announced(waiting.key))
    assert quiet.record_of(waiting)["usage"]["tier"] == "standard"
    assert quiet.deliver(waiting).status_code == 200
    assert len(quiet.model.questions) == 2


def test_doctor_finds_a_model_without_flex(waiting: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "gemini-9-neon")

    found = json.loads(run("doctor", "--json").stdout)["models"]

    (wrong,) = [each["sentence"] for each in found if "flex" in each["sentence"]]
    assert wrong.startswith("MODEL is 'gemini-9-neon', which has no flex tier")
