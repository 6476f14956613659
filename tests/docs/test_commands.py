"""The commands of docs/commands.md work as written."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from cli.app import app
from local.gemini import OfflineModel
from shared.intake import recipes
from shared.jobs import announcements
from testbed.cloud import Cloud, until

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "commands.md").read_text("utf-8")
UPLOADS = "gs://darkroom-uploads/"


def test_every_example_works(darkroom: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    darkroom.script(otherwise=OfflineModel())
    name = "samples/duck.jpg"
    ref = darkroom.upload(name, (ROOT / name).read_bytes())
    for job in recipes.jobs(ref):
        until(lambda job=job: announcements.is_announced(job.key))
    lines = [
        line
        for code in re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL)
        for line in code.splitlines()
    ]
    assert len(lines) > 10

    for line in lines:
        command, *arguments = shlex.split(line.replace(UPLOADS, f"gs://{ref.bucket}/"))
        ended = CliRunner().invoke(app, arguments)

        assert (command, ended.exit_code) == ("./darkroom", 0), f"{line}\n{ended.output}"


def test_every_command_is_there() -> None:
    named = re.findall(r"^## ([a-z]+)$", DOC, re.MULTILINE)

    assert sorted(named) == sorted(get_command(app).commands)


def commands(command, path: str = "darkroom"):
    """Every command there is, with what is typed for it."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}")


@pytest.mark.parametrize(
    ("path", "command"), [*commands(get_command(app))], ids=lambda each: str(each)
)
def test_help_has_an_example_and_the_exit_codes(path: str, command) -> None:
    assert re.search(rf"Examples?: {path}", command.epilog)
    assert re.search(r"Exit codes: 0 .*; 2 ", command.epilog)


def test_the_files_it_points_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOC)

    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
