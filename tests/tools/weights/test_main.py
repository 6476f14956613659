"""The command that converts the weights, where its own environment is not installed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tools.weights", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_says_what_it_does_with_an_example() -> None:
    done = run("--help")

    assert done.returncode == 0
    assert 'make weights ARGS="--packages' in done.stdout


def test_without_its_environment_it_says_what_installs_it(tmp_path: Path) -> None:
    done = run("--packages", str(tmp_path / "packages"))

    assert done.returncode == 1
    assert done.stderr == "There is no onnx here; `make weights` installs it.\n"
    assert not (tmp_path / "packages").exists()
