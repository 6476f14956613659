"""The commands of README work as written."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.limits import Limits
from testbed.cloud import until
from tests.local.test_run import ROOT, clean, local
from tests.photos import jpeg

README = (ROOT / "README.md").read_text("utf-8")


def block(language: str, holding: str) -> str:
    """The one code block of README in that language that holds these words."""
    (found,) = [
        code
        for code in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
        if holding in code
    ]
    return found


@pytest.mark.parametrize("target", ["run", "test", "check", "bench", "help"])
def test_the_targets_it_names_are_there(target: str) -> None:
    assert f"make {target}" in README

    ended = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr


def test_the_files_it_points_to_are_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_defaults_it_states_are_the_defaults() -> None:
    stated = re.search(r"`MAX_MEGAPIXELS`.*\| ([\d, ]+) \|", README)
    limits = Limits()

    assert stated
    assert [int(each) for each in stated[1].split(", ")] == [
        limits.pixels // 1_000_000,
        limits.side,
        limits.bytes,
        limits.scans,
    ]


def test_the_commands_about_recipes_work_as_written() -> None:
    for line in block("sh", "recipes check").splitlines():
        ended = subprocess.run(
            ["bash", "-euc", line], cwd=ROOT, capture_output=True, text=True, check=False
        )

        assert ended.returncode == 0, ended.stderr


@pytest.mark.slow
def test_uploading_as_it_says_ends_in_a_result(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg())
    environment = clean()
    python = block("python", "upload_from_filename")
    shell = block("sh", "gcloud storage cp")

    with local(tmp_path / "data", "--no-samples") as started:
        port = started.ready["storage"].rpartition(":")[2]
        subprocess.run(
            [sys.executable, "-c", python.replace("PORT", port)],
            cwd=tmp_path,
            env=environment,
            check=True,
        )
        until(lambda: "photo.jpg" in started.records())
        if shutil.which("gcloud") is None:
            pytest.skip("gcloud is not installed; the Python snippet worked")
        subprocess.run(
            ["bash", "-euc", shell.replace("PORT", port)],
            cwd=tmp_path,
            env=environment | {"CLOUDSDK_CONFIG": str(tmp_path / "gcloud")},
            capture_output=True,
            check=True,
        )
        records = until(lambda: len(found := started.all_records()) == 2 and found)

    assert [record.get("error") for record in records] == [None, None]
    assert {record["status"] for record in records} == {"done"}
