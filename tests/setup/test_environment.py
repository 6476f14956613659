"""How an environment is made on machines that lack one thing or another.

What is not there is a program on PATH that does what the real one does without it.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("sh", "dirname", "cmp", "cp", "cat")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The folder of all programs there are: what the scripts need, and neither Python nor uv."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        (folder / name).symlink_to(shutil.which(name) or name)
    shutil.copytree(ROOT / "setup", tmp_path / "setup")
    (tmp_path / "requirements-uv.txt").write_text("")
    (tmp_path / "lock.txt").write_text("")
    return folder


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def made(machine: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["setup/environment", "there", "lock.txt", "python3"],
        cwd=machine.parent,
        env={"PATH": str(machine), "HOME": str(machine.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


OLD = 'case $1 in --version) echo "Python 3.9.2";; *) exit 1;; esac'
BARE = 'case $1 in -c) echo "$0";; *) echo "No module named $2" >&2; exit 1;; esac'
UV = f"""echo "$*" >> asked
case $1-$2 in python-find) echo {sys.executable};; esac"""


def test_an_old_python_gets_an_error_that_names_what_is_needed(machine: Path) -> None:
    program(machine, "python3", OLD)

    ended = made(machine)

    assert ended.returncode == 1
    assert ended.stdout + ended.stderr == (
        "Darkroom needs Python 3.11 or newer, and python3 is Python 3.9.2."
        " Install one, or name one: make PYTHON=python3.13\n"
    )


def test_a_machine_without_python_gets_the_same_error(machine: Path) -> None:
    ended = made(machine)

    assert ended.returncode == 1
    assert "needs Python 3.11 or newer, and python3 is not there." in ended.stderr


def test_uv_finds_another_python_for_an_old_one(machine: Path) -> None:
    program(machine, "python3", OLD)
    program(machine, "uv", UV)

    ended = made(machine)

    asked = (machine.parent / "asked").read_text().splitlines()
    assert ended.returncode == 0, ended.stderr
    assert [line.split()[0] for line in asked] == ["python", "venv", "pip"]
    assert f"--python {sys.executable}" in asked[1]


def test_where_uv_gets_no_python_either_an_error_says_so(machine: Path) -> None:
    program(machine, "python3", OLD)
    program(machine, "uv", "exit 1")

    ended = made(machine)

    assert ended.returncode == 1
    assert "uv could not get one. Install one, or name one" in ended.stderr


def test_a_python_without_pip_and_venv_gets_an_error_that_names_what_to_install(
    machine: Path,
) -> None:
    """As Debian and Ubuntu have it, until python3-venv is installed."""
    program(machine, "python3", BARE)

    ended = made(machine)

    assert ended.returncode == 1
    (line,) = (ended.stdout + ended.stderr).splitlines()
    assert line.endswith(
        "has no venv. On Debian and Ubuntu this installs it: sudo apt install python3-venv"
    )


@pytest.mark.slow
def test_where_uv_fails_pip_installs_and_says_so(machine: Path) -> None:
    """Behind a proxy, pip may be told of a mirror that uv knows nothing of."""
    program(machine, "uv", 'echo "no route" >&2; exit 2')
    (machine / "python3").symlink_to(sys.executable)

    ended = made(machine)

    assert ended.returncode == 0, ended.stderr
    assert "no route" in ended.stderr
    assert "with pip, as uv cannot do it here" in ended.stdout
    assert os.access(machine.parent / "there/bin/python", os.X_OK)


def test_a_uv_that_is_there_is_taken(machine: Path) -> None:
    program(machine, "uv", UV)
    (machine / "python3").symlink_to(sys.executable)

    ended = made(machine)

    asked = (machine.parent / "asked").read_text().splitlines()
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "Installing what lock.txt pins into there with uv (once) ...\n"
    assert asked[1].endswith("--only-binary :all: --require-hashes -r lock.txt")


def wheel(folder: Path) -> str:
    """Write a wheel of a uv that only greets, and return its hash."""
    path = folder / "uv-1-py3-none-any.whl"
    about = "uv-1.dist-info"
    script = zipfile.ZipInfo("uv-1.data/scripts/uv")
    script.external_attr = 0o100755 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(script, "#!/bin/sh\necho greetings\n")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 1\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return sha256(path.read_bytes()).hexdigest()


def fetched(machine: Path, pinned: str) -> "subprocess.CompletedProcess[str]":
    (machine / "python3").symlink_to(sys.executable)
    (machine.parent / "requirements-uv.txt").write_text(f"uv==1 --hash=sha256:{pinned}\n")
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(machine.parent), "PIP_USER": "1"}
    return subprocess.run(
        ["setup/uv", "python3"],
        cwd=machine.parent,
        env={"PATH": str(machine), "PIP_CONFIG_FILE": os.devnull, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_where_there_is_no_uv_pip_gets_the_pinned_one(machine: Path) -> None:
    found = fetched(machine, wheel(machine.parent))

    path = machine.parent / ".venv/uv/bin/uv"
    assert found.stdout == f"{path}\n"
    assert subprocess.check_output([path], env={"PATH": str(machine)}) == b"greetings\n"


def test_a_wheel_with_another_hash_is_not_taken(machine: Path) -> None:
    wheel(machine.parent)

    found = fetched(machine, 64 * "0")

    assert (found.returncode != 0, found.stdout, found.stderr) == (True, "", "")
    assert not (machine.parent / ".venv/uv/bin").exists()
