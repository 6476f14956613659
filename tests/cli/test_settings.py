"""Where the commands look for the cloud, and what they say if it is not there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from shared import settings
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy

ROOT = Path(__file__).parents[2]
ELSEWHERE = "http://127.0.0.1:9"  # the discard port: nothing answers there


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder without settings, and an environment without any."""
    for setting in settings.ALL:
        monkeypatch.delenv(setting.name, raising=False)
    for name in ("STORAGE_EMULATOR_HOST", "DARKROOM_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())  # what a command sets does not stay
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def written(file: Path, **environment: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"environment": environment}))
    return file


def whole(**environment: str) -> dict[str, str]:
    """An environment that lacks nothing."""
    return {
        "UPLOADS_BUCKET": "uploads",
        "RESULTS_BUCKET": "results",
        "STATE_BUCKET": "state",
        "GOOGLE_CLOUD_PROJECT": "darkroom-test",
        "TOPIC_PREFIX": "darkroom",
        "STORAGE_EMULATOR_HOST": ELSEWHERE,
        **environment,
    }


def test_without_any_settings_it_says_what_to_do(nowhere: Path) -> None:
    ended = run("results", "a.jpg")

    assert ended.exit_code == 2
    assert ended.stderr == (
        "Nothing says where the cloud is. Start `make run` in this folder; or run `terraform "
        "-chdir=terraform output -json settings > darkroom.json` and add --settings darkroom.json."
        "\n"
    )


@pytest.mark.parametrize("how", ["option", "variable", "folder"])
def test_the_settings_come_from_a_file(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    folder = ".local/settings.json" if how == "folder" else "any.json"
    file = written(nowhere / folder, **whole())
    if how == "variable":
        monkeypatch.setitem(os.environ, "DARKROOM_SETTINGS", str(file))

    ended = run("results", "a.jpg", *(["--settings", file] if how == "option" else []))

    assert ended.exit_code == 1
    assert ended.stderr == "Nothing answers at 127.0.0.1:9; is `make run` still running?\n"
    assert os.environ["RESULTS_BUCKET"] == "results"


def test_the_environment_comes_first(darkroom: Cloud, tmp_path: Path) -> None:
    mine = os.environ["UPLOADS_BUCKET"]
    file = written(tmp_path / "any.json", UPLOADS_BUCKET=mine, RESULTS_BUCKET="another")

    ended = run("results", "--prefix", "", "--settings", file)

    assert ended.stderr == "There are no such records.\n"
    assert os.environ["RESULTS_BUCKET"] != "another"


def test_two_clouds_at_once_are_refused(darkroom: Cloud, tmp_path: Path) -> None:
    file = written(tmp_path / "any.json", **whole())

    ended = run("results", "--prefix", "", "--settings", file)

    assert ended.exit_code == 2
    assert ended.stderr.endswith(f"in the environment and 'uploads' in {file}: which one?\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "cannot be read: No such file or directory.", id="none"),
        pytest.param("{", "is not JSON: Expecting property name", id="no JSON"),
        pytest.param('{"a": "b"}', "is not a settings file: it must hold", id="other JSON"),
        pytest.param('{"environment": {"A": 1}}', "is not a settings file", id="a number"),
    ],
)
def test_a_bad_settings_file_is_named(nowhere: Path, content: str | None, sentence: str) -> None:
    file = nowhere / "any.json"
    if content is not None:
        file.write_text(content)

    ended = run("results", "a.jpg", "--settings", file)

    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"{file} {sentence}")


def test_what_the_settings_lack_is_named(nowhere: Path) -> None:
    lacking = whole()
    del lacking["STATE_BUCKET"], lacking["TOPIC_PREFIX"]

    ended = run("results", "a.jpg", "--settings", written(nowhere / "any.json", **lacking))

    assert ended.exit_code == 2
    assert ended.stderr == (
        "STATE_BUCKET, TOPIC_PREFIX are set neither in the environment nor by --settings.\n"
    )


def test_a_missing_permission_is_named(darkroom: Cloud) -> None:
    said = (
        "me@example.iam.gserviceaccount.com does not have storage.objects.list access to the "
        "Google Cloud Storage bucket."
    )
    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        body = json.dumps({"error": {"code": 403, "message": said}}).encode()
        kind = {"Content-Type": "application/json"}
        proxy.rule("GET", "/o", status=403, headers=kind, body=body, times=None)

        ended = subprocess.run(
            [sys.executable, "-m", "cli", "results", "a.jpg"],
            cwd=ROOT,
            env={**os.environ, "STORAGE_EMULATOR_HOST": proxy.url},
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr.startswith("You lack the permission storage.objects.list: ")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_every_function_that_needs_a_setting_is_there() -> None:
    named = {function for setting in settings.ALL for function in setting.needed_by}

    assert named == {path.parent.name for path in (ROOT / "functions").glob("*/main.py")}
