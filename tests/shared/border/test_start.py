"""How a function starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared import settings
from tests.settings import SOUND

ROOT = Path(__file__).parents[3]
FUNCTIONS = sorted(folder.parent.name for folder in ROOT.glob("functions/*/main.py"))


def start(function: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", f"import functions.{function}.main"],
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH", "HOME")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in SOUND.items() if key != name}


@pytest.mark.slow
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_starts_with_what_it_needs_and_names_what_it_lacks(function: str) -> None:
    needed = [each.name for each in settings.ALL if function in each.needed_by]
    assert needed

    whole = start(function, SOUND)
    lacking = start(function, without(needed[-1]))

    assert whole.returncode == 0, whole.stderr
    assert lacking.returncode == 1
    assert lacking.stderr.startswith(f"The function {function} cannot start. {needed[-1]} is not")
    assert "Traceback" not in lacking.stderr


def test_uploads_and_results_in_one_bucket_refuse_to_start() -> None:
    told = start("ingest", SOUND | {"RESULTS_BUCKET": SOUND["UPLOADS_BUCKET"]})

    assert told.returncode == 1
    assert "must name three different buckets" in told.stderr


def test_every_fault_is_named_at_once() -> None:
    environment = {**without("UPLOADS_BUCKET"), "LEASE_SECONDS": "soon", "MODEL": ""}

    told = list(settings.faults("ingest", environment))

    assert [sentence.split()[0] for sentence in told] == [
        "UPLOADS_BUCKET",
        "MODEL",
        "LEASE_SECONDS",
    ]


def test_who_needs_what_names_functions_that_there_are() -> None:
    assert {name for each in settings.ALL for name in each.needed_by} <= set(FUNCTIONS)
