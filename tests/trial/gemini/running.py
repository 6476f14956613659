"""The command, in this process, and what it wrote."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from tests.trial.gemini.good import MODEL
from trial.gemini.__main__ import app

OUT = Path("out")


def trial(*options: object, models: str = MODEL, yes: bool = True) -> Result:
    """A trial in the working directory."""
    asked = ["--models", models, "--out", OUT, *(["--yes"] if yes else []), *options]
    return CliRunner().invoke(app, [*map(str, asked)])


def report() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OUT / "report.json").read_text())
    return found


def page() -> str:
    return (OUT / "report.md").read_text("utf-8")


def verdicts(model: int = 0) -> dict[str, str]:
    """The verdict of each check on a model."""
    return {each["name"]: each["verdict"] for each in report()["models"][model]["findings"]}


def evidence(check: str, model: int = 0) -> str:
    return next(
        each["evidence"] for each in report()["models"][model]["findings"] if each["name"] == check
    )


def kept() -> list[Path]:
    return sorted((OUT / "answers").glob("*.json"))
